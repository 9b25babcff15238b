/**
 * How long the stores wait for the database.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"

/**
 * How long one statement of a store may take, with the wait for a connection of the pool and the repeats after a
 * collision: 5 seconds by default, by Effect's Clock. Then the call ends in `StoreError` with the reason `Timeout`. What
 * the statement says may be done all the same, as with any response that is lost.
 *
 * It is read when the layer of a store is built, and by `SqlStores.health`, `sweep` and `reseal` when they run.
 * `Duration.infinity` is no limit, for a test that moves a `TestClock` while a statement runs.
 *
 * @example
 * ```ts
 * import { SqlStores, StatementTimeout } from "@effect-baanx/sql"
 * import { Duration, Layer } from "effect"
 *
 * const StoresLive = SqlStores.layer.pipe(Layer.provide(Layer.succeed(StatementTimeout, Duration.seconds(2))))
 * ```
 *
 * @since 0.1.0
 * @category settings
 */
export class StatementTimeout extends Context.Reference<StatementTimeout>()("@effect-baanx/sql/StatementTimeout", {
  defaultValue: () => Duration.seconds(5)
}) {}
