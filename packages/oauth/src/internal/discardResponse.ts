/** Discards a response without reading it. */
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"

/** Frees the connection: a stream closes its source when it is interrupted, but only once it has begun. */
export const discardResponse = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<void> =>
  Effect.flatMap(Effect.fork(Effect.interruptible(Effect.ignore(Stream.runDrain(response.stream)))), (reader) =>
    Effect.zipRight(Effect.yieldNow(), Fiber.interrupt(reader))
  )
