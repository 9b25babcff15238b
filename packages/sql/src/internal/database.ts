/** One way to the database for everything that the stores say to it. */
import { StoreError } from "@effect-baanx/oauth/BaanxError"
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { Fragment, Statement } from "@effect/sql/Statement"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schedule from "effect/Schedule"

export interface Database {
  readonly sql: SqlClient.SqlClient
  /** The database's clock, in milliseconds since 1970: the one clock that all replicas share. */
  readonly now: Fragment
  /** Lets two sweeps at once share the work instead of waiting for each other. */
  readonly skipLocked: Fragment
  readonly run: <A>(statement: Statement<A>) => Effect.Effect<ReadonlyArray<A>, StoreError>
}

/** Where libsql keeps a transaction that is open; it has one connection, so waiting for it would wait for ourselves. */
const LibsqlTransaction = Context.GenericTag<never>("@effect/sql-libsql/LibsqlClient/LibsqlTransaction")

const codeOf = (error: SqlError): string =>
  Predicate.hasProperty(error.cause, "code") && typeof error.cause.code === "string" ? error.cause.code : "unknown"

/** Nothing has happened and a repeat may do: another process writes to the file, or two transactions collided. */
const hasCollided = (error: SqlError): boolean => /^(?:SQLITE_BUSY|SQLITE_LOCKED|40001$|40P01$)/.test(codeOf(error))

const untilFree = Schedule.spaced("10 millis").pipe(Schedule.jittered, Schedule.upTo("5 seconds"))

const isWithoutTables = (error: SqlError): boolean =>
  codeOf(error) === "42P01" || (error.cause instanceof Error && error.cause.message.includes("no such table"))

const unavailable = (store: StoreError["store"], error: SqlError): Effect.Effect<never, StoreError> =>
  // The driver's code alone: its words may quote the row.
  Effect.logWarning(
    isWithoutTables(error)
      ? `The tables of the store ${store} are missing. Provide StoreMigrations.layer, or run it before`
      : `The store ${store} cannot be reached`
  ).pipe(
    Effect.annotateLogs({ code: codeOf(error) }),
    Effect.zipRight(new StoreError({ store, reason: "Unavailable" }))
  )

export const database = (store: StoreError["store"]): Effect.Effect<Database, never, SqlClient.SqlClient> =>
  Effect.map(SqlClient.SqlClient, (client) => {
    const sql = client.withoutTransforms()

    return {
      sql,
      now: sql.onDialectOrElse({
        // Not now(), which stands still while a statement waits for another one.
        pg: () => sql.literal("floor(extract(epoch from clock_timestamp()) * 1000)::bigint"),
        sqlite: () => sql.literal("cast(unixepoch('subsec') * 1000 as integer)"),
        orElse: () => {
          throw new Error("The stores speak to PostgreSQL and SQLite alone")
        }
      }),
      skipLocked: sql.onDialectOrElse({
        pg: () => sql.literal("FOR UPDATE SKIP LOCKED"),
        orElse: () => sql.literal("")
      }),
      run: (statement) =>
        Effect.contextWithEffect((context: Context.Context<never>) =>
          Option.isSome(Context.getOption(context, LibsqlTransaction))
            ? Effect.dieMessage(`The store ${store} cannot be used inside sql.withTransaction on SQLite`)
            : statement.pipe(
                // A rollback of the caller's must not bring back a state or a refresh token that is spent.
                Effect.mapInputContext(outsideTransaction<never>),
                Effect.retry({ schedule: untilFree, while: hasCollided }),
                Effect.catchAll((error) => unavailable(store, error))
              )
        )
    }
  })

const outsideTransaction = Context.omit(SqlClient.TransactionConnection)
