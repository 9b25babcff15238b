/** The body of a request, up to 64 KiB. */
import type { HttpServerRequest } from "@effect/platform/HttpServerRequest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { BodyTooLargeError } from "../AuthFailure.js"

const limit = 64 * 1024

/**
 * Reads a body as text, as far as it arrives; a missing one is empty. Without a `Content-Length`, a body over the limit
 * is read to its end and dropped: otherwise, a client that is still sending would not see the response.
 */
export const readBody = (request: HttpServerRequest): Effect.Effect<string, BodyTooLargeError> =>
  Effect.suspend(() => {
    if (Number(request.headers["content-length"] ?? 0) > limit) return new BodyTooLargeError()
    const chunks: Array<Uint8Array<ArrayBuffer>> = []
    let length = 0
    const add = (chunk: Uint8Array) =>
      Effect.sync(() => {
        length += chunk.length
        if (length <= limit) chunks.push(new Uint8Array(chunk))
      })
    return Effect.ignore(Stream.runForEach(request.stream, add)).pipe(
      Effect.flatMap(() => (length > limit ? new BodyTooLargeError() : Effect.promise(() => new Blob(chunks).text())))
    )
  })
