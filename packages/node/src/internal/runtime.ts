/** Code below Effect's documented API: the live Clock, URLs, a response and its stream, and the platform's errors. */
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as UrlParams from "@effect/platform/UrlParams"
import type { TransportFailure } from "@effect-baanx/api/Transport"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

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

/** Waits for a callback, and continues once the caller of the callback has returned: undici calls it while parsing. */
export const calledBack = <A, E>(
  register: (resume: (effect: Effect.Effect<A, E>) => void) => void | Effect.Effect<void>
): Effect.Effect<A, E> => Effect.async(register)

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

/** The error for a setting that cannot work. */
export const invalidConfig = (path: ReadonlyArray<string>, reason: string): ConfigError.ConfigError =>
  ConfigError.InvalidData([...path], reason)

/** The type of a decoded JSON body. */
export type Json = unknown

export const hasQuery = ({ urlParams }: HttpClientRequest.HttpClientRequest): boolean => urlParams.length > 0

/** The URL of a request with its query, or `undefined` if it is invalid. */
export const urlOf = ({ url, urlParams }: HttpClientRequest.HttpClientRequest): URL | undefined =>
  Either.getOrUndefined(UrlParams.makeUrl(url, urlParams, Option.none()))

/** The parts that mark an object as a response of `HttpClient`. */
export abstract class ResponseBase extends Inspectable.Class {
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly request: HttpClientRequest.HttpClientRequest

  constructor(request: HttpClientRequest.HttpClientRequest) {
    super()
    this.request = request
  }
}

/** Streams the values that `read` passes on, one at a time, until `undefined` or an error. */
export const streamOf = (
  read: (next: (value: Uint8Array | HttpClientError.ResponseError | undefined) => void) => void
): Stream.Stream<Uint8Array, HttpClientError.ResponseError> =>
  Stream.repeatEffectChunkOption(
    Effect.async((resume) =>
      read((value) =>
        resume(value instanceof Uint8Array ? Effect.succeed(Chunk.of(value)) : Effect.fail(Option.fromNullable(value)))
      )
    )
  )
