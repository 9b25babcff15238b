/**
 * Every error of the module. Each is a `Schema.TaggedError`, so it crosses an HttpApi, an RPC or a worker unchanged,
 * and carries the HTTP status that a backend should respond with.
 *
 * No error holds a token, a code, a password, a state, a body or a URL with a query, nor a `cause`.
 *
 * @since 0.1.0
 */
export * from "./error/BaanxError.js"
export * from "./error/CallbackError.js"
export * from "./error/ConfigError.js"
export * from "./error/CredentialError.js"
export * from "./error/HttpError.js"
export * from "./error/LoginError.js"
export { Operation } from "./error/Operation.js"
export * from "./error/ProofError.js"
export * from "./error/SessionError.js"
