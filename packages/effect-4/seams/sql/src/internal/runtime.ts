/** Code below Effect's documented API: the caller's transaction, the fibers of a time limit, the driver's error. */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"

/** What the driver threw. */
export const causeOf = ({ reason }: SqlError): unknown => reason.cause

/** `"alone"` for a transaction of a client that has no second connection. */
type Transaction = "alone" | "open" | undefined

/** Passes on which kind of transaction the caller has open on the client. */
export const withTransaction = <A, E, R>(
  sql: SqlClient.SqlClient,
  use: (transaction: Transaction) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.contextWith((context: Context.Context<never>) => {
    if (Option.isNone(Context.getOption(context, sql.transactionService))) return use(undefined)
    return use(sql.onDialectOrElse<Transaction, Transaction>({ sqlite: () => "alone", orElse: () => "open" }))
  })

/** Runs a statement on a separate connection. */
export const outsideTransaction = <A, E>(
  sql: SqlClient.SqlClient,
  statement: Effect.Effect<A, E>
): Effect.Effect<A, E> =>
  Effect.updateContext(statement, (context: Context.Context<never>) => Context.omit(sql.transactionService)(context))

/**
 * Like `Effect.timeout`, with a limit that holds even if the caller or the statement cannot be interrupted: to
 * interrupt a statement, the driver asks the server, which may not respond to that either. So the statement and the
 * timer each run in a separate fiber that nobody waits for.
 */
export const within =
  (limit: Duration.Duration) =>
  <A, E>(statement: Effect.Effect<A, E>): Effect.Effect<A, E | Cause.TimeoutError> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const end = yield* Deferred.make<A, E | Cause.TimeoutError>()
        const fibers = yield* Effect.forEach(
          [Deferred.into(statement, end), Effect.andThen(endOf(limit), Deferred.fail(end, tooLate))],
          (effect) => Effect.forkDetach(Effect.interruptible(effect))
        )
        return yield* Effect.ensuring(
          restore(Deferred.await(end)),
          Effect.sync(() => fibers.forEach((fiber) => fiber.interruptUnsafe()))
        )
      })
    )

const liveClock = Context.get(Context.empty(), Clock.Clock)

/** Waits for one more turn of a busy event loop, which passes on what has arrived in time. */
const endOf = (limit: Duration.Duration): Effect.Effect<void> =>
  Effect.andThen(Effect.sleep(limit), Effect.provideService(Effect.sleep(Duration.millis(1)), Clock.Clock, liveClock))

const tooLate = new Cause.TimeoutError()

export const isTooLate = Cause.isTimeoutError
