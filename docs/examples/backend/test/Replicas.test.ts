/** Tests three replicas of the backend that share a database, behind a round-robin load balancer. */
import { NodeHttpClient } from "@effect-baanx/node"
import { Baanx } from "@effect-baanx/oauth"
import { generateKey, KeyRing, SqlStores } from "@effect-baanx/sql"
import { NodeHttpServer } from "@effect/platform-node"
import type { SqlClient } from "@effect/sql"
import { LibsqlClient } from "@effect/sql-libsql"
import { PgClient } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, type Scope } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import * as Net from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Postgres from "../../../../packages/sql/test/Postgres.js"
import * as Backend from "../src/Backend.js"
import { pagesOf, socketBrowser, startSandbox } from "./Fixtures.js"
import { signInOnPages } from "../../../../packages/server/test/HostedPages.js"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "baanx-replicas-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const portOf = (server: Net.Server) => {
  const address = server.address()
  return typeof address === "object" && address !== null ? address.port : 0
}

/** Forwards TCP connections to the replicas in turn. */
const splitter = Effect.acquireRelease(
  Effect.async<{ readonly server: Net.Server; readonly ports: Array<number> }>((resume) => {
    const ports: Array<number> = []
    let next = 0
    const server = Net.createServer((client) => {
      const replica = Net.connect(ports[next++ % ports.length] ?? 0, "localhost")
      client.pipe(replica).pipe(client)
      for (const [end, other] of [
        [client, replica],
        [replica, client]
      ] as const) {
        end.on("error", () => other.destroy())
      }
    })
    server.listen(0, "localhost", () => resume(Effect.succeed({ server, ports })))
  }),
  ({ server }) => Effect.sync(() => server.close())
)

const start = <E>(database: Effect.Effect<Layer.Layer<SqlClient.SqlClient, E>, never, Scope.Scope>) =>
  Effect.gen(function* () {
    const { ports, server } = yield* splitter
    const home = new URL(`http://localhost:${portOf(server)}/`)
    const { redirectUri, requests, settings } = yield* startSandbox(home)
    const keys = [yield* generateKey] as const
    const sql = yield* database
    const asked: Array<number> = [0, 0, 0]

    for (const index of asked.keys()) {
      const server = createServer()
      // One request per connection, so that each goes to the next replica.
      server.maxRequestsPerSocket = 1
      server.on("request", () => void (asked[index] = (asked[index] ?? 0) + 1))
      yield* Layer.build(
        Backend.serve.pipe(
          Layer.provide(Backend.layer({ redirectUri, keys })),
          Layer.provide(Baanx.layerWithStores(settings)),
          Layer.provide(SqlStores.layer),
          Layer.provide([KeyRing.layer(keys), sql, NodeHttpClient.layer()]),
          Layer.provide(NodeHttpServer.layer(() => server, { host: "localhost", port: 0 })),
          Layer.fresh
        )
      )
      ports.push(portOf(server))
    }
    return { asked, at: pagesOf(home), browser: socketBrowser(), home, requests }
  })

const sqlite = Effect.map(folder, (folder) => LibsqlClient.layer({ url: `file:${join(folder, "baanx.db")}` }))
const postgres = Effect.gen(function* () {
  const server = yield* Postgres.start
  yield* server.createDatabase("backend")
  return PgClient.layer(server.client("backend"))
})

/** Signs in across three replicas, with each request on the next one. */
const signInAcross = <E>(database: Effect.Effect<Layer.Layer<SqlClient.SqlClient, E>, never, Scope.Scope>) =>
  Effect.gen(function* () {
    const { asked, at, browser, home, requests } = yield* start(database)
    const begun = yield* browser.visit(at("/sign-in"))
    const { callback, last } = yield* signInOnPages(browser, begun.location)
    assert.strictEqual(callback.origin, home.origin)

    const cookie = yield* Effect.promise(() => browser.jar.getCookieString(home.href))
    const twice = yield* Effect.all(
      [1, 2].map(() => Effect.promise(() => fetch(callback, { redirect: "manual", headers: { cookie } }))),
      { concurrency: "unbounded" }
    )
    assert.deepStrictEqual(twice.map(({ status }) => status).sort(), [302, 400])
    assert.strictEqual((yield* requests).filter(({ path }) => path.endsWith("/token")).length, 1)

    const done = twice.find(({ status }) => status === 302)
    for (const kept of done?.headers.getSetCookie() ?? []) {
      yield* Effect.promise(() => browser.jar.setCookie(kept, home.href))
    }
    for (let replica = 0; replica < 3; replica++) {
      const me = yield* browser.visit(at("/me"), { from: last })
      assert.strictEqual(me.status, 200)
      assert.include(me.body, "user@example.com")
    }
    assert.strictEqual((yield* browser.visit(at("/sign-out"), { from: home, method: "POST" })).status, 204)
    assert.strictEqual((yield* browser.visit(at("/me"), { from: home })).status, 401)
    // Eight requests in turn.
    assert.deepStrictEqual(asked, [3, 3, 2])
  })

describe("three replicas", () => {
  it.scopedLive("act as one backend: another one completes a sign-in, once, and all of them know the session", () =>
    signInAcross(sqlite)
  )
})

describe.skipIf(Postgres.missing !== undefined)(
  `three replicas on PostgreSQL${Postgres.missing === undefined ? "" : ` (${Postgres.missing})`}`,
  () => {
    it.scopedLive("act as one backend too", () => signInAcross(postgres))
  }
)
