/** The engine as an `HttpClient`, with the same responses as through a socket. */
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import { RequestError } from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Readable } from "node:stream"
import type { ConnectionCut } from "./Faults.js"

/** The body in one piece, as a socket would send it. */
const bytesOf = (body: HttpBody.HttpBody): Effect.Effect<Uint8Array, unknown> => {
  switch (body._tag) {
    case "Empty":
      return Effect.succeed(new Uint8Array())
    case "Uint8Array":
      return Effect.succeed(body.body)
    case "Raw":
      return bytesOfWeb(typeof body.body === "string" ? body.body : undefined)
    case "FormData":
      return bytesOfWeb(body.formData)
    case "Stream":
      return bytesOfWeb(Stream.toReadableStream(body.stream))
  }
}

const bytesOfWeb = (body: ConstructorParameters<typeof Response>[0]) =>
  Effect.map(
    Effect.tryPromise(() => new Response(body).arrayBuffer()),
    (buffer) => new Uint8Array(buffer)
  )

const serverRequest = (
  request: HttpClientRequest.HttpClientRequest,
  url: URL,
  bytes: Uint8Array
): HttpServerRequest.HttpServerRequest =>
  Object.create(
    HttpServerRequest.fromWeb(
      new Request(url, { method: request.method, headers: { ...request.headers, host: url.host } })
    ),
    {
      stream: { value: Stream.make(bytes) },
      arrayBuffer: { value: Effect.sync(() => new Uint8Array(bytes).buffer) }
    }
  )

/** `Response` accepts a Node stream too, but cannot be cancelled while it waits for one. */
const withWebStream = (response: HttpServerResponse.HttpServerResponse) => {
  const { body } = response
  return body._tag === "Raw" && body.body instanceof Readable
    ? HttpServerResponse.setBody(response, HttpBody.raw(Readable.toWeb(body.body), body))
    : response
}

/** A client that passes its requests to an app, whatever origin they name. */
export const fromHttpApp = (app: HttpApp.Default<ConnectionCut>): HttpClient.HttpClient =>
  HttpClient.make((request, url) =>
    Effect.gen(function* () {
      const served = yield* Effect.flatMap(bytesOf(request.body), (bytes) =>
        Effect.try(() => serverRequest(request, url, bytes))
      ).pipe(
        Effect.mapError(
          () => new RequestError({ request, reason: "Encode", description: "A header or the body cannot be sent" })
        )
      )
      const response = yield* app.pipe(
        Effect.provideService(HttpServerRequest.HttpServerRequest, served),
        Effect.mapError(() => new RequestError({ request, reason: "Transport", description: "The connection was cut" }))
      )
      const runtime = yield* Effect.runtime()
      return HttpClientResponse.fromWeb(
        request,
        HttpServerResponse.toWeb(withWebStream(response), { withoutBody: request.method === "HEAD", runtime })
      )
    })
  )
