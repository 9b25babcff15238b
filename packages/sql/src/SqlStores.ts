/**
 * Both stores together, and their maintenance.
 *
 * @since 0.1.0
 */
import type { StoreError } from "@effect-baanx/oauth/BaanxError"
import type { PendingAuthorizations } from "@effect-baanx/oauth/PendingAuthorizations"
import type { TokenStore } from "@effect-baanx/oauth/TokenStore"
import type * as Migrator from "@effect/sql/Migrator"
import type * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { database } from "./internal/database.js"
import type { KeyRing } from "./KeyRing.js"
import * as PendingAuthorizationsSql from "./PendingAuthorizationsSql.js"
import * as StoreMigrations from "./StoreMigrations.js"
import * as TokenStoreSql from "./TokenStoreSql.js"

/**
 * Both stores. Building the layer brings their tables up to date first. Do not call a store inside
 * `sql.withTransaction`: it takes no part in the transaction, and needs a second connection while the transaction holds
 * the first.
 *
 * @example
 * ```ts
 * import { KeyRing, SqlStores } from "@effect-baanx/sql"
 * import { PgClient } from "@effect/sql-pg"
 * import { Config, Layer } from "effect"
 *
 * const StoresLive = SqlStores.layer.pipe(
 *   Layer.provide([KeyRing.layerConfig, PgClient.layerConfig({ url: Config.redacted("DATABASE_URL") })])
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<
  PendingAuthorizations | TokenStore,
  Migrator.MigrationError | SqlError,
  SqlClient.SqlClient | KeyRing
> = Layer.merge(PendingAuthorizationsSql.layer, TokenStoreSql.layer).pipe(Layer.provide(StoreMigrations.layer))

/**
 * Succeeds if the database responds and has the tables of this release. Takes one statement.
 *
 * @since 0.1.0
 * @category operations
 */
export const health: Effect.Effect<void, StoreError, SqlClient.SqlClient> = Effect.flatMap(
  database("TokenStore"),
  ({ run, sql }) =>
    Effect.asVoid(
      // The presence of the newest column implies all the others.
      run(
        sql`SELECT EXISTS (SELECT 1 FROM baanx_pending_authorizations), EXISTS (SELECT rests_until FROM baanx_sessions)`
      )
    )
)

/**
 * What a sweep deleted: rows of sign-ins, up to two for each, and sessions.
 *
 * @since 0.1.0
 * @category models
 */
export interface Swept {
  readonly pendingAuthorizations: number
  readonly sessions: number
}

const batch = 1000

const all = <E, R>(one: (batch: number) => Effect.Effect<number, E, R>, swept = 0): Effect.Effect<number, E, R> =>
  Effect.flatMap(one(batch), (count) => (count < batch ? Effect.succeed(swept + count) : all(one, swept + count)))

/**
 * Deletes sign-ins that no longer need to be remembered, and sessions whose tokens all expired over a day ago, 1,000
 * rows per statement. Replicas may sweep at the same time.
 *
 * @since 0.1.0
 * @category operations
 */
export const sweep: Effect.Effect<Swept, StoreError, SqlClient.SqlClient> = Effect.all({
  pendingAuthorizations: all(PendingAuthorizationsSql.sweep),
  sessions: all(TokenStoreSql.sweep)
})

/**
 * Sweeps in the background at this interval; a sweep that fails is tried again the next time.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerSweeper = (every: Duration.DurationInput): Layer.Layer<never, never, SqlClient.SqlClient> =>
  Layer.scopedDiscard(Effect.forkScoped(Effect.repeat(Effect.ignore(sweep), Schedule.spaced(every))))

/**
 * Reseals every session that is not sealed under the first key of the ring; run it after a rotation. It reads every
 * session: with many millions of them, set a higher `StatementTimeout`.
 *
 * @since 0.1.0
 * @category operations
 */
export const reseal: Effect.Effect<TokenStoreSql.Resealed, StoreError, SqlClient.SqlClient | KeyRing> =
  TokenStoreSql.reseal(batch)
