/**
 * The tables of the stores.
 *
 * @since 0.1.0
 */
import * as Migrator from "@effect/sql/Migrator"
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"

/** Times are milliseconds since 1970 by the database's clock. */
const tables = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  // Two rows per sign-in: `open` holds the secret and is deleted when it is taken, `issued` records that there was one.
  yield* sql`CREATE TABLE baanx_pending_authorizations (
    state TEXT NOT NULL,
    kind TEXT NOT NULL,
    key_id TEXT NOT NULL,
    sealed TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (state, kind)
  )`
  yield* sql`CREATE INDEX baanx_pending_authorizations_expires_at ON baanx_pending_authorizations (expires_at)`

  yield* sql`CREATE TABLE baanx_sessions (
    id TEXT PRIMARY KEY,
    key_id TEXT NOT NULL,
    sealed TEXT NOT NULL,
    version BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    leased_until BIGINT,
    unsettled SMALLINT NOT NULL,
    ends_at BIGINT
  )`
  yield* sql`CREATE INDEX baanx_sessions_ends_at ON baanx_sessions (ends_at) WHERE ends_at IS NOT NULL`
})

/** When a session's rest ends. The first release does not know this column, and can keep running beside this one. */
const rest = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`ALTER TABLE baanx_sessions ADD COLUMN rests_until BIGINT`)

const run = Migrator.make({})({
  // `Migrator.fromRecord` is not in every version of the peer.
  loader: Effect.succeed([
    [1, "stores", Effect.succeed(tables)],
    [2, "rest", Effect.succeed(rest)]
  ]),
  table: "baanx_migrations"
})

/**
 * Brings the tables up to date, and returns the migrations that it ran. Replicas that do so at the same time wait for
 * each other. SQLite is switched to a write-ahead log, so that readers do not wait for a writer.
 *
 * @since 0.1.0
 * @category operations
 */
export const migrate: Effect.Effect<
  ReadonlyArray<readonly [id: number, name: string]>,
  Migrator.MigrationError | SqlError,
  SqlClient.SqlClient
> = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  sql
    .onDialectOrElse({
      pg: () => Effect.void,
      orElse: () => Effect.asVoid(sql`PRAGMA journal_mode = WAL`)
    })
    .pipe(
      Effect.zipRight(run),
      // If two replicas create the migrator's own table at once, the second fails, and finds it on its next attempt.
      Effect.retry({
        while: (error) => error._tag === "SqlError",
        schedule: Schedule.spaced("100 millis").pipe(Schedule.jittered, Schedule.intersect(Schedule.recurs(10)))
      })
    )
)

/**
 * Runs `migrate` when the layer is built.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<never, Migrator.MigrationError | SqlError, SqlClient.SqlClient> =
  Layer.effectDiscard(migrate)
