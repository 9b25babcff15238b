/** Code below Effect's documented API: the caller's transaction, the fibers of a time limit, the driver's error. */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"

/** What the driver threw. */
export const causeOf = ({ cause }: SqlError): unknown => cause

/** Where libsql keeps an open transaction. It has one connection, so waiting for it here would be a deadlock. */
const LibsqlTransaction = Context.GenericTag<never>("@effect/sql-libsql/LibsqlClient/LibsqlTransaction")

/** `"alone"` for a transaction of a client that has no second connection. */
type Transaction = "alone" | "open" | undefined

/** Passes on which kind of transaction the caller has open on the client. */
export const withTransaction = <A, E, R>(
  _: SqlClient.SqlClient,
  use: (transaction: Transaction) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.contextWithEffect((context: Context.Context<never>) => {
    if (Option.isSome(Context.getOption(context, LibsqlTransaction))) return use("alone")
    return use(Option.isSome(Context.getOption(context, SqlClient.TransactionConnection)) ? "open" : undefined)
  })

const omitTransaction = Context.omit(SqlClient.TransactionConnection)

/** Runs a statement on a separate connection. */
export const outsideTransaction = <A, E>(_: SqlClient.SqlClient, statement: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.mapInputContext(statement, omitTransaction<never>)

/**
 * Like `Effect.timeout`, with a limit that holds even if the caller or the statement cannot be interrupted: to
 * interrupt a statement, the driver asks the server, which may not respond to that either. So the statement and the
 * timer each run in a separate fiber that nobody waits for.
 */
export const within =
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

export const isTooLate = Cause.isTimeoutException
