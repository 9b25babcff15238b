/**
 * A strict local Baanx.
 *
 * @since 0.1.0
 */
export { LoggedRequest } from "./RequestLog.js"
export * from "./Sandbox.js"
export * from "./SandboxRandom.js"
export * from "./SandboxSeed.js"
export { SandboxStartError } from "./SandboxServer.js"
export * from "./SandboxSettings.js"
