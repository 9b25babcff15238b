/**
 * Every error of the module. Each is a `Schema.TaggedError`, so it crosses an HttpApi, an RPC or a worker unchanged,
 * and carries the HTTP status that a backend should respond with.
 *
 * No error holds a token, a code, a password, a state, a body or a URL with a query, nor a `cause`.
 *
 * @since 0.1.0
 */
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import { TransportReason } from "@effect-baanx/api/Transport"
import * as Schema from "effect/Schema"

/**
 * The call that an error came from.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Operation = Schema.Literal("initiate", "login", "authorize", "token", "refresh", "revoke")
export type Operation = typeof Operation.Type

/** The operation of an error that no other one ends in. */
const only = <const Name extends Operation>(operation: Name) =>
  Schema.propertySignature(Schema.Literal(operation)).pipe(Schema.withConstructorDefault(() => operation))

/**
 * The name of a credential, as it stands in a request of this module.
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
export class MissingTokenError extends Schema.TaggedError<MissingTokenError>()(
  "MissingTokenError",
  { operation: Operation, missing: Schema.NonEmptyArray(CredentialName) },
  HttpApiSchema.annotations({ status: 401 })
) {
  override get message(): string {
    return `${this.operation} needs ${this.missing.join(" and ")}, and nothing was sent. Run the step that issues it first.`
  }
}

/**
 * A token has characters that cannot be sent where it travels, is too long (8,192 characters; for access and refresh
 * tokens, the setting `maxTokenLength`), or is the session token and not of
 * the form of a JWT (RFC 7519 section 3). Nothing was sent. Status 401.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidTokenError extends Schema.TaggedError<InvalidTokenError>()(
  "InvalidTokenError",
  {
    operation: Operation,
    token: CredentialName,
    reason: Schema.Literal("ForbiddenCharacter", "NotAJwt", "TooLong", "NotAVerifier")
  },
  HttpApiSchema.annotations({ status: 401 })
) {
  override get message(): string {
    const reason = {
      ForbiddenCharacter: "has a character that cannot be sent where it travels",
      NotAJwt: "is not of the form of a JWT",
      TooLong: "is too long",
      NotAVerifier: "is not 43 to 128 unreserved characters"
    }[this.reason]
    return `The ${this.token} ${reason}, and nothing was sent. Pass on exactly what the earlier step returned.`
  }
}

/**
 * No response came, or it broke off, or a request was stopped before it left the base URL. `sent` is true if a request may
 * have reached Baanx. Status 502.
 *
 * @since 0.1.0
 * @category errors
 */
export class TransportError extends Schema.TaggedError<TransportError>()(
  "TransportError",
  {
    operation: Operation,
    reason: TransportReason,
    sent: Schema.Boolean
  },
  HttpApiSchema.annotations({ status: 502 })
) {
  override get message(): string {
    const what = {
      Connect: "No connection to Baanx could be made. Check the base URL and that the server is running",
      Timeout: "Baanx did not respond in time",
      Closed: "The connection closed before the response was complete",
      Tls: "The TLS handshake with Baanx failed. Check the certificate and the base URL",
      TooLarge: "The request or the response exceeds a size limit of the HTTP client. Raise the limit",
      Protocol: "The response is not valid HTTP. Check that the base URL is that of Baanx's API",
      Invalid: "HTTP cannot carry the request. Check the headers that transformClient adds",
      Outside: "A request was about to leave the base URL and was stopped. Check transformClient",
      Unknown: "The request to Baanx failed"
    }[this.reason]
    return this.sent
      ? `${what}. The ${this.operation} request may have arrived: do not repeat it with the same single-use values.`
      : `${what}. The ${this.operation} request was not sent and can be repeated.`
  }
}

const refusal = { operation: Operation, code: Schema.String, description: Schema.String }

