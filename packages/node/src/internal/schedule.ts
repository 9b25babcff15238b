/** What is to happen when a time is over by a given Clock, unless it is cancelled before. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"

const liveClock = Context.get(DefaultServices.liveServices, Clock.Clock)

/** Node's longest; about 24 days. */
const maxMillis = 2 ** 31 - 1

/** The live Clock sleeps by a timer of Node, which we take without a fiber around it. */
export const schedule = (clock: Clock.Clock, millis: number, then: () => void): (() => void) => {
  if (clock === liveClock) {
    const timer = setTimeout(then, Math.min(millis, maxMillis))
    return () => clearTimeout(timer)
  }
  const sleeper = Effect.runFork(Effect.andThen(clock.sleep(Duration.millis(millis)), Effect.sync(then)))
  return () => sleeper.unsafeInterruptAsFork(FiberId.none)
}
