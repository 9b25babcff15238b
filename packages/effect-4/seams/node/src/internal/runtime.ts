/** Code below Effect's documented API: the live Clock, URLs, a response and its stream, and the platform's errors. */
import type { TransportFailure } from "@effect-baanx/api/Transport"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Headers from "effect/http/Headers"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import * as Url from "effect/http/Url"
import * as UrlParams from "effect/http/UrlParams"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import { pipeArguments } from "effect/Pipeable"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import type * as Socket from "effect/socket/Socket"
import * as Stream from "effect/Stream"

const liveClock = Context.get(Context.empty(), Clock.Clock)

/** The longest timer of Node, about 24 days. */
const maxMillis = 2 ** 31 - 1

export type Alarm = NodeJS.Timeout | Fiber.Fiber<void>

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
  "interruptUnsafe" in alarm ? alarm.interruptUnsafe() : clearTimeout(alarm)

/** Waits for a callback, and continues once the caller of the callback has returned: undici calls it while parsing. */
export const calledBack = <A, E>(
  register: (resume: (effect: Effect.Effect<A, E>) => void) => void | Effect.Effect<void>
): Effect.Effect<A, E> => Effect.callback((resume) => register((effect) => queueMicrotask(() => resume(effect))))

/** What an error may show of a request: no body, no header, no query. */
export const nameOf = (request: HttpClientRequest.HttpClientRequest): HttpClientRequest.HttpClientRequest =>
  HttpClientRequest.makeWith(
    request.method,
    request.url.replace(/[?#].*$/s, "").replace(/\/\/[^/]*@/, "//"),
    UrlParams.empty,
    Option.none(),
    Headers.empty,
    HttpBody.empty
  )

const requestErrors = {
  Transport: HttpClientError.TransportError,
  Encode: HttpClientError.EncodeError,
  InvalidUrl: HttpClientError.InvalidUrlError
}

export const requestError = (
  request: HttpClientRequest.HttpClientRequest,
  reason: keyof typeof requestErrors,
  cause?: TransportFailure
): HttpClientError.HttpClientError =>
  new HttpClientError.HttpClientError({
    reason: new requestErrors[reason]({ request: nameOf(request), ...(cause === undefined ? {} : { cause }) })
  })

export const decodeError = (
  response: HttpClientResponse.HttpClientResponse,
  details: { readonly cause?: TransportFailure; readonly description?: string }
): HttpClientError.HttpClientError =>
  new HttpClientError.HttpClientError({
    reason: new HttpClientError.DecodeError({ request: nameOf(response.request), response, ...details })
  })

/** The error for a setting that cannot work. */
export const invalidConfig = (path: ReadonlyArray<string>, reason: string): Config.ConfigError =>
  new Config.ConfigError(new ConfigProvider.SourceError({ message: `${path.join(".")}: ${reason}` }))

/** The type of a decoded JSON body. */
export type Json = Schema.Json

export const hasQuery = ({ urlParams }: HttpClientRequest.HttpClientRequest): boolean => urlParams.params.length > 0

/** The URL of a request with its query, or `undefined` if it is invalid. */
export const urlOf = ({ url, urlParams }: HttpClientRequest.HttpClientRequest): URL | undefined =>
  Result.getOrUndefined(Url.make(url, urlParams, undefined))

/** The parts that mark an object as a response of `HttpClient`. */
export abstract class ResponseBase extends Inspectable.Class {
  readonly [HttpIncomingMessage.TypeId]: typeof HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: typeof HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly request: HttpClientRequest.HttpClientRequest

  constructor(request: HttpClientRequest.HttpClientRequest) {
    super()
    this.request = request
  }

  /** The URL of the request, since no redirect is followed. */
  get url(): string {
    const url = urlOf(this.request)
    return url === undefined ? "" : url.href
  }

  get upgrade(): Effect.Effect<Socket.Socket, HttpClientError.HttpClientError> {
    return Effect.fail(requestError(this.request, "Transport"))
  }

  pipe() {
    return pipeArguments(this, arguments)
  }
}

/** Streams the values that `read` passes on, one at a time, until `undefined` or an error. */
export const streamOf = (
  read: (next: (value: Uint8Array | HttpClientError.HttpClientError | undefined) => void) => void
): Stream.Stream<Uint8Array, HttpClientError.HttpClientError> =>
  Stream.fromPull(
    Effect.succeed(
      calledBack<readonly [Uint8Array], HttpClientError.HttpClientError | Cause.Done<void>>((resume) =>
        read((value) =>
          resume(
            value instanceof Uint8Array
              ? Effect.succeed([value])
              : value === undefined
                ? Cause.done()
                : Effect.fail(value)
          )
        )
      )
    )
  )