/**
 * Baanx refused the bearer (401) or the client key (498 unknown, 499 missing). Status 401.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnauthorizedError extends Schema.TaggedError<UnauthorizedError>()(
  "UnauthorizedError",
  refusal,
  HttpApiSchema.annotations({ status: 401 })
) {
  override get message(): string {
    return /client/.test(this.code)
      ? `Baanx does not accept the client key (${this.description}). Check BAANX_CLIENT_KEY or the clientKey setting.`
      : `Baanx refused the ${this.operation} request (${this.description}). Sign the user in again.`
  }
}

/**
 * Baanx responded with 403. Status 403.
 *
 * @since 0.1.0
 * @category errors
 */
export class ForbiddenError extends Schema.TaggedError<ForbiddenError>()(
  "ForbiddenError",
  refusal,
  HttpApiSchema.annotations({ status: 403 })
) {
  override get message(): string {
    return `Baanx does not allow ${this.operation} for this user or client (${this.description}).`
  }
}

/**
 * Baanx responded with 400, 404, 409, 413 or 422, or with a success that says `success: false` or `error`: something in the
 * request is wrong. `status` is the one that Baanx sent. Status 400.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidRequestError extends Schema.TaggedError<InvalidRequestError>()(
  "InvalidRequestError",
  { ...refusal, status: Schema.optional(Schema.Int) },
  HttpApiSchema.annotations({ status: 400 })
) {
  override get message(): string {
    return `Baanx refused the ${this.operation} request: ${this.code} (${this.description}). Correct the request before repeating it.`
  }
}

/**
 * The session token, code or refresh token is spent, expired or unknown, or does not belong to this client, redirect
 * URI or verifier (RFC 6749 section 5.2). Status 401.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidGrantError extends Schema.TaggedError<InvalidGrantError>()(
  "InvalidGrantError",
  { operation: Operation, description: Schema.String },
  HttpApiSchema.annotations({ status: 401 })
) {
  override get message(): string {
    const grant = { authorize: "session token", token: "authorization code", refresh: "refresh token" }
    const name =
      this.operation === "authorize" || this.operation === "token" || this.operation === "refresh"
        ? grant[this.operation]
        : "grant"
    return `The ${name} is spent, expired or unknown (${this.description}). Begin again with step 1.`
  }
}

/**
 * Wrong email or password. Status 401.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidCredentialsError extends Schema.TaggedError<InvalidCredentialsError>()(
  "InvalidCredentialsError",
  { operation: only("login"), description: Schema.String },
  HttpApiSchema.annotations({ status: 401 })
) {
  override get message(): string {
    return "The email or the password is wrong. Ask the user for both again."
  }
}

/**
 * The user has a second factor. Baanx sends no code by itself: call `LoginService.sendOtp` with `userId`, then repeat
 * the login with the code. `phoneNumber` is masked by Baanx. Status 401.
 *
 * @since 0.1.0
 * @category errors
 */
export class OtpRequiredError extends Schema.TaggedError<OtpRequiredError>()(
  "OtpRequiredError",
  { operation: only("login"), userId: Schema.String, phoneNumber: Schema.optional(Schema.String) },
  HttpApiSchema.annotations({ status: 401 })
) {
  override get message(): string {
    return "The user has to enter a one-time code. Send one with LoginService.sendOtp, then repeat the login with it."
  }
}

/**
 * The one-time code is wrong or expired. Status 401.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidOtpError extends Schema.TaggedError<InvalidOtpError>()(
  "InvalidOtpError",
  { operation: only("login"), description: Schema.String },
  HttpApiSchema.annotations({ status: 401 })
) {
  override get message(): string {
    return "The one-time code is wrong or expired. Ask for it again, or send another one."
  }
}

/**
 * The account is disabled, or locked for a time after failed logins. Status 403.
 *
 * @since 0.1.0
 * @category errors
 */
export class AccountDisabledError extends Schema.TaggedError<AccountDisabledError>()(
  "AccountDisabledError",
  { operation: only("login"), reason: Schema.Literal("Disabled", "Locked"), description: Schema.String },
  HttpApiSchema.annotations({ status: 403 })
) {
  override get message(): string {
    return this.reason === "Locked"
      ? `The account is locked after failed logins (${this.description}). Let the user wait before the next try.`
      : `The account is disabled (${this.description}). Send the user to Baanx's support.`
  }
}

