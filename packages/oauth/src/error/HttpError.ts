/**
 * The errors of any call over HTTP.
 *
 * @since 0.1.0
 */
import { TransportReason } from "@effect-baanx/api/Transport"
import * as Schema from "effect/Schema"
import { taggedError } from "../internal/taggedError.js"
import { Operation } from "./Operation.js"

/**
 * There was no response, it broke off, or a request was stopped before it left the base URL. `sent` is true if a
 * request may have reached Baanx. Status 502.
 *
 * @since 0.1.0
 * @category errors
 */
export class TransportError extends taggedError<TransportError>()(
  "TransportError",
  {
    operation: Operation,
    reason: TransportReason,
    sent: Schema.Boolean
  },
  502
) {
  override get message(): string {
    const what = {
      Connect: "No connection to Baanx could be made. Check the base URL and that the server is running",
      Timeout: "Baanx did not respond in time",
      Closed: "The connection closed before the response was complete",
      Tls: "The TLS handshake with Baanx failed. Check the certificate and the base URL",
      TooLarge: "The request or the response exceeds a size limit of the HTTP client. Raise the limit",
      Protocol: "The response is not valid HTTP. Check that the base URL is that of Baanx's API",
      Encoding: "The response is compressed in a way that the HTTP client does not support",
      Invalid: "The request is not valid HTTP. Check the headers that transformClient adds",
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
 * Baanx refused the bearer token (401) or the client key (498 unknown, 499 missing). Status 401.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnauthorizedError extends taggedError<UnauthorizedError>()("UnauthorizedError", refusal, 401) {
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
export class ForbiddenError extends taggedError<ForbiddenError>()("ForbiddenError", refusal, 403) {
  override get message(): string {
    return `Baanx does not allow ${this.operation} for this user or client (${this.description}).`
  }
}

/**
 * Baanx responded with 400, 404, 409, 413 or 422, or with a success status and `success: false` or `error` in the body:
 * something in the request is wrong. `status` is the one that Baanx sent. Status 400.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidRequestError extends taggedError<InvalidRequestError>()(
  "InvalidRequestError",
  { ...refusal, status: Schema.optional(Schema.Int) },
  400
) {
  override get message(): string {
    return `Baanx refused the ${this.operation} request: ${this.code} (${this.description}). Correct the request before repeating it.`
  }
}

/**
 * Baanx responded with 429. `retryAfter` is set if Baanx said how long to wait. Status 429.
 *
 * @since 0.1.0
 * @category errors
 */
export class RateLimitedError extends taggedError<RateLimitedError>()(
  "RateLimitedError",
  { operation: Operation, retryAfter: Schema.optional(Schema.DurationFromMillis) },
  429
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
export class ServerError extends taggedError<ServerError>()(
  "ServerError",
  { operation: Operation, status: Schema.Int, retryAfter: Schema.optional(Schema.DurationFromMillis) },
  502
) {
  override get message(): string {
    return `Baanx failed with status ${this.status} on ${this.operation}. Try again later.`
  }
}

/**
 * The response does not follow the contract: a redirect (never followed), an unknown status, a content type that is not
 * JSON, text that is not JSON, a body over 64 KiB, or a 401 or 403 that is not in Baanx's JSON. Status 502.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnexpectedResponseError extends taggedError<UnexpectedResponseError>()(
  "UnexpectedResponseError",
  {
    operation: Operation,
    status: Schema.Int,
    reason: Schema.Literal("Redirect", "Status", "ContentType", "NotJson", "TooLarge", "Intermediary")
  },
  502
) {
  override get message(): string {
    if (this.reason === "Intermediary") {
      return `Something in front of Baanx, such as a proxy or a firewall, refused the ${this.operation} request (status ${this.status}). Check the base URL and what is in front of it.`
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
 * The body breaks the contract at `path`, where `expected` was required. The value found is not kept. Status 502.
 *
 * @since 0.1.0
 * @category errors
 */
export class DecodeError extends taggedError<DecodeError>()(
  "DecodeError",
  { operation: Operation, path: Schema.String, expected: Schema.String },
  502
) {
  override get message(): string {
    return `Baanx's response to ${this.operation} breaks its contract: at ${this.path === "" ? "the root" : this.path}, expected ${this.expected}. Report it with this message.`
  }
}

/**
 * The errors of any call over HTTP.
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
