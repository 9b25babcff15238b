/** The typed error of a response that refuses, with Baanx's own words cleaned of secrets. */
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
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
import { withoutSecrets } from "./withoutSecrets.js"

export type Refusal =
  | UnauthorizedError
  | ForbiddenError
  | InvalidRequestError
  | RateLimitedError
  | ServerError
  | UnexpectedResponseError

/** The error, or `undefined` for a success. */
export const refusal = (
  operation: Operation,
  response: HttpClientResponse.HttpClientResponse,
  body: unknown,
  secrets: () => ReadonlyArray<string>
): Refusal | undefined => {
  const { status } = response
  if (status >= 200 && status < 300) {
    return Predicate.isRecord(body) && body["success"] === false
      ? new InvalidRequestError({
          operation,
          code: "not_successful",
          description: wordsOf(body, secrets()).description
        })
      : undefined
  }
  switch (status) {
    case 400:
    case 404:
    case 409:
    case 413:
    case 422:
      return new InvalidRequestError({ operation, ...codeAndWords(String(status)) })
    case 401:
      return new UnauthorizedError({ operation, ...codeAndWords("unauthorized") })
    case 403:
      return new ForbiddenError({ operation, ...codeAndWords("forbidden") })
    case 429:
      return new RateLimitedError({ operation, retryAfter: retryAfter(response) })
    case 498:
      return new UnauthorizedError({ operation, ...codeAndWords("invalid_client_key"), code: "invalid_client_key" })
    case 499:
      return new UnauthorizedError({ operation, ...codeAndWords("missing_client_key"), code: "missing_client_key" })
    default:
      return status >= 500 && status < 600
        ? new ServerError({ operation, status, retryAfter: retryAfter(response) })
        : new UnexpectedResponseError({ operation, status, reason: "Status" })
  }

  function codeAndWords(fallback: string): { readonly code: string; readonly description: string } {
    const words = wordsOf(body, secrets())
    return { code: words.code ?? fallback, description: words.description }
  }
}

/** Only the form in seconds (RFC 9110 section 10.2.3); a date would need the server's clock to be right. */
const retryAfter = (response: HttpClientResponse.HttpClientResponse): Duration.Duration | undefined => {
  const value = response.headers["retry-after"]
  return value !== undefined && /^\d{1,6}$/.test(value) ? Duration.seconds(Number(value)) : undefined
}

const isCode = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/

const wordsOf = (
  body: unknown,
  secrets: ReadonlyArray<string>
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
    code: code !== undefined && isCode.test(code) && withoutSecrets(code, secrets) === code ? code : undefined,
    description: description === undefined ? "no reason given" : withoutSecrets(description, secrets)
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
