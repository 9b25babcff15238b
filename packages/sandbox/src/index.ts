/**
 * A strict local Baanx.
 *
 * @since 0.1.0
 */
export * from "./LoggedRequest.js"
export * from "./Sandbox.js"
export * from "./SandboxAdmin.js"
export * from "./SandboxAdminApi.js"
export * from "./SandboxFault.js"
export * from "./SandboxFaultName.js"
export * from "./SandboxRandom.js"
export * from "./SandboxSeed.js"
export { SandboxStartError } from "./SandboxServer.js"
export * from "./SandboxSettings.js"
