/**
 * The credentials of a sign-in, and the check that they can be sent.
 *
 * @since 0.1.0
 */
import { CodeVerifierText } from "@effect-baanx/api/Credentials"
import * as Arr from "effect/Array"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { CredentialName, InvalidTokenError, MissingTokenError, type Operation } from "./BaanxError.js"

export {
  AccessToken,
  AuthorizationCode,
  CodeVerifier,
  LoginToken,
  RefreshToken,
  type Secret,
  SessionToken
} from "@effect-baanx/api/Credentials"

type Credentials = { readonly [name in CredentialName]?: Redacted.Redacted<string> | undefined }

/** The same credentials, none of them `undefined`. */
type Complete<C extends Credentials> = { readonly [name in keyof C]: NonNullable<C[name]> }

const jwt = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/
const visibleAscii = /^[\x21-\x7e]+$/
const isVerifier = Schema.is(CodeVerifierText)

/** A refresh token is sent in a body, where RFC 6749 appendix A.17 allows spaces. */
const ascii = /^[\x20-\x7e]+$/

const maxLength = 8192

/**
 * The default of the `maxTokenLength` setting.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultMaxTokenLength = 16_384

const flaw = (name: CredentialName, value: string, maxTokenLength: number): InvalidTokenError["reason"] | undefined => {
  const isOfSession = name === "accessToken" || name === "refreshToken"
  if (value.length > (isOfSession ? maxTokenLength : maxLength)) return "TooLong"
  if (!(name === "refreshToken" ? ascii : visibleAscii).test(value)) return "ForbiddenCharacter"
  if (name === "sessionToken" && !jwt.test(value)) return "NotAJwt"
  if (name === "codeVerifier" && !isVerifier(value)) return "NotAVerifier"
  return undefined
}

const isMissing = (credential: Redacted.Redacted<string> | undefined): boolean =>
  credential === undefined || Redacted.value(credential).trim() === ""

/**
 * Returns the credentials if all of them can be sent. Otherwise fails with the names of all that are missing, or with
 * the first that is malformed; no error holds a value. `maxTokenLength` limits the access and the refresh token, in
 * characters; it is 16,384 by default. Every other credential may have up to 8,192.
 *
 * @since 0.1.0
 * @category guards
 */
export function checkCredentials<C extends Credentials>(
  operation: Operation,
  credentials: C,
  maxTokenLength?: number
): Either.Either<Complete<C>, MissingTokenError | InvalidTokenError>
export function checkCredentials(
  operation: Operation,
  credentials: Credentials,
  maxTokenLength = defaultMaxTokenLength
): Either.Either<Credentials, MissingTokenError | InvalidTokenError> {
  const names = CredentialName.literals.filter((name) => name in credentials)
  const missing = names.filter((name) => isMissing(credentials[name]))
  if (Arr.isNonEmptyArray(missing)) return Either.left(new MissingTokenError({ operation, missing }))
  for (const token of names) {
    const credential = credentials[token]
    const reason = credential && flaw(token, Redacted.value(credential), maxTokenLength)
    if (reason !== undefined) return Either.left(new InvalidTokenError({ operation, token, reason }))
  }
  return Either.right(credentials)
}
