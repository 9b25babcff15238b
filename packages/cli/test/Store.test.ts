import { Reactivity } from "@effect/experimental"
import { LibsqlClient } from "@effect/sql-libsql"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readdirSync, writeFileSync } from "node:fs"
import { createServer, type Socket } from "node:net"
import { join } from "node:path"
import { baanx } from "./RunCli.js"
import { folder } from "./SandboxProcess.js"

/** The port of a server that handles each connection with `connected`. */
const portOf = (connected: (socket: Socket) => void) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<ReturnType<typeof createServer>>((resume) => {
        const server = createServer(connected).listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) => Effect.sync(() => server.close())
    ),
    (server) => {
      const address = server.address()
      return typeof address === "object" && address !== null ? address.port : 0
    }
  )

describe("baanx store", () => {
  it.scoped("creates the tables, sweeps, and reseals under the first key", () =>
    Effect.gen(function* () {
      const store = { BAANX_STORE_URL: `file:${join(yield* folder, "baanx.db")}` }
      const early = yield* baanx(["store", "check"], store)
      assert.strictEqual(early.status, 1)
      assert.include(early.err, "baanx store migrate")
      const migrated = yield* baanx(["store", "migrate"], store)
      assert.strictEqual(migrated.err, "")
      assert.include(migrated.out, "2 migrations run")
      assert.include((yield* baanx(["store", "migrate"], store)).out, "0 migrations run")
      assert.strictEqual((yield* baanx(["store", "check"], store)).status, 0)
      assert.deepStrictEqual(JSON.parse((yield* baanx(["store", "sweep", "--json"], store)).out), {
        ok: true,
        steps: [],
        pendingAuthorizations: 0,
        sessions: 0
      })
      const key = (yield* baanx(["store", "new-key"])).out
      assert.match(key, /^[\w-]{43}$/)
      const rotated = yield* baanx(["store", "rotate-keys"], { ...store, BAANX_STORE_KEYS: key })
      assert.strictEqual(rotated.err, "")
      assert.include(rotated.out, "Resealed 0 sessions")
    })
  )

  for (const task of ["migrate", "sweep", "rotate-keys", "check"]) {
    it.scoped(`${task} says in one sentence why a database cannot be used and what to do`, () =>
      Effect.gen(function* () {
        const path = yield* folder
        writeFileSync(join(path, "text"), "no database ".repeat(100))
        writeFileSync(join(path, "damaged"), Buffer.concat([Buffer.from("SQLite format 3\0"), Buffer.alloc(4096, 7)]))
        const hangsUp = yield* portOf((socket) => socket.destroy())
        const isOther = yield* portOf((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))
        const urls = [
          [`file:${path}`, "cannot be opened"],
          [`file:${join(path, "missing", "baanx.db")}`, "its folder exists"],
          [`file:${join(path, "text", "baanx.db")}`, "cannot be opened"],
          [`file:${join(path, "text")}`, "is not an SQLite database"],
          [`file:${join(path, "damaged")}`, "is not an SQLite database"],
          ["libsql://127.0.0.1:1", "cannot be reached"],
          ["postgres://user:hunter2@127.0.0.1:1/baanx", "Nothing listens"],
          [`postgres://user:hunter2@127.0.0.1:${hangsUp}/baanx`, "cannot be reached"],
          [`postgres://user:hunter2@127.0.0.1:${isOther}/baanx?sslmode=verify-full`, "cannot be reached"]
        ] as const
        for (const [BAANX_STORE_URL, sentence] of urls) {
          const given = { BAANX_STORE_URL, BAANX_STORE_KEYS: "A".repeat(43) }
          const { err, out, status } = yield* baanx(["store", task], given)
          assert.deepStrictEqual([status, out], [1, ""], BAANX_STORE_URL)
          assert.include(err, sentence)
          assert.match(err, /^baanx: [^\n]+\.$/)
          if (err.includes("BAANX_STORE_URL")) assert.include(err, "--url-file")
          assert.notInclude(err, "hunter2")
          const { error, ok } = JSON.parse((yield* baanx(["store", task, "--json"], given)).out)
          assert.deepStrictEqual([ok, `baanx: ${error.message}`], [false, err])
        }
      })
    )
  }

  it.scoped("says that its tables cannot be created if other tables have their names", () =>
    Effect.gen(function* () {
      const url = `file:${join(yield* folder, "baanx.db")}`
      const sql = yield* LibsqlClient.make({ url })
      yield* sql`CREATE TABLE baanx_sessions (id TEXT)`
      const { err, status } = yield* baanx(["store", "migrate"], { BAANX_STORE_URL: url })
      assert.strictEqual(status, 1)
      assert.match(err, /^baanx: The tables cannot be brought up to date\. [^\n]+\.$/)
    }).pipe(Effect.provide(Reactivity.layer))
  )

  it.scoped("trims the URL, and creates no file whose name ends in a blank", () =>
    Effect.gen(function* () {
      const path = yield* folder
      writeFileSync(join(path, "url"), `file:${join(path, "baanx.db")} \r\n`)
      for (const blank of [" ", "\n", "\r\n", "\t\n\n", "\u00a0"]) {
        const { status } = yield* baanx(["store", "migrate"], {
          BAANX_STORE_URL: `${blank}file:${join(path, "baanx.db")}${blank}`
        })
        assert.strictEqual(status, 0)
      }
      assert.strictEqual((yield* baanx(["store", "check", "--url-file", join(path, "url")])).status, 0)
      const broken = yield* baanx(["store", "migrate"], { BAANX_STORE_URL: `file:${join(path, "a\nb")}` })
      assert.strictEqual(broken.status, 2)
      assert.include(broken.err, "contains a line break")
      assert.deepStrictEqual(
        readdirSync(path).filter((name) => !/^(?:url|baanx\.db(?:-shm|-wal)?)$/.test(name)),
        []
      )
    })
  )

  const misuses: ReadonlyArray<readonly [string, string, Readonly<Record<string, string>>, string]> = [
    ["no database", "sweep", {}, "Set BAANX_STORE_URL"],
    [
      "a URL that is not a database's",
      "sweep",
      { BAANX_STORE_URL: "mysql://root:hunter2@localhost/x" },
      "is not the URL of a database"
    ],
    ["a blank URL", "sweep", { BAANX_STORE_URL: " \n" }, "Set BAANX_STORE_URL"],
    ["a URL that cannot be read", "check", { BAANX_STORE_URL: "postgres://[hunter2" }, "cannot be read"],
    ["a URL with a parameter", "check", { BAANX_STORE_URL: "file:hunter2?mode=ro" }, "cannot be read"],
    ["no keys", "rotate-keys", { BAANX_STORE_URL: ":memory:" }, "BAANX_STORE_KEYS is not set"],
    ["a malformed key", "rotate-keys", { BAANX_STORE_URL: ":memory:", BAANX_STORE_KEYS: "hunter2" }, "BAANX_STORE_KEYS"]
  ]
  for (const [title, task, given, sentence] of misuses) {
    it.effect(`says what to do about ${title}`, () =>
      Effect.gen(function* () {
        const { err, status } = yield* baanx(["store", task], given)
        assert.strictEqual(status, 2)
        assert.include(err, sentence)
        assert.notInclude(err, "hunter2")
      })
    )
  }

  it.effect("does not print the password of a database that cannot be reached", () =>
    Effect.gen(function* () {
      const { err, status } = yield* baanx(["store", "check"], {
        BAANX_STORE_URL: "postgres://user:hunter2@127.0.0.1:1/baanx"
      })
      assert.strictEqual(status, 1)
      assert.include(err, "Nothing listens at the host and port of BAANX_STORE_URL (--url-file)")
      assert.notInclude(err, "hunter2")
    })
  )
})
