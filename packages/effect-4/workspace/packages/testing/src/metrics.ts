/** The metrics of a program, in the form that Effect 3 gives them. */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"

type State = Metric.Metric.Snapshot["state"]

export const snapshot = Effect.map(Metric.snapshot, (metrics) =>
  metrics.map(({ attributes = {}, id, state }) => ({
    metricKey: { name: id, tags: Object.entries(attributes).map(([key, value]) => ({ key, value })) },
    metricState: state
  }))
)

export const isCounterState = (state: State): state is Metric.CounterState<number | bigint> => "incremental" in state

export const isHistogramState = (state: State): state is Metric.HistogramState => "buckets" in state
