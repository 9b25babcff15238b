/**
 * Sign-in through Baanx for a backend to mount.
 *
 * @since 0.1.0
 */
export * as AuthApp from "./AuthApp.js"
export { AuthFailure, BodyTooLargeError, ForeignOriginError } from "./AuthFailure.js"
export { type AuthOptions, type CookieOptions, resolveAuthOptions, type ResolvedAuthOptions } from "./AuthOptions.js"
export { type AuthPaths, AuthRoutes, type AuthRoutesShape, defaultPaths, type Route } from "./AuthRoutes.js"
export { BaanxAuth, type BaanxAuthOptions, PasswordSignIn } from "./BaanxAuth.js"
export * as CookieKeys from "./CookieKeys.js"
export { CurrentSession, type CurrentSessionShape } from "./CurrentSession.js"
export { PasswordForm } from "./PasswordForm.js"
export { localPath } from "./ReturnTo.js"
export { SameOrigin, SignedIn } from "./SignedIn.js"
