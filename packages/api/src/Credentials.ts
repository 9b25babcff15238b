/**
 * The secrets of the contract, declared once: requests and responses hold each as a `Redacted` branded string, so that
 * one kind is never accepted as another, and none is printed.
 *
 * @since 0.1.0
 */
import type * as Brand from "effect/Brand"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { secret } from "./internal/redacted.js"

/**
 * The Schema of a secret, which is plain text when encoded.
 *
 * @since 0.1.0
 * @category models
 */
export interface Secret<Name extends string> extends Schema.Schema<
  Redacted.Redacted<string & Brand.Brand<Name>>,
  string
> {
  /** Rejects an empty string. */
  readonly nonEmpty: Schema.Schema<Redacted.Redacted<string & Brand.Brand<Name>>, string>
  /** Makes the secret from its plain text. */
  readonly make: (text: string) => Redacted.Redacted<string & Brand.Brand<Name>>
}

/**
 * The session token of step 1: a JWT, valid for 10 minutes.
 *
 * @example
 * ```ts
 * import { SessionToken } from "@effect-baanx/api"
 *
 * const sessionToken = SessionToken.make("eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl")
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const SessionToken: Secret<"SessionToken"> = secret("SessionToken")
export type SessionToken = typeof SessionToken.Type

/**
 * The login token of step 2, which step 3 takes as its bearer; the page of step 3 calls it "access token".
 *
 * @example
 * ```ts
 * import { LoginToken } from "@effect-baanx/api"
 *
 * const loginToken = LoginToken.make("US_b6b9168a-bb56-4c6a-9c0d-4650ea74f5f9")
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const LoginToken: Secret<"LoginToken"> = secret("LoginToken")
export type LoginToken = typeof LoginToken.Type

/**
 * The authorization code of step 3, valid for one exchange.
 *
 * @example
 * ```ts
 * import { AuthorizationCode } from "@effect-baanx/api"
 *
 * const code = AuthorizationCode.make("auth_code_xyz123")
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const AuthorizationCode: Secret<"AuthorizationCode"> = secret("AuthorizationCode")
export type AuthorizationCode = typeof AuthorizationCode.Type

/**
 * The access token of step 4, valid for 6 hours.
 *
 * @example
 * ```ts
 * import { AccessToken } from "@effect-baanx/api"
 *
 * const accessToken = AccessToken.make("access_token_100a99cf-f4d3-4fa1-9be9-2e9828b20ebc")
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const AccessToken: Secret<"AccessToken"> = secret("AccessToken")
export type AccessToken = typeof AccessToken.Type

/**
 * The refresh token of step 4; each refresh replaces it.
 *
 * @example
 * ```ts
 * import { RefreshToken } from "@effect-baanx/api"
 *
 * const refreshToken = RefreshToken.make("refresh_token_100a99cf-f4d3-4fa1-9be9-2e9828b20ebd")
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const RefreshToken: Secret<"RefreshToken"> = secret("RefreshToken")
export type RefreshToken = typeof RefreshToken.Type

/**
 * The PKCE verifier of a sign-in (RFC 7636 section 4.1).
 *
 * @example
 * ```ts
 * import { CodeVerifier } from "@effect-baanx/api"
 *
 * const codeVerifier = CodeVerifier.make("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const CodeVerifier: Secret<"CodeVerifier"> = secret("CodeVerifier")
export type CodeVerifier = typeof CodeVerifier.Type

/**
 * A PKCE verifier on the wire (RFC 7636 section 4.1): 43 to 128 unreserved characters.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CodeVerifierText = Schema.String.pipe(Schema.pattern(/^[A-Za-z0-9._~-]{43,128}$/u))

/**
 * The state, which ties a response to the sign-in that asked for it (RFC 6749 section 10.12).
 *
 * @example
 * ```ts
 * import { State } from "@effect-baanx/api"
 *
 * const state = State.make("af0ifjsldkj-af0ifjsldkj")
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const State: Secret<"State"> = secret("State")
export type State = typeof State.Type
