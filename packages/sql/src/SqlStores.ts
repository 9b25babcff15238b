/**
 * Both stores together, and what keeps them in order.
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
 * Both stores, with their tables brought up to date first. Do not call a store inside `sql.withTransaction`: it takes no
 * part in the transaction, and needs a second connection while the transaction holds the first.
 *
 * @example
 * ```ts
 * import { KeyRing, SqlStores } from "@effect-baanx/sql"
 * import { LibsqlClient } from "@effect/sql-libsql"
 * import { Layer } from "effect"
 *
 * const StoresLive = SqlStores.layer.pipe(
 *   Layer.provide([KeyRing.layerConfig, LibsqlClient.layer({ url: "file:./baanx.db" })])
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
 * Succeeds if the database answers and has the tables of this release: one statement.
 *
 * @since 0.1.0
 * @category operations
 */
export const health: Effect.Effect<void, StoreError, SqlClient.SqlClient> = Effect.flatMap(
  database("TokenStore"),
  ({ run, sql }) =>
    Effect.asVoid(
      // The newest column stands for all.
      run(
        sql`SELECT EXISTS (SELECT 1 FROM baanx_pending_authorizations), EXISTS (SELECT rests_until FROM baanx_sessions)`
      )
    )
)

/**
 * What a sweep deleted: rows of sign-ins, of which each has up to two, and sessions.
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
 * Deletes sign-ins that nobody has to remember, and sessions whose tokens all ended over a day ago, 1,000 rows a
 * statement. Replicas may sweep at once.
 *
 * @since 0.1.0
 * @category operations
 */
export const sweep: Effect.Effect<Swept, StoreError, SqlClient.SqlClient> = Effect.all({
  pendingAuthorizations: all(PendingAuthorizationsSql.sweep),
  sessions: all(TokenStoreSql.sweep)
})

/**
 * Sweeps again and again in the background; a sweep that fails is tried again the next time.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerSweeper = (every: Duration.DurationInput): Layer.Layer<never, never, SqlClient.SqlClient> =>
  Layer.scopedDiscard(Effect.forkScoped(Effect.repeat(Effect.ignore(sweep), Schedule.spaced(every))))

/**
 * Seals every session anew that is not sealed under the first key of the ring; for after a rotation. It looks at every
 * session: with many millions of them, give it a higher `StatementTimeout`.
 *
 * @since 0.1.0
 * @category operations
 */
export const reseal: Effect.Effect<TokenStoreSql.Resealed, StoreError, SqlClient.SqlClient | KeyRing> =
  TokenStoreSql.reseal(batch)
