/**
 * Errors of credentials that cannot be sent, and of grants that are no longer valid.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { taggedError } from "../internal/taggedError.js"
import { Operation } from "./Operation.js"

/**
 * The name of a credential in the requests of this module.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CredentialName = Schema.Literal(
  "sessionToken",
  "loginToken",
  "authorizationCode",
  "codeVerifier",
  "accessToken",
  "refreshToken"
)
export type CredentialName = typeof CredentialName.Type

/**
 * One or more tokens are undefined, empty or blank. Nothing was sent. Status 401.
 *
 * @since 0.1.0
 * @category errors
 */
export class MissingTokenError extends taggedError<MissingTokenError>()(
  "MissingTokenError",
  { operation: Operation, missing: Schema.NonEmptyArray(CredentialName) },
  401
) {
  override get message(): string {
    return `${this.operation} needs ${this.missing.join(" and ")}, and nothing was sent. Run the step that issues it first.`
  }
}

/**
 * A token has characters that cannot be sent in its header or body, is longer than 8,192 characters (for access and
 * refresh tokens, than the setting `maxTokenLength`), or lacks its required form: a session token is a JWT (RFC 7519
 * section 3), a verifier 43 to 128 unreserved characters (RFC 7636 section 4.1). Nothing was sent. Status 401.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidTokenError extends taggedError<InvalidTokenError>()(
  "InvalidTokenError",
  {
    operation: Operation,
    token: CredentialName,
    reason: Schema.Literal("ForbiddenCharacter", "NotAJwt", "TooLong", "NotAVerifier")
  },
  401
) {
  override get message(): string {
    const reason = {
      ForbiddenCharacter: "has a character that cannot be sent",
      NotAJwt: "does not have the form of a JWT",
      TooLong: "is too long",
      NotAVerifier: "is not 43 to 128 unreserved characters"
    }[this.reason]
    return `The ${this.token} ${reason}, and nothing was sent. Pass on exactly what the earlier step returned.`
  }
}

/**
 * The session token, code or refresh token was already used, has expired or is unknown, or does not belong to this
 * client, redirect URI or verifier (RFC 6749 section 5.2). Status 401.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidGrantError extends taggedError<InvalidGrantError>()(
  "InvalidGrantError",
  { operation: Operation, description: Schema.String },
  401
) {
  override get message(): string {
    const grant = { authorize: "session token", token: "authorization code", refresh: "refresh token" }
    const name =
      this.operation === "authorize" || this.operation === "token" || this.operation === "refresh"
        ? grant[this.operation]
        : "grant"
    return `The ${name} was already used, has expired or is unknown (${this.description}). Begin again with step 1.`
  }
}
