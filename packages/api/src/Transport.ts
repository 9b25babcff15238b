/**
 * What a client of Baanx and its transport agree on beyond `HttpClient`: why a call failed, whether its request was
 * sent, and a deadline that the transport itself enforces.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import type * as Clock from "effect/Clock"
import type * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

/**
 * Why a call failed below HTTP. `"Connect"`: no connection, for example because a proxy refused it. `"Tls"`: the TLS
 * handshake failed. `"Timeout"`: the connection, the headers or the body took too long. `"Closed"`: the connection or
 * the layer's scope ended. `"TooLarge"`: a size limit was exceeded. `"Protocol"`: the response is not HTTP, or its body
 * is not what the headers announced. `"Encoding"`: the body has a content coding that the transport does not know.
 * `"Invalid"`: the request is not valid HTTP. `"Outside"`: the request was about to leave the base URL, and was
 * stopped. `"Unknown"`: any other reason.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TransportReason = Schema.Literal(
  "Connect",
  "Tls",
  "Timeout",
  "Closed",
  "TooLarge",
  "Protocol",
  "Encoding",
  "Invalid",
  "Outside",
  "Unknown"
)
export type TransportReason = typeof TransportReason.Type

/**
 * Marks a `TransportFailure`, whichever copy of this package created it.
 *
 * @since 0.1.0
 * @category symbols
 */
export const TransportFailureTypeId: unique symbol = Symbol.for("@effect-baanx/api/TransportFailure")

interface TransportFailureFields {
  readonly reason: TransportReason
  readonly sent: boolean
  readonly code?: string | undefined
}

/** Annotated because the inferred type names one that effect lacks before 3.17. */
const TransportFailureBase: new (
  fields: TransportFailureFields
) => Cause.YieldableError & TransportFailureFields & { readonly _tag: "TransportFailure" } =
  Data.TaggedError("TransportFailure")

/**
 * The `cause` of a transport's `RequestError` or `ResponseError`. It holds no secret. `sent` is false only if it is
 * certain that no byte of the request was sent; `code` is an error code of Node or undici, such as `"ECONNREFUSED"`.
 *
 * @since 0.1.0
 * @category errors
 */
export class TransportFailure extends TransportFailureBase {
  /** @since 0.1.0 */
  readonly [TransportFailureTypeId]: typeof TransportFailureTypeId = TransportFailureTypeId

  override get message(): string {
    const code = this.code === undefined ? "" : ` (${this.code})`
    return `${this.reason}${code}, the request ${this.sent ? "may have arrived" : "was not sent"}`
  }
}

/**
 * Whether a value is a `TransportFailure`, from any copy of this package.
 *
 * @since 0.1.0
 * @category guards
 */
export const isTransportFailure = (value: unknown): value is TransportFailure =>
  Predicate.hasProperty(value, TransportFailureTypeId)

const table: ReadonlyArray<readonly [codes: RegExp, reason: TransportReason, sent: boolean]> = [
  [/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/, "Connect", false],
  [/^UND_ERR_CONNECT_TIMEOUT$/, "Timeout", false],
  [/^(UND_ERR_(HEADERS|BODY)_TIMEOUT|ETIMEDOUT)$/, "Timeout", true],
  [/^(ERR_TLS|ERR_SSL|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_|INVALID_(CA|PURPOSE))/, "Tls", false],
  [/^(PATH_LENGTH|EPROTO$|UND_ERR_PRX_TLS)/, "Tls", false],
  [/^(UND_ERR_RES_EXCEEDED_MAX_SIZE|UND_ERR_HEADERS_OVERFLOW|ERR_BUFFER_TOO_LARGE)$/, "TooLarge", true],
  [/^(HPE_|UND_ERR_RES_CONTENT_LENGTH)/, "Protocol", true],
  [/^(Z_|ERR__ERROR_FORMAT|ERR_BROTLI|ERR_PADDING)/, "Protocol", true],
  [/^UND_ERR_(INVALID_ARG|NOT_SUPPORTED|REQ_CONTENT_LENGTH_MISMATCH)$/, "Invalid", false],
  [/^(ECONNRESET|EPIPE|ECONNABORTED|UND_ERR_(SOCKET|ABORTED|CLOSED|DESTROYED))$/, "Closed", true]
]

/**
 * What an error code of Node or undici means by itself; `undefined` for an unknown code. `sent` is false if the code
 * alone proves that no byte was sent.
 *
 * @since 0.1.0
 * @category constructors
 */
export const failureOfCode = (
  code: string
): { readonly reason: TransportReason; readonly sent: boolean } | undefined => {
  const row = table.find(([codes]) => codes.test(code))
  return row && { reason: row[1], sent: row[2] }
}

/**
 * How long a call may take, measured by `clock`: at most `queueMillis` until the request is handed to a connection,
 * before which nothing is sent, and at most `millis` from there to the end of the response.
 *
 * @since 0.1.0
 * @category models
 */
export interface Deadline {
  readonly queueMillis: number
  readonly millis: number
  readonly clock: Clock.Clock
}

/**
 * The key under which a transport offers calls with a deadline.
 *
 * @since 0.1.0
 * @category symbols
 */
export const executeWithin: unique symbol = Symbol.for("@effect-baanx/api/executeWithin")

/**
 * A call that its caller has to abort: `effect` does not do so when it is interrupted, or when reading its response
 * fails.
 *
 * @since 0.1.0
 * @category models
 */
export interface AbortableCall<A, E> {
  readonly effect: Effect.Effect<A, E>
  /** Ends the call and gives up its connection. */
  readonly abort: () => void
}

/**
 * A transport that aborts a call unless it completes, body included, within the deadline. It creates no span and
 * follows no redirect. On any other transport, `Effect.timeout` does the same with a race of fibers, which costs more
 * than the rest of the call.
 *
 * @since 0.1.0
 * @category models
 */
export interface DeadlineHttpClient extends HttpClient.HttpClient {
  /** Sends the request, and aborts it at the deadline. */
  readonly [executeWithin]: (
    request: HttpClientRequest.HttpClientRequest,
    deadline: Deadline
  ) => AbortableCall<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>
}

/**
 * Whether a transport enforces deadlines itself.
 *
 * @since 0.1.0
 * @category guards
 */
export const keepsDeadlines = (client: HttpClient.HttpClient): client is DeadlineHttpClient =>
  Predicate.hasProperty(client, executeWithin)
