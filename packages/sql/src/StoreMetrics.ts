/**
 * The metrics of a replica's refreshes.
 *
 * @since 0.1.0
 */
import * as Metric from "effect/Metric"

/**
 * `baanx_store_refreshing`: the sessions whose lease this replica holds.
 *
 * @since 0.1.0
 * @category metrics
 */
export const refreshing = Metric.counter("baanx_store_refreshing", {
  description: "Sessions that this replica is refreshing"
})

/**
 * `baanx_store_waits`: how often this replica found a session leased by another one. A waiting caller asks again after
 * 0.2 seconds, then at intervals that double up to 2 seconds.
 *
 * @since 0.1.0
 * @category metrics
 */
export const waits = Metric.counter("baanx_store_waits", {
  description: "How often a session was found leased by another replica",
  incremental: true
})

/**
 * `baanx_store_lost_races`: how often another replica had refreshed a session before this one asked to.
 *
 * @since 0.1.0
 * @category metrics
 */
export const lostRaces = Metric.counter("baanx_store_lost_races", {
  description: "How often another replica had already refreshed the session",
  incremental: true
})

/**
 * `baanx_store_late_writes`: how often this replica tried to save refreshed tokens after its lease had gone to another
 * one. A value above zero means that a replica was stalled for longer than a lease.
 *
 * @since 0.1.0
 * @category metrics
 */
export const lateWrites = Metric.counter("baanx_store_late_writes", {
  description: "How often refreshed tokens arrived after the lease had gone to another replica",
  incremental: true
})

/**
 * `baanx_store_unsettled`: how often a lease was granted after a holder that never reported its outcome.
 *
 * @since 0.1.0
 * @category metrics
 */
export const unsettled = Metric.counter("baanx_store_unsettled", {
  description: "How often a lease followed a holder that never reported its outcome",
  incremental: true
})
