/** The log of requests and responses, without secrets: a value is shown only if its name is on a list. */
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import type * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Option from "effect/Option"
import type { LoggedRequest } from "../LoggedRequest.js"
import { currentNotes } from "./Call.js"
import type { ConnectionCut } from "./Faults.js"
import { now, type Store } from "./Store.js"

/** The names whose values are not secret, in queries, headers, bodies and responses. */
const shown = new Set([
  "app_id",
  "client_id",
  "code_challenge_method",
  "content-length",
  "content-type",
  "email",
  "error",
  "error_description",
  "expires_in",
  "grant_type",
  "host",
  "id",
  "isLinked",
  "isOtpRequired",
  "message",
  "mode",
  "origin",
  "phase",
  "phoneNumber",
  "prompt",
  "redirect_uri",
  "refresh_token_expires_in",
  "region",
  "response_type",
  "scope",
  "success",
  "token_hint",
  "token_type",
  "user-agent",
  "userId",
  "verificationState",
  "x-client-key",
  "x-us-env"
])

/** The headers that matter here; a browser sends a dozen more. */
const loggedHeaders = new Set([
  "authorization",
  "content-length",
  "content-type",
  "host",
  "origin",
  "user-agent",
  "x-client-key",
  "x-secret-key",
  "x-us-env"
])

/** The placeholder for a secret. */
export const redacted = "<redacted>"

/** The values of a request or a response, at most 32, with every secret and every nested value redacted. */
export const redact = (values: Iterable<readonly [string, unknown]>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Array.from(values)
      .slice(0, 32)
      .map(([name, value]) => [name.slice(0, 64), shownValue(name, value)])
  )

const shownValue = (name: string, value: unknown) => {
  if (value === null || typeof value === "boolean" || typeof value === "number") return value
  return shown.has(name) && typeof value === "string" ? value.slice(0, 256) : redacted
}

/** The log of one sandbox, which also announces changes. */
export interface RequestLog {
  /** The newest requests, oldest first. */
  readonly requests: Effect.Effect<ReadonlyArray<LoggedRequest>>
  /** The number of the oldest request in the log, or of the next one if the log is empty. */
  readonly oldest: Effect.Effect<number>
  /** Runs an app and records the request. */
  readonly record: <R>(app: HttpApp.Default<ConnectionCut, R>) => HttpApp.Default<ConnectionCut, R | Store>
  /** The first request that matches, past or future. */
  readonly waitFor: (matches: (request: LoggedRequest) => boolean) => Effect.Effect<LoggedRequest>
  /** Clears the requests; the numbering continues. */
  readonly clear: Effect.Effect<void>
  /** Announces a change, such as that of the clock. */
  readonly tell: Effect.Effect<void>
}

/** How many requests a log keeps. */
export const logCapacity = 500

const answerOf = (response: HttpServerResponse.HttpServerResponse): Readonly<Record<string, unknown>> => {
  const { body, headers } = response
  const location = headers["location"]
  if (location !== undefined) {
    const [target, query = ""] = location.split("?", 2)
    return { location: target, ...redact(new URLSearchParams(query)) }
  }
  if (body._tag !== "Uint8Array" || body.contentType !== "application/json") return {}
  const value = Option.getOrUndefined(
    Option.liftThrowable((): unknown => JSON.parse(new TextDecoder().decode(body.body)))()
  )
  return typeof value === "object" && value !== null ? redact(Object.entries(value)) : {}
}

/** The reason that the response gives for a refusal. */
const refusalIn = (answer: Readonly<Record<string, unknown>>, status = 0): string | undefined => {
  if (status < 400 && answer["error"] === undefined) return undefined
  return [answer["error_description"], answer["message"], answer["error"]].find((text) => typeof text === "string")
}

/** Creates an empty log that calls `tell` at each change. */
export const makeRequestLog = (
  tell: () => void,
  onRequest: (request: LoggedRequest) => Effect.Effect<void>
): RequestLog => {
  const requests: Array<LoggedRequest> = []
  const waiting = new Set<(request: LoggedRequest) => void>()
  let total = 0

  const keep = (startedAt: number, response: HttpServerResponse.HttpServerResponse | undefined) =>
    Effect.gen(function* () {
      const { headers, method, url } = yield* HttpServerRequest.HttpServerRequest
      const { body = {}, ...notes } = yield* FiberRef.get(currentNotes)
      const [path = "", query = ""] = url.split("?", 2)
      const answer = response === undefined ? {} : answerOf(response)
      const request: LoggedRequest = {
        number: ++total,
        at: DateTime.unsafeMake(startedAt),
        durationMillis: (yield* now) - startedAt,
        method,
        path: path.slice(0, 256),
        status: response?.status,
        query: redact(new URLSearchParams(query)),
        headers: redact(Object.entries(headers).filter(([name]) => loggedHeaders.has(name))),
        body,
        answer,
        detail: refusalIn(answer, response?.status),
        ...notes
      }
      requests.push(request)
      if (requests.length > logCapacity) requests.shift()
      for (const look of waiting) look(request)
      tell()
      yield* onRequest(request)
    })

  return {
    requests: Effect.sync(() => [...requests]),
    oldest: Effect.sync(() => requests[0]?.number ?? total + 1),
    record: (app) =>
      Effect.flatMap(now, (startedAt) =>
        Effect.tapBoth(app, {
          onFailure: () => keep(startedAt, undefined),
          onSuccess: (response) => keep(startedAt, response)
        }).pipe(Effect.locally(currentNotes, {}))
      ),
    waitFor: (matches) =>
      Effect.async((resume) => {
        const made = requests.find(matches)
        if (made !== undefined) return resume(Effect.succeed(made))
        const look = (request: LoggedRequest) => {
          if (!matches(request)) return
          waiting.delete(look)
          resume(Effect.succeed(request))
        }
        waiting.add(look)
        return Effect.sync(() => waiting.delete(look))
      }),
    clear: Effect.sync(() => {
      requests.length = 0
    }),
    tell: Effect.sync(tell)
  }
}
