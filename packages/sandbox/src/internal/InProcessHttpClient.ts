/**
 * The engine as an `HttpClient`: no socket, the same answers.
 *
 * @since 0.1.0
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import type * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import { RequestError } from "@effect/platform/HttpClientError"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ConnectionCut } from "./Faults.js"

const bodyInit = (body: HttpBody.HttpBody): BodyInit | undefined => {
  switch (body._tag) {
    case "Empty":
      return undefined
    case "Uint8Array":
      return new Uint8Array(body.body)
    case "Raw":
      return typeof body.body === "string" ? Buffer.from(body.body) : undefined
    case "FormData":
      return body.formData
    case "Stream":
      return Stream.toReadableStream(body.stream)
  }
}

/**
 * A client whose requests an app answers, whatever origin they name.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromHttpApp = (app: HttpApp.Default<ConnectionCut>): HttpClient.HttpClient =>
  HttpClient.make((request, url) =>
    Effect.gen(function* () {
      const body = request.method === "GET" || request.method === "HEAD" ? undefined : bodyInit(request.body)
      const webRequest = new Request(url, {
        method: request.method,
        headers: { ...request.headers, host: url.host },
        ...(body === undefined ? {} : { body, duplex: "half" })
      })
      const response = yield* Effect.provideService(
        app,
        HttpServerRequest.HttpServerRequest,
        HttpServerRequest.fromWeb(webRequest)
      ).pipe(
        Effect.mapError(() => new RequestError({ request, reason: "Transport", description: "The connection was cut" }))
      )
      const runtime = yield* Effect.runtime()
      return HttpClientResponse.fromWeb(
        request,
        HttpServerResponse.toWeb(response, { withoutBody: request.method === "HEAD", runtime })
      )
    })
  )
