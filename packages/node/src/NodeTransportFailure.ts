/**
 * Why a call failed below HTTP, in a form that holds no secret and that a layer above can read without importing
 * this package: the `cause` of an `HttpClientError` from `NodeHttpClient` has a `reason` and a `sent`.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"

/**
 * What went wrong. `"Connect"`: no connection, a proxy's refusal included. `"Tls"`: no trust. `"Timeout"`: connect,
 * headers or body took too long. `"Closed"`: the connection or the layer's scope ended. `"TooLarge"`: a size cap.
 * `"Protocol"`: the answer is not HTTP, or its body not what the headers announced. `"Invalid"`: a request that HTTP
 * cannot carry.
 *
 * @since 0.1.0
 * @category models
 */
export type NodeTransportReason = "Connect" | "Tls" | "Timeout" | "Closed" | "TooLarge" | "Protocol" | "Invalid"

/**
 * The `cause` of every `RequestError` and `ResponseError` of `NodeHttpClient`. `sent` is false only where it is certain
 * that no byte of the request left; `code` is the one of Node or undici, such as `"ECONNREFUSED"`.
 *
 * @since 0.1.0
 * @category errors
 */
export class NodeTransportFailure extends Data.TaggedError("NodeTransportFailure")<{
  readonly reason: NodeTransportReason
  readonly sent: boolean
  readonly code?: string | undefined
}> {
  override get message(): string {
    const code = this.code === undefined ? "" : ` (${this.code})`
    return `${this.reason}${code}, the request ${this.sent ? "may have arrived" : "was not sent"}`
  }
}
