/** Counts the fibers that sleep by the clock of a test. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

let waiting = 0

/** One element for each sleeping fiber. */
export const sleeps: Effect.Effect<ReadonlyArray<undefined>> = Effect.sync(() =>
  Array.from({ length: waiting }, () => undefined)
)

/** Counts the sleeps of the clock that it is provided with. */
export const counted: Layer.Layer<never> = Layer.effect(
  Clock.Clock,
  Effect.map(Clock.Clock, (clock) => {
    waiting = 0
    return Object.create(clock, {
      sleep: {
        value: (duration: Parameters<Clock.Clock["sleep"]>[0]) =>
          Effect.suspend(() => {
            waiting += 1
            return Effect.ensuring(
              clock.sleep(duration),
              Effect.sync(() => {
                waiting -= 1
              })
            )
          })
      }
    })
  })
)
