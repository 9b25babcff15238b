/**
 * The cost of an operation and the size of a row on a PostgreSQL of this machine:
 * `LOAD=20000 npx vitest run packages/sql/test/Load` prints it.
 */
import { SessionKey } from "@effect-baanx/oauth"
import { PgClient } from "@effect/sql-pg"
import { describe, expect, it } from "@effect/vitest"
import { Array as Arr, Duration, Effect } from "effect"
import { cpus } from "node:os"
import { leased, minute, pendingOf, stored, tokensOf } from "../../oauth/test/StoreFixtures.js"
import * as Postgres from "./Postgres.js"
import { sharedSql } from "./SharedSql.js"

const asked = process.env["LOAD"]
const sessions = Number(asked ?? 20)

describe.skipIf(Postgres.missing !== undefined)(`load (${Postgres.missing ?? "on a server of its own"})`, () => {
  it.scopedLive("is one statement per operation, and three per refresh", () =>
    Effect.gen(function* () {
      const server = yield* Postgres.start
      yield* server.createDatabase("load")
      const shared = yield* sharedSql(PgClient.layer(server.client("load")), Effect.succeed([]))
      const { sql } = shared
      yield* sql`CREATE EXTENSION pg_stat_statements`
      const { pending, tokens } = yield* shared.replica
      const indexes = Arr.range(1, sessions)
      const figures: Record<string, Readonly<Record<string, number>>> = {}

      const measure = <A, E>(name: string, operation: (index: number) => Effect.Effect<A, E>) =>
        Effect.gen(function* () {
          yield* sql`SELECT pg_stat_statements_reset()`
          const [took] = yield* Effect.timed(Effect.forEach(indexes, operation, { concurrency: 32, discard: true }))
          const [row] = yield* sql<{ readonly calls: string; readonly millis: number }>`
              SELECT sum(calls) AS calls, sum(total_exec_time) AS millis FROM pg_stat_statements WHERE query LIKE '%baanx_%'`
          figures[name] = {
            statements: Number(row?.calls) / sessions,
            "µs on the server": Math.round((Number(row?.millis) * 1_000) / sessions),
            "a second": Math.round(sessions / Duration.toSeconds(took))
          }
        })
      const size = (table: string) =>
        Effect.gen(function* () {
          yield* sql`VACUUM FULL ${sql(table)}`
          const [row] = yield* sql<{ readonly heap: string; readonly indexes: string; readonly rows: string }>`
              SELECT pg_table_size(${table}::regclass) AS heap, pg_indexes_size(${table}::regclass) AS indexes,
                     (SELECT count(*) FROM ${sql(table)}) AS rows`
          const bytes = (text: string | undefined) => Math.round(Number(text) / sessions)
          return { rows: Number(row?.rows) / sessions, heap: bytes(row?.heap), indexes: bytes(row?.indexes) }
        })

      const key = (index: number) => SessionKey.make(`user-${index}`)
      // As long as the tokens in Baanx's examples.
      const set = yield* tokensOf("100a99cf-f4d3-4fa1-9be9-2e9828b20ebc", { refreshFor: "184 days" })
      yield* measure("begin", (index) => Effect.flatMap(pendingOf(`${"s".repeat(32)}-${index}`), pending.put))
      const waiting = yield* size("baanx_pending_authorizations")
      yield* measure("complete", (index) =>
        Effect.flatMap(pendingOf(`${"s".repeat(32)}-${index}`), (put) => pending.take(put.state))
      )
      yield* measure("start", (index) => tokens.put(key(index), set))
      yield* measure("accessToken, fresh", (index) => tokens.get(key(index)))
      yield* measure("accessToken, refreshed", (index) =>
        Effect.gen(function* () {
          const { version } = stored(yield* tokens.get(key(index)))
          const { fence } = leased(yield* tokens.lease(key(index), version, minute))
          yield* tokens.save(key(index), fence, set)
        })
      )
      expect(Object.values(figures).map(({ statements }) => statements)).toEqual([1, 1, 1, 1, 3])
      const sizes = { "bytes a sign-in": waiting, "bytes a session": yield* size("baanx_sessions") }
      if (asked === undefined) return
      const [version] = yield* sql<{ readonly server_version: string }>`SHOW server_version`
      console.log(
        `PostgreSQL ${version?.server_version ?? ""} beside the test on ${cpus().length} × ${cpus()[0]?.model}`
      )
      console.table(figures)
      console.table(sizes)
    })
  )
})
