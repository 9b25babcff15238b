/**
 * What a replica counts of its own refreshes.
 *
 * @since 0.1.0
 */
import * as Metric from "effect/Metric"

/**
 * `baanx_store_refreshing`: the sessions that this replica holds the lease of.
 *
 * @since 0.1.0
 * @category metrics
 */
export const refreshing = Metric.counter("baanx_store_refreshing", {
  description: "Sessions that this replica is refreshing"
})

/**
 * `baanx_store_waits`: how often this replica found a session leased by another one. A caller who waits asks five
 * times a second.
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
  description: "How often another replica had refreshed the session already",
  incremental: true
})

/**
 * `baanx_store_late_writes`: how often this replica came with refreshed tokens after its lease had gone to another
 * one. Above zero, a replica stood still for longer than a lease.
 *
 * @since 0.1.0
 * @category metrics
 */
export const lateWrites = Metric.counter("baanx_store_late_writes", {
  description: "How often refreshed tokens came after the lease had gone to another replica",
  incremental: true
})

/**
 * `baanx_store_unsettled`: how often a lease was given out after a holder who never said how it ended.
 *
 * @since 0.1.0
 * @category metrics
 */
export const unsettled = Metric.counter("baanx_store_unsettled", {
  description: "How often a lease followed a holder that never said how it ended",
  incremental: true
})
