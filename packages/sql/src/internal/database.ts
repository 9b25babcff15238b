/** The one way in which the stores access the database. */
import { StoreError } from "@effect-baanx/oauth/BaanxError"
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { Fragment, Statement } from "@effect/sql/Statement"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schedule from "effect/Schedule"
import { StatementTimeout } from "../StatementTimeout.js"

export interface Database {
  readonly sql: SqlClient.SqlClient
  /** The database's clock, in milliseconds since 1970: the one clock that all replicas share. */
  readonly now: Fragment
  /** Lets two concurrent sweeps share the work instead of waiting for each other. */
  readonly skipLocked: Fragment
  readonly run: <A>(statement: Statement<A>) => Effect.Effect<ReadonlyArray<A>, StoreError>
}

/** Where libsql keeps an open transaction. It has one connection, so waiting for it here would be a deadlock. */
const LibsqlTransaction = Context.GenericTag<never>("@effect/sql-libsql/LibsqlClient/LibsqlTransaction")

const codeOf = (error: SqlError): string =>
  Predicate.hasProperty(error.cause, "code") && typeof error.cause.code === "string" ? error.cause.code : "unknown"

/**
 * Whether the statement had no effect and can be retried: another process writes to the file, two transactions
 * collided, or the statement was cancelled. The driver cancels whatever a connection is doing, which after a timeout
 * may be the next statement.
 */
const hasCollided = (error: SqlError): boolean =>
  /^(?:SQLITE_BUSY|SQLITE_LOCKED|40001$|40P01$|57014$)/.test(codeOf(error))

const untilFree = Schedule.jittered(Schedule.spaced("10 millis"))

const isWithoutTables = (error: SqlError): boolean =>
  /^42(?:P01|703)$/.test(codeOf(error)) ||
  (error.cause instanceof Error && /no such (?:table|column)/.test(error.cause.message))

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

/**
 * Like `Effect.timeout`, with a limit that holds even if the caller or the statement cannot be interrupted: to
 * interrupt a statement, the driver asks the server, which may not respond to that either. So the statement and the
 * timer each run in a separate fiber that nobody waits for.
 */
const within =
  (limit: Duration.Duration) =>
  <A, E>(statement: Effect.Effect<A, E>): Effect.Effect<A, E | Cause.TimeoutException> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const end = yield* Deferred.make<A, E | Cause.TimeoutException>()
        const fibers = yield* Effect.forEach(
          [Effect.intoDeferred(statement, end), Effect.zipRight(endOf(limit), Deferred.fail(end, tooLate))],
          (effect) => Effect.forkDaemon(Effect.interruptible(effect))
        )
        return yield* Effect.ensuring(
          restore(Deferred.await(end)),
          Effect.forEach(fibers, Fiber.interruptAsFork(FiberId.none), { discard: true })
        )
      })
    )

/** Waits for one more turn of a busy event loop, which passes on what has arrived in time. */
const endOf = (limit: Duration.Duration): Effect.Effect<void> =>
  Effect.zipRight(Effect.sleep(limit), Effect.withClock(Effect.sleep(Duration.millis(1)), Clock.make()))

const tooLate = new Cause.TimeoutException()

const outsideTransaction = Context.omit(SqlClient.TransactionConnection)

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
        Effect.contextWithEffect((context: Context.Context<never>) =>
          Option.isSome(Context.getOption(context, LibsqlTransaction))
            ? Effect.dieMessage(`The store ${store} cannot be used inside sql.withTransaction on SQLite`)
            : statement.pipe(
                // A rollback by the caller must not bring back a state or a refresh token that is used up.
                Effect.mapInputContext(outsideTransaction<never>),
                Effect.retry({ schedule: untilFree, while: hasCollided }),
                within(limit),
                Effect.catchTags({
                  SqlError: (error) => unavailable(store, error),
                  TimeoutException: () =>
                    outOfTime(store, Option.isSome(Context.getOption(context, SqlClient.TransactionConnection)))
                })
              )
        )
    }
  })
