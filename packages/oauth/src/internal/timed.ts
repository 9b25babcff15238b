/**
 * A transport may keep the time limit of a call itself, by the Clock of its caller and from the first byte to the last;
 * `@effect-baanx/node` does. Any other needs a race for it, which costs more than all the rest of a call.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import type * as Clock from "effect/Clock"
import type * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"

export const executeWithin: unique symbol = Symbol.for("@effect-baanx/node/executeWithin")

export interface TimeLimit {
  readonly millis: number
  readonly clock: Clock.Clock
}

/** An effect that leaves it to whoever runs it to call `abort` when it ends in a failure or an interruption. */
export interface Abortable<A, E> {
  readonly effect: Effect.Effect<A, E>
  readonly abort: () => void
}

/** It makes no span, follows no redirect, and its failures name a `reason` and whether the request was `sent`. */
export interface TimedHttpClient extends HttpClient.HttpClient {
  readonly [executeWithin]: (
    request: HttpClientRequest.HttpClientRequest,
    limit: TimeLimit
  ) => Abortable<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>
}

export const isTimed = (client: HttpClient.HttpClient): client is TimedHttpClient =>
  Predicate.hasProperty(client, executeWithin)
