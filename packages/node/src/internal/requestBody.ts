/**
 * Collects the whole body of a request before its first byte is sent, so that its length is known and nothing can fail
 * midway.
 */
import type * as HttpBody from "@effect/platform/HttpBody"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"

export interface Collected {
  readonly bytes: Uint8Array
  /** Set for a form, which needs its boundary. */
  readonly contentType: string | undefined
}

const isWebBody = (body: unknown): body is BodyInit =>
  typeof body === "string" ||
  body instanceof ArrayBuffer ||
  ArrayBuffer.isView(body) ||
  body instanceof Blob ||
  body instanceof FormData ||
  body instanceof URLSearchParams ||
  Predicate.hasProperty(body, Symbol.asyncIterator)

/** Fails with `"TooLarge"` over `max` bytes, and with `"Unreadable"` if the body fails or is of an unknown kind. */
export const collect = (
  body: HttpBody.Raw | HttpBody.FormData | HttpBody.Stream,
  max: number
): Effect.Effect<Collected, "TooLarge" | "Unreadable"> => {
  if (body._tag === "Stream") return fold(body.stream, undefined, max)
  const source = body._tag === "Raw" ? body.body : body.formData
  if (!isWebBody(source)) return Effect.fail("Unreadable")
  return Effect.flatMap(
    Effect.try({ try: () => new Response(source), catch: (): "Unreadable" => "Unreadable" }),
    (web) =>
      fold(
        web.body === null ? Stream.empty : Stream.fromReadableStream(() => web.body ?? new Blob().stream(), identity),
        web.headers.get("content-type") ?? undefined,
        max
      )
  )
}

const fold = (
  stream: Stream.Stream<Uint8Array, unknown>,
  contentType: string | undefined,
  max: number
): Effect.Effect<Collected, "TooLarge" | "Unreadable"> =>
  Effect.suspend(() => {
    const pieces: Array<Uint8Array> = []
    let size = 0
    return stream.pipe(
      Stream.mapError((): "Unreadable" => "Unreadable"),
      Stream.runForEach((piece) => {
        pieces.push(piece)
        size += piece.length
        return size > max ? Effect.fail<"TooLarge">("TooLarge") : Effect.void
      }),
      Effect.map(() => ({ bytes: Buffer.concat(pieces), contentType }))
    )
  })
