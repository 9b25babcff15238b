/**
 * The test clock as on Effect 3: before and after it moves, it lets what is in flight arrive, such as a response from
 * the sandbox, which runs outside the fiber of the call.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"

const settle = Effect.promise(async () => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
})

export const adjust = (duration: Duration.Input): Effect.Effect<void> =>
  settle.pipe(Effect.andThen(TestClock.adjust(duration)), Effect.andThen(settle))

export const setTime = (time: number): Effect.Effect<void> =>
  settle.pipe(Effect.andThen(TestClock.setTime(time)), Effect.andThen(settle))
