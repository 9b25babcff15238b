/**
 * The secret types. Each is a `Redacted` of a branded string, so that one kind never fits where another is asked for,
 * and none prints. Each name is also a Schema of that type from the plain string.
 *
 * @since 0.1.0
 */
import { CodeVerifierText } from "@effect-baanx/api/Token"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { type CredentialName, InvalidTokenError, MissingTokenError, type Operation } from "./BaanxError.js"

/**
 * The session token of step 1: a JWT that lives 10 minutes.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SessionToken = Schema.Redacted(Schema.String.pipe(Schema.brand("SessionToken")))

/**
 * @since 0.1.0
 * @category models
 */
export type SessionToken = typeof SessionToken.Type

/**
 * The login token of step 2, which step 3 takes as its bearer; Baanx calls it "access token" there.
 *
 * @since 0.1.0
 * @category schemas
 */
export const LoginToken = Schema.Redacted(Schema.String.pipe(Schema.brand("LoginToken")))

/**
 * @since 0.1.0
 * @category models
 */
export type LoginToken = typeof LoginToken.Type

/**
 * The authorization code of step 3, good for one exchange.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AuthorizationCode = Schema.Redacted(Schema.String.pipe(Schema.brand("AuthorizationCode")))

/**
 * @since 0.1.0
 * @category models
 */
export type AuthorizationCode = typeof AuthorizationCode.Type

/**
 * The access token of step 4, 6 hours.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AccessToken = Schema.Redacted(Schema.String.pipe(Schema.brand("AccessToken")))

/**
 * @since 0.1.0
 * @category models
 */
export type AccessToken = typeof AccessToken.Type

/**
 * The refresh token of step 4; each refresh replaces it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RefreshToken = Schema.Redacted(Schema.String.pipe(Schema.brand("RefreshToken")))

/**
 * @since 0.1.0
 * @category models
 */
export type RefreshToken = typeof RefreshToken.Type

/**
 * The PKCE verifier of a sign-in (RFC 7636 section 4.1).
 *
 * @since 0.1.0
 * @category schemas
 */
export const CodeVerifier = Schema.Redacted(Schema.String.pipe(Schema.brand("CodeVerifier")))

/**
 * @since 0.1.0
 * @category models
 */
export type CodeVerifier = typeof CodeVerifier.Type

const jwt = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/
const visibleAscii = /^[\x21-\x7e]+$/
const maxLength = 8192
const isVerifier = Schema.is(CodeVerifierText)

const flaw = (name: CredentialName, value: string): InvalidTokenError["reason"] | undefined => {
  if (value.length > maxLength) return "TooLong"
  if (!visibleAscii.test(value)) return "ForbiddenCharacter"
  if (name === "sessionToken" && !jwt.test(value)) return "NotAJwt"
  if (name === "codeVerifier" && !isVerifier(value)) return "NotAVerifier"
  return undefined
}

/**
 * Finds what is missing, all of it at once, then what is malformed, before anything is sent.
 *
 * @since 0.1.0
 * @category guards
 */
export const checkCredentials = (
  operation: Operation,
  credentials: { readonly [name in CredentialName]?: Redacted.Redacted<string> | undefined }
): Effect.Effect<void, MissingTokenError | InvalidTokenError> => {
  const missing: Array<CredentialName> = []
  let invalid: InvalidTokenError | undefined
  for (const name of CredentialNames) {
    if (!(name in credentials)) continue
    const credential = credentials[name]
    const value = credential === undefined ? "" : Redacted.value(credential)
    if (value.trim() === "") {
      missing.push(name)
      continue
    }
    const reason = flaw(name, value)
    if (reason !== undefined) invalid ??= new InvalidTokenError({ operation, token: name, reason })
  }
  if (Arr.isNonEmptyArray(missing)) return new MissingTokenError({ operation, missing })
  return invalid ?? Effect.void
}

const CredentialNames: ReadonlyArray<CredentialName> = [
  "sessionToken",
  "loginToken",
  "authorizationCode",
  "codeVerifier",
  "accessToken",
  "refreshToken"
]
