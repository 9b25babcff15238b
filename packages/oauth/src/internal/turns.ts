/**
 * A limit on how many of an effect run at once, as `Effect.makeSemaphore` sets one. That wakes everybody who waits for each
 * permit that gets free, so 1,200 renewals took 100 seconds of 2 processors; a queue wakes one.
 */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"

export const makeTurns = (
  count: number
): Effect.Effect<<A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>> =>
  Effect.gen(function* () {
    const turns = yield* Queue.unbounded<undefined>()
    yield* Queue.offerAll(turns, Array.from<undefined>({ length: count }))
    return (effect) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.zipRight(restore(Queue.take(turns)), Effect.ensuring(restore(effect), Queue.offer(turns, undefined)))
      )
  })
