/** The response of an `Exchange` as an `HttpClientResponse`. */
import * as Cookies from "@effect/platform/Cookies"
import * as Headers from "@effect/platform/Headers"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as UrlParams from "@effect/platform/UrlParams"
import { TransportFailure } from "@effect-baanx/api/Transport"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Exchange } from "./Exchange.js"
import { calledBack, decodeError, type Json, nameOf, ResponseBase, streamOf } from "./runtime.js"

/** The failure of a call that nobody is waiting for any more. */
export const aborted = new TransportFailure({ reason: "Closed", sent: true, code: "UND_ERR_ABORTED" })

/** Runs when a reader is interrupted: nobody will read the rest, so the connection is closed. */
const abort = (exchange: Exchange): Effect.Effect<void> => Effect.sync(() => exchange.abort(aborted))

export class Response extends ResponseBase implements HttpClientResponse.HttpClientResponse {
  readonly #exchange: Exchange
  #headers: Headers.Headers | undefined
  #cookies: Cookies.Cookies | undefined

  constructor(request: HttpClientRequest.HttpClientRequest, exchange: Exchange) {
    super(request)
    this.#exchange = exchange
  }

  get status(): number {
    return this.#exchange.status
  }

  get headers(): Headers.Headers {
    return (this.#headers ??= Headers.fromInput(this.#exchange.headers))
  }

  get cookies(): Cookies.Cookies {
    return (this.#cookies ??= Cookies.fromSetCookie(this.#exchange.headers["set-cookie"] ?? []))
  }

  get remoteAddress(): Option.Option<string> {
    return Option.none()
  }

  get text(): Effect.Effect<string, HttpClientError.ResponseError> {
    return this.#isHere ? Effect.succeed(decodeText(this.#exchange.body)) : Effect.map(this.#bytes, decodeText)
  }

  get json(): Effect.Effect<Json, HttpClientError.ResponseError> {
    return Effect.flatMap(this.#bytes, (bytes) =>
      Effect.try({
        try: (): Json => (bytes.length === 0 ? null : JSON.parse(decodeText(bytes))),
        // The SyntaxError would quote the body.
        catch: () => decodeError(this, { description: "the body is not JSON" })
      })
    )
  }

  get arrayBuffer(): Effect.Effect<ArrayBuffer, HttpClientError.ResponseError> {
    return Effect.map(this.#bytes, (bytes) => new Uint8Array(bytes).buffer)
  }

  get urlParamsBody(): Effect.Effect<UrlParams.UrlParams, HttpClientError.ResponseError> {
    return Effect.map(this.text, (text) => UrlParams.fromInput(new URLSearchParams(text)))
  }

  get formData(): Effect.Effect<FormData, HttpClientError.ResponseError> {
    return Effect.flatMap(this.#bytes, (bytes) =>
      Effect.tryPromise({
        try: () =>
          new globalThis.Response(new Uint8Array(bytes), {
            headers: { "content-type": this.headers["content-type"] ?? "" }
          }).formData(),
        catch: () => decodeError(this, { description: "the body is not a form" })
      })
    )
  }

  get stream(): Stream.Stream<Uint8Array, HttpClientError.ResponseError> {
    return Stream.suspend(() => {
      const exchange = this.#exchange
      if (exchange.isComplete || exchange.isInPieces || exchange.isEncoded) {
        return Stream.flatMap(Stream.fromEffect(this.#bytes), (bytes) =>
          bytes.length === 0 ? Stream.empty : Stream.make(bytes)
        )
      }
      return Stream.ensuring(this.#pieces, abort(exchange))
    })
  }

  get #isHere(): boolean {
    return this.#exchange.isComplete && !this.#exchange.isInPieces
  }

  /** The whole decoded body. It can be read repeatedly, but not after it was read as a stream. */
  get #bytes(): Effect.Effect<Buffer, HttpClientError.ResponseError> {
    return Effect.suspend(() => {
      const exchange = this.#exchange
      if (exchange.isInPieces) return decodeError(this, { description: "the body was already read as a stream" })
      if (this.#isHere) return Effect.succeed(exchange.body)
      const read = calledBack<Buffer, TransportFailure>((resume) => {
        exchange.readWhole(() =>
          resume(exchange.failure === undefined ? Effect.succeed(exchange.body) : Effect.fail(exchange.failure))
        )
        return abort(exchange)
      })
      return Effect.mapError(read, (cause) => decodeError(this, { cause }))
    })
  }

  get #pieces(): Stream.Stream<Uint8Array, HttpClientError.ResponseError> {
    const exchange = this.#exchange
    return streamOf((next) =>
      exchange.readPiece((piece) => {
        const { failure } = exchange
        next(piece === undefined && failure !== undefined ? decodeError(this, { cause: failure }) : piece)
      })
    )
  }

  /** Omits the headers and the body: in an OAuth response, both hold secrets. */
  toJSON(): unknown {
    return {
      _id: "@effect/platform/HttpClientResponse",
      request: nameOf(this.request).toJSON(),
      status: this.status
    }
  }
}

const decodeText = (bytes: Buffer): string => {
  const text = bytes.toString("utf8")
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}
