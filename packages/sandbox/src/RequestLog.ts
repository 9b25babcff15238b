/**
 * What came in and what was answered, without a secret: a value is shown only when its name is on a list.
 *
 * @since 0.1.0
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import type * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Schema from "effect/Schema"
import { currentNotes } from "./internal/Call.js"
import { now, type Store } from "./internal/Store.js"

const Values = Schema.Record({ key: Schema.String, value: Schema.Unknown })

/**
 * One request. `durationMillis` is by the sandbox's clock, like `at`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const LoggedRequest = Schema.Struct({
  /** Counts up from 1. */
  number: Schema.Int,
  at: Schema.DateTimeUtc,
  durationMillis: Schema.Number,
  method: Schema.String,
  path: Schema.String,
  /** The name of the endpoint in the contract, such as `authorize`; none outside of it. */
  step: Schema.optional(Schema.String),
  /** None when the connection was cut before an answer. */
  status: Schema.optional(Schema.Int),
  clientKey: Schema.optional(Schema.String),
  region: Schema.optional(Schema.Literal("international", "us")),
  userId: Schema.optional(Schema.String),
  sessionId: Schema.optional(Schema.String),
  /** Why it was refused, in more words than the caller was told. */
  detail: Schema.optional(Schema.String),
  /** The kind of the fault that was armed for it. */
  fault: Schema.optional(Schema.String),
  query: Values,
  headers: Values,
  body: Values,
  answer: Values
})

/**
 * @since 0.1.0
 * @category models
 */
export type LoggedRequest = typeof LoggedRequest.Type

/** The names whose values are no secret, in queries, headers, bodies and answers alike. */
const shown = new Set([
  "accept",
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

/**
 * What stands for a secret.
 *
 * @since 0.1.0
 * @category constants
 */
export const redacted = "<redacted>"

/**
 * The values of a request or an answer, with every secret and every nested value covered, at most 32 of them.
 *
 * @since 0.1.0
 * @category formatting
 */
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

/**
 * The log of one sandbox.
 *
 * @since 0.1.0
 * @category models
 */
export interface RequestLog {
  /** The newest requests, oldest first. */
  readonly requests: Effect.Effect<ReadonlyArray<LoggedRequest>>
  /** Runs an app and keeps what is to be said of the request. */
  readonly record: <E, R>(app: HttpApp.Default<E, R>) => HttpApp.Default<E, R | Store>
}

/**
 * How many requests a log keeps.
 *
 * @since 0.1.0
 * @category constants
 */
export const logCapacity = 500

const answerOf = (response: HttpServerResponse.HttpServerResponse): Readonly<Record<string, unknown>> => {
  const { body, headers } = response
  const location = headers["location"]
  if (location !== undefined) {
    const [target, query = ""] = location.split("?", 2)
    return { location: target, ...redact(new URLSearchParams(query)) }
  }
  if (body._tag !== "Uint8Array" || body.contentType !== "application/json") return {}
  const value: unknown = JSON.parse(new TextDecoder().decode(body.body))
  return typeof value === "object" && value !== null ? redact(Object.entries(value)) : {}
}

/**
 * An empty log.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeRequestLog = (): RequestLog => {
  const requests: Array<LoggedRequest> = []
  let total = 0
  return {
    requests: Effect.sync(() => [...requests]),
    record: (app) =>
      Effect.gen(function* () {
        const { headers, method, url } = yield* HttpServerRequest.HttpServerRequest
        const startedAt = yield* now
        const response = yield* app
        const { body = {}, ...notes } = yield* FiberRef.get(currentNotes)
        const [path = "", query = ""] = url.split("?", 2)
        requests.push({
          number: ++total,
          at: DateTime.unsafeMake(startedAt),
          durationMillis: (yield* now) - startedAt,
          method,
          path: path.slice(0, 256),
          status: response.status,
          query: redact(new URLSearchParams(query)),
          headers: redact(Object.entries(headers)),
          body,
          answer: answerOf(response),
          ...notes
        })
        if (requests.length > logCapacity) requests.shift()
        return response
      }).pipe(Effect.locally(currentNotes, {}))
  }
}