/**
 * The user has not finished signing up: `phase` says where they stand. It is one of `OnboardingPhase`, or a new one, or
 * `"UNKNOWN"` where what Baanx sent does not look like a phase. Status 403.
 *
 * @since 0.1.0
 * @category errors
 */
export class OnboardingIncompleteError extends Schema.TaggedError<OnboardingIncompleteError>()(
  "OnboardingIncompleteError",
  { operation: only("login"), phase: Schema.String, userId: Schema.optional(Schema.String) },
  HttpApiSchema.annotations({ status: 403 })
) {
  override get message(): string {
    return `The user has not finished signing up with Baanx: the next phase is ${this.phase}. Send them to the onboarding.`
  }
}

/**
 * Baanx responded with 429. `retryAfter` is set if Baanx said how long to wait. Status 429.
 *
 * @since 0.1.0
 * @category errors
 */
export class RateLimitedError extends Schema.TaggedError<RateLimitedError>()(
  "RateLimitedError",
  { operation: Operation, retryAfter: Schema.optional(Schema.DurationFromMillis) },
  HttpApiSchema.annotations({ status: 429 })
) {
  override get message(): string {
    return `Baanx limits the rate of ${this.operation} requests. Wait ${this.retryAfter === undefined ? "a while" : "for retryAfter"} before the next one.`
  }
}

/**
 * Baanx responded with `status`, a 5xx. Status 502.
 *
 * @since 0.1.0
 * @category errors
 */
export class ServerError extends Schema.TaggedError<ServerError>()(
  "ServerError",
  { operation: Operation, status: Schema.Int, retryAfter: Schema.optional(Schema.DurationFromMillis) },
  HttpApiSchema.annotations({ status: 502 })
) {
  override get message(): string {
    return `Baanx failed with status ${this.status} on ${this.operation}. Try again later.`
  }
}

/**
 * The response is not one of the contract: a redirect (never followed), an unknown status, a content type that is not
 * JSON, text that is not JSON, a body over 64 KiB, or a 401 or 403 that is not in Baanx's JSON. Status 502.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnexpectedResponseError extends Schema.TaggedError<UnexpectedResponseError>()(
  "UnexpectedResponseError",
  {
    operation: Operation,
    status: Schema.Int,
    reason: Schema.Literal("Redirect", "Status", "ContentType", "NotJson", "TooLarge", "Intermediary")
  },
  HttpApiSchema.annotations({ status: 502 })
) {
  override get message(): string {
    if (this.reason === "Intermediary") {
      return `Something in front of Baanx, such as a proxy or a firewall, refused the ${this.operation} request (status ${this.status}). Check the base URL, and what stands on the way to it.`
    }
    const reason = {
      Redirect: "with a redirect, which is never followed",
      Status: "with a status that the API does not know",
      ContentType: "with a content type that is not JSON",
      NotJson: "with a body that is not JSON",
      TooLarge: "with a body over 64 KiB"
    }[this.reason]
    return `The server responded to ${this.operation} ${reason} (status ${this.status}). Check that the base URL is that of Baanx's API.`
  }
}

/**
 * The body breaks the contract at `path`, where `expected` should stand. The value found is not kept. Status 502.
 *
 * @since 0.1.0
 * @category errors
 */
export class DecodeError extends Schema.TaggedError<DecodeError>()(
  "DecodeError",
  { operation: Operation, path: Schema.String, expected: Schema.String },
  HttpApiSchema.annotations({ status: 502 })
) {
  override get message(): string {
    return `Baanx's response to ${this.operation} breaks its contract: at ${this.path === "" ? "the root" : this.path}, expected ${this.expected}. Report it with this message.`
  }
}

/**
 * The state that came back is not the one that was sent (RFC 6749 section 10.12). Status 400.
 *
 * @since 0.1.0
 * @category errors
 */
