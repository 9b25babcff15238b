/** Reads the body of a response, which is untrusted until it is JSON within the size limit. */
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { isTransportFailure } from "@effect-baanx/api/Transport"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type Operation, type TransportError, UnexpectedResponseError } from "../BaanxError.js"
import { discardResponse } from "./discardResponse.js"
import { isEmptyBody } from "./runtime.js"
import { transportError } from "./transportError.js"

const cap = 64 * 1024

/** Status 0 is how a browser reports a redirect that it did not follow. */
const isRedirect = (status: number): boolean => status === 0 || (status >= 300 && status < 400)

export const isSuccess = (status: number): boolean => status >= 200 && status < 300

const isJson = (contentType: string | undefined): boolean =>
  contentType !== undefined && /^application\/(?:[a-z0-9.+-]+\+)?json\s*(?:;|$)/i.test(contentType)

/** These use up values that cannot be obtained again, so JSON is read whatever its content type says. */
const afterGrant: ReadonlySet<Operation> = new Set(["token", "refresh", "revoke"])

/** An HTML page, such as the login page of a gateway. */
const isPage = (text: string): boolean => /^\s*</.test(text)

/** `undefined` if it is not JSON. */
const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * Recognizes `invalid_grant` in plain text and in a form too, because it must not be missed. Any other text is returned
 * as it is, and later recognized as not Baanx's.
 */
const parseRefusal = (text: string): unknown =>
  parse(text) ??
  (/^\s*(?:error=)?invalid_grant\b/i.test(text) ? { error: "invalid_grant" } : text.trim() === "" ? undefined : text)

/**
 * Returns the parsed body. For an error status, text that is not JSON is returned as it is, and an empty body as
 * `undefined`; for a revocation, anything that is neither JSON nor a page is `undefined`.
 */
export const readBody = (
  operation: Operation,
  response: HttpClientResponse.HttpClientResponse
): Effect.Effect<unknown, TransportError | UnexpectedResponseError> => {
  const unexpected = (reason: UnexpectedResponseError["reason"]) =>
    new UnexpectedResponseError({ operation, status: response.status, reason })

  if (isRedirect(response.status)) return Effect.zipRight(discardResponse(response), unexpected("Redirect"))
  const ok = isSuccess(response.status)
  const saysJson = isJson(response.headers["content-type"])
  if (ok && !saysJson && !afterGrant.has(operation))
    return Effect.zipRight(discardResponse(response), unexpected("ContentType"))
  const tooLarge = () => (ok ? unexpected("TooLarge") : Effect.succeed("too large"))
  const text = Effect.catchIf(textOf(response), isEmptyBody, () => Effect.succeed(""))
  return Effect.matchEffect(text, {
    // A transport may have its own limit.
    onFailure: (error): Effect.Effect<unknown, TransportError | UnexpectedResponseError> =>
      isTransportFailure(error.cause) && error.cause.reason === "TooLarge"
        ? tooLarge()
        : transportError(operation, error),
    onSuccess: (text) => {
      if (text === undefined || text.length > cap) return tooLarge()
      const body = ok ? parse(text) : parseRefusal(text)
      // A revocation needs no body (RFC 7009 section 2.2), but a page is not from Baanx.
      if (body !== undefined || !ok || (operation === "revoke" && !isPage(text))) return Effect.succeed(body)
      return unexpected(saysJson ? "NotJson" : "ContentType")
    }
  })
}

/**
 * The text, or `undefined` if it exceeds the limit. If the announced length is small, it is read in one piece, unless
 * the body is compressed: then the length says nothing about the size after decompression.
 */
const textOf = (
  response: HttpClientResponse.HttpClientResponse
): Effect.Effect<string | undefined, HttpClientError.ResponseError> => {
  const length = response.headers["content-length"]
  const encoding = response.headers["content-encoding"]
  if (length !== undefined && /^\d+$/.test(length) && (encoding === undefined || encoding === "identity")) {
    return Number(length) > cap ? Effect.as(discardResponse(response), undefined) : response.text
  }
  const decoder = new TextDecoder()
  let size = 0
  let text = ""
  return response.stream.pipe(
    Stream.takeWhile((chunk) => {
      size += chunk.byteLength
      return size <= cap
    }),
    Stream.runForEach((chunk) =>
      Effect.sync(() => {
        text += decoder.decode(chunk, { stream: true })
      })
    ),
    Effect.map(() => (size > cap ? undefined : text + decoder.decode()))
  )
}
