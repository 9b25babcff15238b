/** The client under test, a call with it, and the failure of a call. */
import { type HttpClient, type HttpClientError, HttpClientRequest } from "@effect/platform"
import { NodeHttpClient, NodeTransportFailure } from "@effect-baanx/node"
import { assert } from "@effect/vitest"
import { Effect } from "effect"

export const { make } = NodeHttpClient

export const post = (url: string, body = `{"token":"t"}`) =>
  HttpClientRequest.post(url).pipe(HttpClientRequest.bodyText(body, "application/json"))

export const failureOf = (error: HttpClientError.HttpClientError) => {
  assert.instanceOf(error.cause, NodeTransportFailure)
  const { reason, sent } = error.cause
  return { error: error._tag, reason, sent }
}

export const ok = (url: string) => (client: HttpClient.HttpClient) =>
  Effect.flatMap(client.execute(post(url)), (response) => response.text)
