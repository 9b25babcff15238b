/**
 * The one file of this package that reaches below Effect's everyday API: the live Clock, and the kinds of error of the
 * platform.
 */
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import type { TransportFailure } from "@effect-baanx/api/Transport"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"

const liveClock = Context.get(DefaultServices.liveServices, Clock.Clock)

/** The longest timer of Node, about 24 days. */
const maxMillis = 2 ** 31 - 1

export type Alarm = NodeJS.Timeout | Fiber.RuntimeFiber<void>

/**
 * Runs `end(of)` after `millis`. The live Clock sleeps by a timer, so no fiber is needed for it; and what has arrived
 * by then is passed on first, however busy the event loop was.
 */
export const schedule = <A>(clock: Clock.Clock, millis: number, end: (of: A) => void, of: A): Alarm =>
  clock === liveClock
    ? setTimeout(() => setImmediate(end, of), Math.min(millis, maxMillis))
    : Effect.runFork(
        Effect.andThen(
          clock.sleep(Duration.millis(millis)),
          Effect.sync(() => end(of))
        )
      )

export const cancel = (alarm: Alarm): void =>
  "unsafeInterruptAsFork" in alarm ? alarm.unsafeInterruptAsFork(FiberId.none) : clearTimeout(alarm)

/** What an error may show of a request: no body, no header, no query. */
export const nameOf = (request: HttpClientRequest.HttpClientRequest): HttpClientRequest.HttpClientRequest =>
  HttpClientRequest.make(request.method)(request.url.replace(/[?#].*$/s, "").replace(/\/\/[^/]*@/, "//"))

export const requestError = (
  request: HttpClientRequest.HttpClientRequest,
  reason: HttpClientError.RequestError["reason"],
  cause?: TransportFailure
): HttpClientError.RequestError => new HttpClientError.RequestError({ request: nameOf(request), reason, cause })

export const decodeError = (
  response: HttpClientResponse.HttpClientResponse,
  details: { readonly cause?: TransportFailure; readonly description?: string }
): HttpClientError.ResponseError =>
  new HttpClientError.ResponseError({
    request: nameOf(response.request),
    response,
    reason: "Decode",
    ...details
  })