export class StateMismatchError extends Schema.TaggedError<StateMismatchError>()(
  "StateMismatchError",
  { operation: only("authorize") },
  HttpApiSchema.annotations({ status: 400 })
) {
  override get message(): string {
    return "The state that came back is not the one that was sent: the response belongs to another sign-in. Drop it and begin again."
  }
}

/**
 * The state of a callback was never issued, or is forgotten. Status 400.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnknownStateError extends Schema.TaggedError<UnknownStateError>()(
  "UnknownStateError",
  { operation: only("authorize") },
  HttpApiSchema.annotations({ status: 400 })
) {
  override get message(): string {
    return "The state of this callback was never issued here. Begin the sign-in again."
  }
}

/**
 * The state of a callback is more than 10 minutes old. Status 400.
 *
 * @since 0.1.0
 * @category errors
 */
export class ExpiredStateError extends Schema.TaggedError<ExpiredStateError>()(
  "ExpiredStateError",
  { operation: only("authorize") },
  HttpApiSchema.annotations({ status: 400 })
) {
  override get message(): string {
    return "The sign-in took longer than 10 minutes. Begin it again."
  }
}

/**
 * The state of a callback was used before. Status 400.
 *
 * @since 0.1.0
 * @category errors
 */
export class ReplayedStateError extends Schema.TaggedError<ReplayedStateError>()(
  "ReplayedStateError",
  { operation: only("authorize") },
  HttpApiSchema.annotations({ status: 400 })
) {
  override get message(): string {
    return "This callback was handled before. If the user is not signed in, begin the sign-in again."
  }
}

/**
 * The redirect URL is not the registered redirect URI plus exactly one `code` and one `state`, equal to the body's
 * (RFC 9700 section 4.1). Status 502.
 *
 * @since 0.1.0
 * @category errors
 */
export class RedirectMismatchError extends Schema.TaggedError<RedirectMismatchError>()(
  "RedirectMismatchError",
  {
    operation: Operation,
    reason: Schema.Literal("NotAUrl", "Location", "Fragment", "Code", "State", "UnknownParameter", "MissingParameter")
  },
  HttpApiSchema.annotations({ status: 502 })
) {
  override get message(): string {
    const reason = {
      NotAUrl: "is not a URL",
      Location: "leads elsewhere",
      Fragment: "has a fragment",
      Code: "does not carry exactly the code of the response",
      State: "does not carry exactly the state of the response",
      UnknownParameter: "carries a parameter that does not belong there",
      MissingParameter: "lacks a parameter of the registered redirect URI"
    }[this.reason]
    const behindProxy =
      this.reason === "Location"
        ? " For a callback behind a proxy that ends TLS, pass `request.url`, which is its path and query."
        : ""
    return `The redirect URL ${reason}. Do not send the user there; check the redirect URI that is registered with Baanx.${behindProxy}`
  }
}

/**
 * The callback carries `error=` (RFC 6749 section 4.1.2.1), or is not a callback: `invalid_callback` where `state` or
 * `code` is missing or doubled. Status 400.
 *
 * @since 0.1.0
 * @category errors
 */
export class CallbackError extends Schema.TaggedError<CallbackError>()(
  "CallbackError",
  { ...refusal, operation: only("authorize") },
  HttpApiSchema.annotations({ status: 400 })
) {
  override get message(): string {
    return this.code === "access_denied"
      ? "The user did not allow the sign-in. Offer to begin it again."
      : `The sign-in ended with ${this.code} (${this.description}). Begin it again.`
  }
}

/**
 * The layer was given a setting that cannot work. Status 500.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidConfigError extends Schema.TaggedError<InvalidConfigError>()(
  "InvalidConfigError",
  { setting: Schema.String, reason: Schema.String },
  HttpApiSchema.annotations({ status: 500 })
) {
  override get message(): string {
    return `The setting ${this.setting} cannot work: ${this.reason}.`
  }
}

/**
 * The session is over: nothing is stored under the key, Baanx refused the refresh token, the tokens have ended, or they
 * were renewed at Baanx by a process that ended before it saved them. The user has to sign in again. Status 401.
 *
 * @since 0.1.0
 * @category errors
 */
