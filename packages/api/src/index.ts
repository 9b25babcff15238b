/**
 * The wire contract of the Baanx OAuth API.
 *
 * @since 0.1.0
 */
export * from "./Authorize.js"
export * from "./BaanxApi.js"
export * from "./Credentials.js"
export * from "./Headers.js"
export * from "./Initiate.js"
export * from "./Login.js"
export * from "./Region.js"
export * from "./Revoke.js"
export * from "./Token.js"
export * from "./Transport.js"
export * from "./WireError.js"
