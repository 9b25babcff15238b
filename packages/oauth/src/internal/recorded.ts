/** Two metrics for each operation and outcome: how many calls, and how long they took. */
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as MetricKey from "effect/MetricKey"
import * as MetricLabel from "effect/MetricLabel"
import * as Option from "effect/Option"
import type { Operation } from "../BaanxError.js"
import type { Abortable } from "./timed.js"

const counter = MetricKey.counter("baanx_calls", { description: "Calls of Baanx", incremental: true })
const histogram = MetricKey.histogram(
  "baanx_call_seconds",
  MetricBoundaries.fromIterable([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]),
  "How long a call of Baanx took"
)

const metricsOf = (operation: Operation, outcome: string) => {
  const labels = [MetricLabel.make("operation", operation), MetricLabel.make("outcome", outcome)]
  return {
    calls: Metric.fromMetricKey(MetricKey.taggedWithLabels(counter, labels)),
    seconds: Metric.fromMetricKey(MetricKey.taggedWithLabels(histogram, labels))
  }
}

/** The tag of the error that a call ended in. */
export const outcomeOf = (cause: Cause.Cause<{ readonly _tag: string }>): string =>
  Option.match(Cause.failureOption(cause), {
    onSome: (error) => error._tag,
    onNone: () => (Cause.isInterrupted(cause) ? "interrupted" : "defect")
  })

/** Counts every call of `operation`, with the labels that its caller puts on all metrics, and maps its errors. */
export const makeRecorded = (operation: Operation) => {
  const known = new Map<string, ReturnType<typeof metricsOf>>()
  const record = (outcome: string, millis: number, labels: ReadonlyArray<MetricLabel.MetricLabel>): void => {
    let metrics = known.get(outcome)
    if (metrics === undefined) known.set(outcome, (metrics = metricsOf(operation, outcome)))
    metrics.calls.unsafeUpdate(1, labels)
    metrics.seconds.unsafeUpdate(millis / 1000, labels)
  }

  return <A, E0, E extends { readonly _tag: string }>(
    caller: Fiber.RuntimeFiber<unknown, unknown>,
    clock: Clock.Clock,
    { abort, effect }: Abortable<A, E0>,
    toError: (error: E0) => E
  ): Effect.Effect<A, E> => {
    const labels = caller.getFiberRef(FiberRef.currentMetricLabels)
    const start = clock.unsafeCurrentTimeMillis()
    // `Effect.onExit` and `Effect.mapError` would do, at a multiple of the cost.
    return Effect.uninterruptibleMask((restore) =>
      Effect.catchAllCause(
        Effect.flatMap(restore(effect), (value) => {
          record("success", clock.unsafeCurrentTimeMillis() - start, labels)
          return Effect.succeed(value)
        }),
        (cause) => {
          abort()
          const failed = Cause.map(cause, toError)
          record(outcomeOf(failed), clock.unsafeCurrentTimeMillis() - start, labels)
          return Effect.failCause(failed)
        }
      )
    )
  }
}
