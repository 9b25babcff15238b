/**
 * An `HttpClient` for tests that records requests and sends scripted responses in order. A request beyond the end of
 * the script dies.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { TransportFailure, type TransportReason } from "@effect-baanx/api/Transport"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { requestError } from "../internal/runtime.js"

/**
 * A request as it would have been sent.
 *
 * @since 0.1.0
 * @category models
 */
export interface RecordedRequest {
  readonly method: string
  /** Includes the query. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** `undefined` without a body; a body that is not text is not recorded. */
  readonly body: string | undefined
}

/**
 * One entry of a script: how to respond to a request.
 *
 * @since 0.1.0
 * @category models
 */
export type MockAnswer = (
  request: HttpClientRequest.HttpClientRequest
) => Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>

/**
 * The recorded requests and the rest of the script.
 *
 * @since 0.1.0
 * @category models
 */
export interface MockHttpClientShape {
  /** The requests so far, oldest first. */
  readonly requests: Effect.Effect<ReadonlyArray<RecordedRequest>>
  /** The number of script entries left; a test should end with 0. */
  readonly unused: Effect.Effect<number>
}

/**
 * Lets a test inspect the requests and the rest of the script.
 *
 * @since 0.1.0
 * @category services
 */
export class MockHttpClient extends Context.Tag("@effect-baanx/oauth/testing/MockHttpClient")<
  MockHttpClient,
  MockHttpClientShape
>() {
  /**
   * A client that follows the script. A request beyond its end dies with a message that says so.
   *
   * @since 0.1.0
   */
  static readonly layer = (script: ReadonlyArray<MockAnswer>): Layer.Layer<MockHttpClient | HttpClient.HttpClient> =>
    Layer.effectContext(
      Effect.sync(() => {
        const requests: Array<RecordedRequest> = []
        const client = HttpClient.make((request, url) => {
          const answer = script[requests.length]
          requests.push(record(request, url))
          return answer === undefined
            ? Effect.dieMessage(
                `MockHttpClient: ${request.method} ${url.pathname} is request ${requests.length}, but the script has ${script.length}. Add a response to it.`
              )
            : answer(request)
        })
        return Context.make(HttpClient.HttpClient, client).pipe(
          Context.add(MockHttpClient, {
            requests: Effect.sync(() => [...requests]),
            unused: Effect.sync(() => Math.max(0, script.length - requests.length))
          })
        )
      })
    )
}

const record = (request: HttpClientRequest.HttpClientRequest, url: URL): RecordedRequest => ({
  method: request.method,
  url: url.href,
  headers: { ...request.headers },
  body: request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : undefined
})

/**
 * Responds with the body unchanged. The content type is JSON unless the headers say otherwise.
 *
 * @since 0.1.0
 * @category constructors
 */
export const answerText =
  (status: number, body: string, headers?: Readonly<Record<string, string>>): MockAnswer =>
  (request) =>
    Effect.sync(() =>
      HttpClientResponse.fromWeb(
        request,
        new Response(status === 204 || status === 304 ? null : body, {
          status,
          headers: { "content-type": "application/json", ...headers }
        })
      )
    )

/**
 * Responds with a value as JSON.
 *
 * @since 0.1.0
 * @category constructors
 */
export const answerJson = (status: number, body: unknown, headers?: Readonly<Record<string, string>>): MockAnswer =>
  answerText(status, JSON.stringify(body), headers)

/**
 * Fails like a broken connection. `sent` says whether the request may have arrived.
 *
 * @since 0.1.0
 * @category constructors
 */
export const answerFailure =
  (reason: TransportReason, sent: boolean): MockAnswer =>
  (request) =>
    requestError(request, "Transport", { cause: new TransportFailure({ reason, sent }) })

/**
 * Never responds.
 *
 * @since 0.1.0
 * @category constructors
 */
export const answerNever: MockAnswer = () => Effect.never
