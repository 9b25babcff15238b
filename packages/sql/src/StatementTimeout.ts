/**
 * How long the stores wait for the database.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"

/**
 * How long one statement of a store may take, including the wait for a connection from the pool and the retries after a
 * collision: 5 seconds by default, measured by Effect's Clock. After that, the call fails with `StoreError` and the
 * reason `Timeout`. The statement may take effect all the same, as with any lost response.
 *
 * It is read when the layer of a store is built, and by `SqlStores.health`, `sweep` and `reseal` when they run.
 * `Duration.infinity` means no limit, for a test that moves a `TestClock` while a statement runs.
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
