/** Turns an error response into a typed error, with Baanx's own words cleaned of secrets. */
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Predicate from "effect/Predicate"
import {
  ForbiddenError,
  InvalidRequestError,
  type Operation,
  RateLimitedError,
  ServerError,
  UnauthorizedError,
  UnexpectedResponseError
} from "../BaanxError.js"
import { isInvalidGrant } from "./invalidGrant.js"
import type { WordReader } from "./wordReader.js"

export type Refusal =
  | UnauthorizedError
  | ForbiddenError
  | InvalidRequestError
  | RateLimitedError
  | ServerError
  | UnexpectedResponseError

/** The error of a response with any status but success. */
export const refusal = (
  operation: Operation,
  response: HttpClientResponse.HttpClientResponse,
  body: unknown,
  secrets: () => ReadonlyArray<string>,
  reader: WordReader,
  clock: Clock.Clock
): Refusal => {
  const { status } = response
  const { code, description } = wordsOf(body, secrets(), reader)
  if (reader.decides(description, status)) return invalidRequest()
  if ((status === 401 || status === 403) && (!isBaanxs(operation, body) || (code === undefined && asksForOther()))) {
    return new UnexpectedResponseError({ operation, status, reason: "Intermediary" })
  }
  switch (status) {
    case 400:
    case 404:
    case 409:
    case 413:
    case 422:
      return invalidRequest()
    case 401:
      return new UnauthorizedError({ operation, code: code ?? "unauthorized", description })
    case 403:
      return new ForbiddenError({ operation, code: code ?? "forbidden", description })
    case 429:
      return new RateLimitedError({ operation, retryAfter: retryAfter(response, clock) })
    case 498:
      return new UnauthorizedError({ operation, code: "invalid_client_key", description })
    case 499:
      return new UnauthorizedError({ operation, code: "missing_client_key", description })
    default:
      // Some servers send `invalid_grant` with an unusual status.
      if (code !== undefined && isInvalidGrant({ code })) return invalidRequest()
      return status >= 500 && status < 600
        ? new ServerError({ operation, status, retryAfter: retryAfter(response, clock) })
        : new UnexpectedResponseError({ operation, status, reason: "Status" })
  }

  /** Whether the response asks for credentials that are not Baanx's (RFC 9110 section 11.6.1). */
  function asksForOther(): boolean {
    return /^(?:basic|digest|negotiate|ntlm)\b/i.test(response.headers["www-authenticate"] ?? "")
  }

  function invalidRequest(): InvalidRequestError {
    return new InvalidRequestError({ operation, status, code: code ?? String(status), description })
  }
}

/** Baanx's errors are JSON objects. A 401 without a body is about a bearer token, which a login does not have. */
const isBaanxs = (operation: Operation, body: unknown): boolean =>
  body === undefined ? operation !== "login" : Predicate.isRecord(body)

/**
 * The error of a success status whose body is a refusal: `success: false`, or an error message in place of a usable
 * body.
 */
export const refusalOfSuccess = (
  operation: Operation,
  { status }: HttpClientResponse.HttpClientResponse,
  body: unknown,
  secrets: () => ReadonlyArray<string>,
  reader: WordReader,
  isDecoded: boolean
): InvalidRequestError | undefined => {
  if (!Predicate.isRecord(body)) return undefined
  if (body["success"] === false || body["success"] === "false") {
    return new InvalidRequestError({
      operation,
      status,
      code: "not_successful",
      description: wordsOf(body, secrets(), reader).description
    })
  }
  if ((isDecoded && operation !== "revoke") || body["success"] === true) return undefined
  const { code = String(status), description } = wordsOf(body, secrets(), reader)
  return description === noReason ? undefined : new InvalidRequestError({ operation, status, code, description })
}

/** About 11.6 days; anything longer counts as absent. */
const maxRetrySeconds = 999_999

/**
 * Some servers send seconds with a fraction. A date (RFC 9110 section 10.2.3) is compared with the `Date` of the same
 * response, so that it does not matter whose clock is right.
 */
const retryAfter = (
  { headers }: HttpClientResponse.HttpClientResponse,
  clock: Clock.Clock
): Duration.Duration | undefined => {
  const value = headers["retry-after"]
  if (value === undefined) return undefined
  if (/^\d{1,6}(?:\.\d*)?$|^\.\d+$/.test(value)) return Duration.millis(Math.ceil(Number(value) * 1000))
  const date = dateOf(value)
  if (date === undefined) return undefined
  const seconds = Math.ceil((date - (dateOf(headers["date"]) ?? clock.unsafeCurrentTimeMillis())) / 1000)
  return seconds > maxRetrySeconds ? undefined : Duration.seconds(Math.max(0, seconds))
}

/** Parses any of the three forms of RFC 9110 section 5.6.7; the oldest does not name its time zone. */
const dateOf = (text: string | undefined): number | undefined => {
  if (text === undefined || !/^[A-Z][a-z]{2,8},? /.test(text)) return undefined
  const millis = Date.parse(text.endsWith(" GMT") ? text : `${text} GMT`)
  return Number.isNaN(millis) ? undefined : millis
}

/** Stands for a missing reason: the response says nothing but its status. */
export const noReason = "no reason given"

const isCode = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/

const wordsOf = (
  body: unknown,
  secrets: ReadonlyArray<string>,
  { shown }: WordReader
): { readonly code: string | undefined; readonly description: string } => {
  const outer = Predicate.isRecord(body) ? body : {}
  const wrapped = unwrap(outer["message"])
  const inner = wrapped ?? outer
  const nested = Predicate.isRecord(inner["error"]) ? inner["error"] : inner
  const code = firstText(nested["errorCode"], nested["code"], nested["error"])
  const description = firstText(
    nested["error_description"],
    nested["message"],
    nested["error"],
    Array.isArray(inner["details"]) ? inner["details"].find(Predicate.isString) : undefined
  )
  return {
    code: code !== undefined && isCode.test(code) && shown(code, secrets) === code ? code : undefined,
    description: description === undefined ? noReason : shown(description, secrets)
  }
}

/** Baanx has been seen to put the real error as JSON text inside `message`. */
const unwrap = (message: unknown): Readonly<Record<string, unknown>> | undefined => {
  if (typeof message !== "string" || !message.startsWith("{")) return undefined
  try {
    const parsed: unknown = JSON.parse(message)
    return Predicate.isRecord(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

const firstText = (...candidates: ReadonlyArray<unknown>): string | undefined =>
  candidates.find((candidate): candidate is string => typeof candidate === "string" && candidate !== "")
