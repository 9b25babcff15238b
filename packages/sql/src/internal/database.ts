/** The one way in which the stores access the database. */
import { StoreError } from "@effect-baanx/oauth/BaanxError"
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { Fragment, Statement } from "@effect/sql/Statement"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { StatementTimeout } from "../StatementTimeout.js"
import { causeOf, isTooLate, outsideTransaction, within, withTransaction } from "./runtime.js"

export interface Database {
  readonly sql: SqlClient.SqlClient
  /** The database's clock, in milliseconds since 1970: the one clock that all replicas share. */
  readonly now: Fragment
  /** Lets two concurrent sweeps share the work instead of waiting for each other. */
  readonly skipLocked: Fragment
  readonly run: <A>(statement: Statement<A>) => Effect.Effect<ReadonlyArray<A>, StoreError>
}

/** `node:sqlite` gives every error the same `code`, and SQLite's own number as `errcode`. */
const sqliteCodes: Readonly<Record<number, string>> = { 5: "SQLITE_BUSY", 6: "SQLITE_LOCKED" }

const codeOf = (error: SqlError): string => {
  const { code, errcode }: { readonly code?: unknown; readonly errcode?: unknown } = Object(causeOf(error))
  if (typeof errcode === "number") return sqliteCodes[errcode & 0xff] ?? `SQLITE_${errcode}`
  return typeof code === "string" ? code : "unknown"
}

/**
 * Whether the statement had no effect and can be retried: another process writes to the file, two transactions
 * collided, or the statement was cancelled. The driver cancels whatever a connection is doing, which after a timeout
 * may be the next statement.
 */
const hasCollided = (error: SqlError): boolean =>
  /^(?:SQLITE_BUSY|SQLITE_LOCKED|40001$|40P01$|57014$)/.test(codeOf(error))

const untilFree = Schedule.jittered(Schedule.spaced("10 millis"))

const isWithoutTables = (error: SqlError): boolean => {
  const cause = causeOf(error)
  return (
    /^42(?:P01|703)$/.test(codeOf(error)) || (cause instanceof Error && /no such (?:table|column)/.test(cause.message))
  )
}

const unavailable = (store: StoreError["store"], error: SqlError): Effect.Effect<never, StoreError> =>
  // Only the driver's code: its message may quote the row.
  Effect.logWarning(
    isWithoutTables(error)
      ? `The tables of the store ${store} are missing or older than this release. Provide StoreMigrations.layer, or run it first`
      : `The store ${store} cannot be reached`
  ).pipe(
    Effect.annotateLogs({ code: codeOf(error) }),
    Effect.zipRight(new StoreError({ store, reason: "Unavailable" }))
  )

const outOfTime = (store: StoreError["store"], isInTransaction: boolean): Effect.Effect<never, StoreError> =>
  Effect.zipRight(
    Effect.logWarning(
      isInTransaction
        ? `The store ${store} was called inside sql.withTransaction and did not respond in time. It needs a second connection of the pool: call it before or after the transaction`
        : `The store ${store} did not respond in time`
    ),
    new StoreError({ store, reason: "Timeout" })
  )

export const database = (store: StoreError["store"]): Effect.Effect<Database, never, SqlClient.SqlClient> =>
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const limit = yield* StatementTimeout

    return {
      sql,
      now: sql.onDialectOrElse({
        // Not now(), which does not advance while a statement waits for another one.
        pg: () => sql.literal("floor(extract(epoch from clock_timestamp()) * 1000)::bigint"),
        sqlite: () => sql.literal("cast(unixepoch('subsec') * 1000 as integer)"),
        orElse: () => {
          throw new Error("The stores support only PostgreSQL and SQLite")
        }
      }),
      skipLocked: sql.onDialectOrElse({
        pg: () => sql.literal("FOR UPDATE SKIP LOCKED"),
        orElse: () => sql.literal("")
      }),
      run: (statement) =>
        withTransaction(sql, (transaction) =>
          transaction === "alone"
            ? Effect.dieMessage(`The store ${store} cannot be used inside sql.withTransaction on SQLite`)
            : // A rollback by the caller must not bring back a state or a refresh token that is used up.
              outsideTransaction(sql, statement).pipe(
                Effect.retry({ schedule: untilFree, while: hasCollided }),
                within(limit),
                Effect.catchTag("SqlError", (error) => unavailable(store, error)),
                Effect.catchIf(isTooLate, () => outOfTime(store, transaction !== undefined))
              )
        )
    }
  })
