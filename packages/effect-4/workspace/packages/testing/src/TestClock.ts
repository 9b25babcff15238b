/**
 * The clock of a test as Effect 3 has it: before and after it moves, whatever is on its way arrives. The sandbox is one
 * such thing, as it runs outside of the fiber that asks.
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
