import { generateKey } from "@effect-baanx/sql"
import { LibsqlClient } from "@effect/sql-libsql"
import { SqlClient } from "@effect/sql"
import { describe, expect, it } from "@effect/vitest"
import { Context, Deferred, Effect, Fiber, Layer, Option, TestClock } from "effect"
import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { sessionSuite } from "../../oauth/test/SessionSuite.js"
import { tokensOf, user } from "../../oauth/test/StoreFixtures.js"
import { storeSuite } from "../../oauth/test/StoreSuite.js"
import { countSleeps, full, temporaryDirectory } from "./Fixtures.js"
import { replicaOf, sharedSql } from "./SharedSql.js"
import { sqlSuite } from "./SqlSuite.js"

const open = Effect.gen(function* () {
  const directory = yield* temporaryDirectory("baanx-sqlite-")
  return yield* sharedSql(
    Layer.tap(
      LibsqlClient.layer({ url: `file:${join(directory, "stores.db")}` }),
      (context) =>
        // Nothing here has to survive a power failure.
        Context.get(context, SqlClient.SqlClient)`PRAGMA synchronous = OFF`
    ),
    Effect.promise(async () => Promise.all((await readdir(directory)).map((name) => readFile(join(directory, name)))))
  )
})

describe("SQLite", () => {
  it.scoped("waits for another process that writes to the file", () =>
    Effect.gen(function* () {
      const shared = yield* open
      const { tokens } = yield* shared.replica
      const other = yield* shared.client
      const set = yield* tokensOf("1")
      const release = yield* Deferred.make<void>()
      const writing = yield* Deferred.make<void>()
      const writer = yield* other
        .withTransaction(
          other`UPDATE baanx_sessions SET fence = fence`.pipe(
            Effect.zipRight(Deferred.succeed(writing, undefined)),
            Effect.zipRight(Deferred.await(release))
          )
        )
        .pipe(Effect.fork)
      yield* Deferred.await(writing)
      const asleep = yield* countSleeps
      const put = yield* Effect.fork(tokens.put(user, set))
      // One sleep for its time limit, and one before it retries the locked file.
      yield* asleep(2)
      yield* Deferred.succeed(release, undefined)
      yield* Fiber.join(writer)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(put)
      expect(Option.isSome(yield* tokens.get(user))).toBe(true)
    })
  )

  it.scoped("works in memory that its connections share", () =>
    Effect.gen(function* () {
      const { sql } = yield* sharedSql(LibsqlClient.layer({ url: "file::memory:?cache=shared" }), Effect.succeed([]))
      const { tokens } = yield* replicaOf(sql, [yield* generateKey])
      yield* tokens.put(user, yield* tokensOf("1"))
      expect(Option.isSome(yield* tokens.get(user))).toBe(true)
    })
  )

  it.scoped("dies in the caller's own transaction, rather than wait for it forever", () =>
    Effect.gen(function* () {
      const shared = yield* open
      const { tokens } = yield* replicaOf(shared.sql, [shared.key])
      const exit = yield* Effect.exit(shared.sql.withTransaction(tokens.get(user)))
      expect(String(exit)).toContain("cannot be used inside sql.withTransaction on SQLite")
    })
  )
})

// Fewer than elsewhere: each callback is a commit to the file.
storeSuite("SQLite", open, { callbacks: full ? 1_000 : 200 })
sqlSuite("SQLite", open)
sessionSuite("SQLite", open)
