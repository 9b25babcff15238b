/** An answer's body, hostile until it is JSON within the cap. */
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type Operation, type TransportError, UnexpectedResponseError } from "../BaanxError.js"
import { transportError } from "./transportError.js"

const cap = 64 * 1024

/** Status 0 is how a browser shows a redirect that it was told not to follow. */
const isRedirect = (status: number): boolean => status === 0 || (status >= 300 && status < 400)

const isJson = (contentType: string | undefined): boolean =>
  contentType !== undefined && /^application\/(?:[a-z0-9.+-]+\+)?json\s*(?:;|$)/i.test(contentType)

/** The parsed body, or `undefined` where an answer that is an error has none that can be read. */
export const readBody = (
  operation: Operation,
  response: HttpClientResponse.HttpClientResponse
): Effect.Effect<unknown, TransportError | UnexpectedResponseError> => {
  const unexpected = (reason: UnexpectedResponseError["reason"]) =>
    new UnexpectedResponseError({ operation, status: response.status, reason })

  if (isRedirect(response.status)) return Effect.zipRight(discard(response), unexpected("Redirect"))
  const ok = response.status >= 200 && response.status < 300
  if (!isJson(response.headers["content-type"])) {
    return Effect.zipRight(discard(response), ok ? unexpected("ContentType") : Effect.succeed(undefined))
  }
  return Effect.flatMap(readText(operation, response), (text) => {
    if (text === undefined) return ok ? unexpected("TooLarge") : Effect.succeed(undefined)
    try {
      const body: unknown = JSON.parse(text)
      return Effect.succeed(body)
    } catch {
      return ok ? unexpected("NotJson") : Effect.succeed(undefined)
    }
  })
}

/**
 * The text, or `undefined` if it is over the cap. A small announced length is read in one piece, unless the body is
 * compressed: then the length says nothing about what comes out.
 */
const readText = (
  operation: Operation,
  response: HttpClientResponse.HttpClientResponse
): Effect.Effect<string | undefined, TransportError> => {
  const length = response.headers["content-length"]
  const encoding = response.headers["content-encoding"]
  if (length !== undefined && /^\d+$/.test(length) && (encoding === undefined || encoding === "identity")) {
    if (Number(length) > cap) return Effect.as(discard(response), undefined)
    return Effect.mapBoth(response.text, {
      onFailure: (error) => transportError(operation, error),
      onSuccess: (text) => (text.length > cap ? undefined : text)
    })
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
    Effect.mapBoth({
      onFailure: (error) => transportError(operation, error),
      onSuccess: () => (size > cap ? undefined : text + decoder.decode())
    })
  )
}

/** Gives the connection back without reading what nobody wants. */
const discard = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<void> =>
  Effect.ignore(Stream.runDrain(Stream.take(response.stream, 0)))
