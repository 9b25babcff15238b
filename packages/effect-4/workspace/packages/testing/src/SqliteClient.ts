/**
 * An SQLite client on Node's own module, since no SQLite driver has a release for Effect 4 yet. It is modelled on
 * `@effect/sql-sqlite-node`, whose last beta was for a beta of Effect 4.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as Semaphore from "effect/Semaphore"
import * as SqlClient from "effect/sql/SqlClient"
import type { Connection } from "effect/sql/SqlConnection"
import { classifySqliteError, SqlError } from "effect/sql/SqlError"
import * as Statement from "effect/sql/Statement"
import * as Stream from "effect/Stream"
import { DatabaseSync, type SQLInputValue } from "node:sqlite"

const inputOf = (value: unknown): SQLInputValue => {
  if (value === null || typeof value === "string" || typeof value === "number") return value
  throw new TypeError("The stores write nothing but text and numbers")
}

const open = (url: string) =>
  Effect.acquireRelease(
    Effect.sync(() => new DatabaseSync(url)),
    (database) => Effect.sync(() => database.close())
  )

const connectionOf = (database: DatabaseSync): Connection => {
  const run = (sql: string, params: ReadonlyArray<unknown>) =>
    Effect.try({
      try: () => database.prepare(sql).all(...params.map(inputOf)),
      catch: (cause) => new SqlError({ reason: classifySqliteError(cause) })
    })
  const values = (sql: string, params: ReadonlyArray<unknown>) =>
    Effect.map(run(sql, params), (rows) => rows.map((row) => Object.values(row)))
  return {
    execute: run,
    executeRaw: run,
    executeUnprepared: run,
    executeValues: values,
    executeValuesUnprepared: values,
    executeStream: (sql, params) => Stream.fromIterableEffect(run(sql, params))
  }
}

export const layer = ({ url }: { readonly url: string }): Layer.Layer<SqlClient.SqlClient> =>
  Layer.effect(
    SqlClient.SqlClient,
    Effect.gen(function* () {
      const database = yield* open(url)
      const semaphore = yield* Semaphore.make(1)
      return yield* SqlClient.make({
        ...SqlClient.makeSqliteAcquirers({
          connection: Effect.succeed(connectionOf(database)),
          semaphore,
          isTransaction: () => database.isTransaction
        }),
        compiler: Statement.makeCompilerSqlite(),
        driver: "node:sqlite",
        spanAttributes: []
      })
    })
  ).pipe(Layer.provide(Reactivity.layer))
