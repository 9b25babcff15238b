/** A database that several replicas share. */
import { PendingAuthorizations, TokenStore } from "@effect-baanx/oauth"
import { generateKey, KeyRing, PendingAuthorizationsSql, StoreMigrations, TokenStoreSql } from "@effect-baanx/sql"
import { SqlClient } from "@effect/sql"
import { type Array as Arr, Context, Duration, Effect, Layer, type Redacted, type Scope, TestClock } from "effect"

export type Keys = Arr.NonEmptyReadonlyArray<Redacted.Redacted<string>>

export interface SharedSql extends Shared {
  /** The key that `replica` seals with. */
  readonly key: Redacted.Redacted<string>
  readonly replicaWith: (...keys: Keys) => Effect.Effect<Replica, never, Scope.Scope>
  /** Runs an operation with a key ring of its own. */
  readonly run: <A, E>(
    operation: Effect.Effect<A, E, SqlClient.SqlClient | KeyRing>,
    ...keys: Keys
  ) => Effect.Effect<A, E>
  /** A client of the database, for direct access to the tables. */
  readonly sql: SqlClient.SqlClient
  /** Another client, with its own pool. */
  readonly client: Effect.Effect<SqlClient.SqlClient, never, Scope.Scope>
  /** Every file of the database. */
  readonly files: Effect.Effect<ReadonlyArray<Buffer>>
}

export const provideSql = <A, E>(effect: Effect.Effect<A, E, SqlClient.SqlClient>, sql: SqlClient.SqlClient) =>
  Effect.provideService(effect, SqlClient.SqlClient, sql)

/** Lets time pass for the database by moving every stored time into the past. */
export const passInDatabase = (sql: SqlClient.SqlClient, duration: Duration.DurationInput) => {
  const millis = Duration.toMillis(duration)
  return Effect.all([
    sql`UPDATE baanx_pending_authorizations SET expires_at = expires_at - ${millis}`,
    sql`UPDATE baanx_sessions
        SET leased_until = leased_until - ${millis}, rests_until = rests_until - ${millis}, ends_at = ends_at - ${millis}`
  ])
}

export const replicaOf = (sql: SqlClient.SqlClient, keys: Keys, settings: Layer.Layer<never> = Layer.empty) =>
  Layer.merge(PendingAuthorizationsSql.layer, TokenStoreSql.layer).pipe(
    Layer.provide([KeyRing.layer(keys), Layer.succeed(SqlClient.SqlClient, sql), settings]),
    Layer.build,
    Effect.map((context) => ({
      pending: Context.get(context, PendingAuthorizations),
      tokens: Context.get(context, TokenStore)
    })),
    Effect.orDie
  )

/** A database with empty tables. */
export const sharedSql = (
  layer: Layer.Layer<SqlClient.SqlClient, unknown>,
  files: SharedSql["files"]
): Effect.Effect<SharedSql, never, Scope.Scope> =>
  Effect.gen(function* () {
    const client = Effect.map(Effect.orDie(Layer.build(layer)), Context.get(SqlClient.SqlClient))
    const sql = yield* client
    yield* Effect.orDie(Effect.provideService(StoreMigrations.migrate, SqlClient.SqlClient, sql))
    const key = yield* generateKey
    const replicaWith = (...keys: Keys) => Effect.flatMap(client, (sql) => replicaOf(sql, keys))
    return {
      key,
      replica: replicaWith(key),
      replicaWith,
      run: (operation, ...keys) =>
        Effect.provide(operation, [Layer.orDie(KeyRing.layer(keys)), Layer.succeed(SqlClient.SqlClient, sql)]),
      sql,
      client,
      files,
      pass: (duration) => Effect.zipRight(Effect.orDie(passInDatabase(sql, duration)), TestClock.adjust(duration))
    }
  })
import type { Replica, Shared } from "../../oauth/test/StoreSuite.js"