export class SessionLostError extends Schema.TaggedError<SessionLostError>()(
  "SessionLostError",
  {
    operation: only("refresh"),
    reason: Schema.Literal("NotFound", "RefreshTokenSpent", "RefreshTokenExpired", "NoRefreshToken", "RefreshNotSaved")
  },
  HttpApiSchema.annotations({ status: 401 })
) {
  override get message(): string {
    const reason = {
      NotFound: "No session is stored under this key",
      RefreshTokenSpent: "The refresh token of this session is spent or revoked",
      RefreshTokenExpired: "The refresh token of this session has expired",
      NoRefreshToken: "The access token of this session has expired, and there is no refresh token",
      RefreshNotSaved: "The tokens were renewed by a process that ended before it saved them"
    }[this.reason]
    return `${reason}. Sign the user in again.`
  }
}

/**
 * A store cannot be reached or does not respond in time, or what it holds cannot be opened with the keys at hand. Nobody
 * is signed out by it.
 * Status 503.
 *
 * @since 0.1.0
 * @category errors
 */
export class StoreError extends Schema.TaggedError<StoreError>()(
  "StoreError",
  {
    store: Schema.Literal("PendingAuthorizations", "TokenStore"),
    reason: Schema.Literal("Unavailable", "Timeout", "WrongKey", "Corrupt")
  },
  HttpApiSchema.annotations({ status: 503 })
) {
  override get message(): string {
    const reason = {
      Unavailable: "cannot be reached. Check the database and try again",
      Timeout:
        "did not respond in time. Check the database and its pool; a store called inside a transaction needs a second connection",
      WrongKey: "holds a record sealed with a key that is not in the key ring. Add that key back to the ring",
      Corrupt: "holds a record that cannot be read. Restore it or let the user sign in again"
    }[this.reason]
    return `The store ${this.store} ${reason}.`
  }
}

/**
 * What any call over HTTP can end in.
 *
 * @since 0.1.0
 * @category errors
 */
export const HttpError = Schema.Union(
  TransportError,
  UnauthorizedError,
  ForbiddenError,
  InvalidRequestError,
  RateLimitedError,
  ServerError,
  UnexpectedResponseError,
  DecodeError
)
export type HttpError = typeof HttpError.Type

/**
 * Every error of the module.
 *
 * @since 0.1.0
 * @category errors
 */
export const BaanxError = Schema.Union(
  HttpError,
  MissingTokenError,
  InvalidTokenError,
  InvalidGrantError,
  InvalidCredentialsError,
  OtpRequiredError,
  InvalidOtpError,
  AccountDisabledError,
  OnboardingIncompleteError,
  StateMismatchError,
  UnknownStateError,
  ExpiredStateError,
  ReplayedStateError,
  RedirectMismatchError,
  CallbackError,
  InvalidConfigError,
  SessionLostError,
  StoreError
)
export type BaanxError = typeof BaanxError.Type

/**
 * True only where a repeat of the same call can help and cannot spend anything twice: never after `sent` for the
 * single-use values of authorize, token and refresh, nor after a 5xx to them.
 *
 * @since 0.1.0
 * @category guards
 */
export const isRetryable = (error: BaanxError): boolean => {
  switch (error._tag) {
    case "RateLimitedError":
      return true
    case "StoreError":
      return error.reason === "Unavailable" || error.reason === "Timeout"
    case "TransportError":
      return (
        error.reason !== "Invalid" &&
        error.reason !== "TooLarge" &&
        error.reason !== "Outside" &&
        (!error.sent || isIdempotent(error.operation))
      )
    case "ServerError":
      return isIdempotent(error.operation)
    default:
      return false
  }
}

const isIdempotent = (operation: Operation): boolean => operation === "initiate" || operation === "revoke"
