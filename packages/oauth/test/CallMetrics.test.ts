import { type AuthorizeService } from "@effect-baanx/oauth"
import { answerJson, answerNever } from "@effect-baanx/oauth/testing/MockHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Metric, MetricState, TestClock } from "effect"
import { authorize, granted, scripted } from "./AuthorizeSuite.js"

/** The metrics with this label: the number of calls by operation and outcome, and the sum of their durations. */
const metricsOf = (test: string) =>
  Effect.map(Metric.snapshot, (pairs) =>
    pairs
      .flatMap(({ metricKey, metricState }) => {
        const labels = new Map(metricKey.tags.map(({ key, value }) => [key, value]))
        if (labels.get("test") !== test || !metricKey.name.startsWith("baanx_")) return []
        const of = `${metricKey.name} ${labels.get("operation")} ${labels.get("outcome")}`
        if (MetricState.isCounterState(metricState)) return [`${of} ${metricState.count}`]
        if (MetricState.isHistogramState(metricState)) return [`${of} ${metricState.count} in ${metricState.sum} s`]
        return [of]
      })
      .sort()
  )

const withLabel =
  (test: string) =>
  <A, E>(call: Effect.Effect<A, E, AuthorizeService>) =>
    Effect.tagMetrics(Effect.exit(call), "test", test)

describe("call metrics", () => {
  it.effect("count each call by operation and outcome, and record its duration by the Clock", () =>
    Effect.gen(function* () {
      const call = withLabel("outcomes")(authorize())
      yield* call
      yield* call
      const late = yield* Effect.fork(call)
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(late)
      const interrupted = yield* Effect.fork(call)
      yield* TestClock.adjust("3 seconds")
      yield* Fiber.interrupt(interrupted)
      const slow = yield* Effect.fork(call)
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(slow)
      yield* call
      assert.deepStrictEqual(yield* metricsOf("outcomes"), [
        "baanx_call_seconds authorize ForbiddenError 1 in 0 s",
        "baanx_call_seconds authorize TransportError 1 in 10 s",
        "baanx_call_seconds authorize defect 1 in 0 s",
        "baanx_call_seconds authorize interrupted 1 in 3 s",
        "baanx_call_seconds authorize success 2 in 2 s",
        "baanx_calls authorize ForbiddenError 1",
        "baanx_calls authorize TransportError 1",
        "baanx_calls authorize defect 1",
        "baanx_calls authorize interrupted 1",
        "baanx_calls authorize success 2"
      ])
    }).pipe(
      scripted(
        answerJson(200, granted),
        answerJson(403, { message: "Forbidden" }),
        answerNever,
        answerNever,
        (request) => Effect.delay(answerJson(200, granted)(request), "2 seconds"),
        () => Effect.die("a defect")
      )
    )
  )

  it.effect("count nothing if nothing was sent", () =>
    Effect.gen(function* () {
      yield* withLabel("missing")(authorize({ loginToken: undefined }))
      assert.deepStrictEqual(yield* metricsOf("missing"), [])
    }).pipe(scripted())
  )
})
