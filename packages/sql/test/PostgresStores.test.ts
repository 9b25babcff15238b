import {
  AuthorizationFlow,
  Baanx,
  isRetryable,
  PendingAuthorizations,
  type PendingAuthorizationsShape,
  RedirectUri,
  SessionKey,
  TokenSession,
  TokenStore,
  type TokenStoreShape
} from "@effect-baanx/oauth"
import { KeyRing, SqlStores, StatementTimeout, StoreMigrations } from "@effect-baanx/sql"
import { HttpClient, HttpClientResponse } from "@effect/platform"
import { SqlClient } from "@effect/sql"
import { PgClient } from "@effect/sql-pg"
import { describe, expect, it } from "@effect/vitest"
import {
  Array as Arr,
  Context,
  Duration,
  Effect,
  Exit,
  Fiber,
  Layer,
  Logger,
  LogLevel,
  Option,
  Redacted,
  Scope,
  String,
  TestClock,
  TestServices
} from "effect"
import { readFileSync } from "node:fs"
import { Socket } from "node:net"
import { afterAll, beforeAll } from "vitest"
import { sessionSuite } from "../../oauth/test/SessionSuite.js"
import {
  expectTokens,
  leaseOf,
  pendingOf,
  reasonOf,
  stored,
  tagOf,
  tokensOf,
  user
} from "../../oauth/test/StoreFixtures.js"
import { storeSuite } from "../../oauth/test/StoreSuite.js"
import { clientKey, countSleeps, full, logTo } from "./Fixtures.js"
import * as Postgres from "./Postgres.js"
import { provideSql, replicaOf, sharedSql } from "./SharedSql.js"
import { sqlSuite } from "./SqlSuite.js"

const once = { statements: 1, roundTrips: 1 }
const twice = { statements: 2, roundTrips: 2 }

/** A Baanx that accepts every request. */
const yes = HttpClient.make((request) =>
  Effect.sync(() =>
    HttpClientResponse.fromWeb(
      request,
      Response.json({ success: true, access_token: "access", refresh_token: "refresh", expires_in: 21_600 })
    )
  )
)

const baanxOver = (pending: PendingAuthorizationsShape, tokens: TokenStoreShape, client: HttpClient.HttpClient) =>
  Layer.build(
    Baanx.layerWithStores({ clientKey, pathFamily: "oauth2" }).pipe(
      Layer.provide([
        Layer.succeed(PendingAuthorizations, pending),
        Layer.succeed(TokenStore, tokens),
        Layer.succeed(HttpClient.HttpClient, client)
      ])
    )
  )

/** Counts the responses of a server: each ends with ReadyForQuery, and is one round trip. */
const countingSocket = (onRoundTrip: () => void) => (): Socket => {
  let rest = Buffer.alloc(0)
  return new Socket().on("data", (chunk) => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 5 && rest.length > rest.readUInt32BE(1)) {
      if (rest.subarray(0, 1).toString() === "Z") onRoundTrip()
      rest = rest.subarray(1 + rest.readUInt32BE(1))
    }
  })
}

describe.skipIf(Postgres.missing !== undefined)(`on a server (${Postgres.missing ?? "its own"})`, () => {
  const scope = Effect.runSync(Scope.make())
  let server: Postgres.Postgres
  let databases = 0
  beforeAll(async () => {
    server = await Effect.runPromise(Scope.extend(Postgres.start, scope))
  })
  afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

  const createDatabase = Effect.suspend(() => {
    const name = `stores_${++databases}`
    return Effect.as(server.createDatabase(name), name)
  })
  const clientOf = (name: string, options?: Partial<PgClient.PgClientConfig>) =>
    Effect.map(
      Effect.orDie(Layer.build(PgClient.layer({ ...server.client(name), ...options }))),
      Context.get(SqlClient.SqlClient)
    )
  const open = Effect.gen(function* () {
    const name = yield* createDatabase
    return { name, ...(yield* sharedSql(PgClient.layer(server.client(name)), server.files(name))) }
  })

  storeSuite("PostgreSQL", open, { callbacks: full ? 10_000 : 200 })
  sqlSuite("PostgreSQL", open)
  sessionSuite("PostgreSQL", open)

  describe("PostgreSQL", () => {
    it.scoped("gets one statement for a fresh token, one to begin, two to complete and three to refresh", () =>
      Effect.gen(function* () {
        const shared = yield* open
        let roundTrips = 0
        const counted = yield* clientOf(shared.name, { maxConnections: 1, stream: countingSocket(() => roundTrips++) })
        const observer = yield* clientOf("postgres")

        const count = <A, E>(effect: Effect.Effect<A, E>) =>
          Effect.gen(function* () {
            yield* observer`SELECT pg_stat_statements_reset()`
            roundTrips = 0
            yield* Effect.exit(effect)
            const [row] = yield* observer<{ readonly statements: string }>`
              SELECT coalesce(sum(calls), 0) AS statements
              FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid WHERE datname = ${shared.name}`
            return { statements: Number(row?.statements), roundTrips }
          })

        const { pending, tokens } = yield* replicaOf(counted, [shared.key])
        const services = yield* baanxOver(pending, tokens, yes)
        const flow = Context.get(services, AuthorizationFlow)
        const session = Context.get(services, TokenSession)
        const redirectUri = RedirectUri.make("https://app.example/callback")
        const begin = flow.begin({ redirectUri })
        const { state } = yield* begin
        const callback = `${redirectUri}?code=a-code&state=${Redacted.value(state)}`
        const set = yield* tokensOf("1")

        const counts = {
          begin: yield* count(begin),
          complete: yield* count(flow.complete(callback)),
          "complete (replayed)": yield* count(flow.complete(callback)),
          "complete (never issued)": yield* count(flow.complete(`${redirectUri}?code=a-code&state=never-issued`)),
          start: yield* count(session.start(user, set)),
          "accessToken (fresh)": yield* count(session.accessToken(user)),
          "accessToken (refreshed)": yield* Effect.zipRight(
            TestClock.adjust("6 hours"),
            count(session.accessToken(user))
          ),
          "lease (another has refreshed)": yield* count(tokens.lease(user, 0, Duration.minutes(1))),
          signOut: yield* count(session.signOut(user)),
          health: yield* count(provideSql(SqlStores.health, counted))
        }
        console.table(counts)
        expect(counts).toEqual({
          begin: once,
          complete: twice,
          "complete (replayed)": twice,
          "complete (never issued)": twice,
          start: once,
          "accessToken (fresh)": once,
          "accessToken (refreshed)": { statements: 3, roundTrips: 3 },
          "lease (another has refreshed)": twice,
          signOut: { statements: 3, roundTrips: 3 },
          health: once
        })
      })
    )

    it.scopedLive("has a session refreshed once by many replicas that need its token at once", () =>
      Effect.gen(function* () {
        const shared = yield* open
        let refreshes = 0
        const counting = HttpClient.make((request) =>
          Effect.sync(() => {
            const tokens = { access_token: `access-${++refreshes}`, refresh_token: "refresh", expires_in: 21_600 }
            return HttpClientResponse.fromWeb(request, Response.json(tokens))
          })
        )
        const sessions = yield* Effect.forEach(Arr.range(1, 4), () =>
          Effect.flatMap(shared.replica, ({ pending, tokens }) => baanxOver(pending, tokens, counting))
        )
        const { tokens } = yield* shared.replica
        // Already expired: a valid token would be returned to callers that wait for more than 5 seconds.
        yield* tokens.put(user, yield* tokensOf("over", { lifetime: "0 seconds" }))
        const given = yield* Effect.forEach(
          Arr.makeBy(400, (index) => Context.get(Arr.rotate(sessions, index)[0], TokenSession)),
          (session) => session.accessToken(user),
          { concurrency: "unbounded" }
        )
        expect(new Set(given.map(Redacted.value))).toEqual(new Set(["access-1"]))
        expect(refreshes).toBe(1)
      })
    )

    it.scoped("restores no used state or token when the caller's transaction rolls back", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const { pending, tokens } = yield* replicaOf(shared.sql, [shared.key])
        const put = yield* pendingOf("a")
        yield* pending.put(put)
        const lease = yield* leaseOf(tokens, user, "1")
        const set = yield* tokensOf("2")
        const spend = Effect.all([tagOf(pending.take(put.state)), tokens.save(user, lease.fence, set)])
        yield* Effect.exit(shared.sql.withTransaction(Effect.zipRight(spend, Effect.fail("rolled back"))))
        expect(yield* tagOf(pending.take(put.state))).toBe("ReplayedStateError")
        expect(stored(yield* tokens.get(user)).version).not.toBe(lease.version)
      })
    )

    it.scoped("is migrated once by many replicas that start at once on an empty database", () =>
      Effect.gen(function* () {
        const name = yield* createDatabase
        const runs = yield* Effect.forEach(
          Arr.range(1, 6),
          () => Effect.flatMap(clientOf(name), (sql) => provideSql(StoreMigrations.migrate, sql)),
          { concurrency: "unbounded" }
        ).pipe(TestServices.provideLive)
        expect(runs.flat()).toEqual([
          [1, "stores"],
          [2, "rest"]
        ])
      })
    )

    it.scoped("can be partitioned as the guide says, with all of its rows", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const { tokens } = yield* shared.replica
        const before = yield* leaseOf(tokens, user, "1")
        const guide = readFileSync(new URL("../../../docs/guides/many-machines.md", import.meta.url), "utf8")
        const [, statements = ""] = /```sql\n(BEGIN;.*?)```/s.exec(guide) ?? []
        yield* shared.sql.unsafe(statements)

        const others = Arr.makeBy(32, (index) => SessionKey.make(`user-of-${index}`))
        yield* Effect.forEach(others, (key) => leaseOf(tokens, key, key))
        expect(yield* tokens.save(user, before.fence, yield* tokensOf("2"))).toBe(true)
        yield* Effect.forEach(others, (key) => expectTokens(tokens, key, key))
        const rows = yield* shared.sql`SELECT tableoid, count(*) FROM baanx_sessions GROUP BY tableoid`
        expect(rows.length).toBe(8)
        expect(yield* provideSql(SqlStores.sweep, shared.sql)).toEqual({ pendingAuthorizations: 0, sessions: 0 })
      })
    )

    it.scoped("works with a client that transforms names", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const sql = yield* clientOf(shared.name, {
          transformQueryNames: String.toLowerCase,
          transformResultNames: String.toUpperCase
        })
        const { pending, tokens } = yield* replicaOf(sql, [shared.key])
        const put = yield* pendingOf("a")
        yield* pending.put(put)
        expect(yield* tagOf(pending.take(put.state))).toBe("taken")
        yield* leaseOf(tokens, user, "1")
      })
    )

    it.scoped("times out if the server does not respond, and works again once it does", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const sql = yield* clientOf(shared.name, { maxConnections: 1 })
        const setting = Layer.succeed(StatementTimeout, Duration.millis(200))
        const { pending, tokens } = yield* replicaOf(sql, [shared.key], setting)
        const operation = <A, E>(effect: Effect.Effect<A, E, SqlClient.SqlClient | KeyRing>) =>
          Effect.provide(effect, [
            setting,
            Layer.orDie(KeyRing.layer([shared.key])),
            Layer.succeed(SqlClient.SqlClient, sql)
          ])
        yield* tokens.put(user, yield* tokensOf("1"))
        const other = SessionKey.make("user-2")
        const set = yield* tokensOf("of-the-log")
        const put = yield* pendingOf("of-the-log")
        const ends: Array<string> = []
        const call = <A, E>(name: string, effect: Effect.Effect<A, E>) =>
          Effect.map(reasonOf(effect), (reason) => ends.push(`${name}: ${reason}`))
        const calls = [
          call("get", tokens.get(user)),
          call("get, with a caller that cannot be interrupted", Effect.uninterruptible(tokens.get(user))),
          call("put", tokens.put(other, set)),
          call("lease", tokens.lease(other, 1, Duration.minutes(1))),
          call("save", tokens.save(other, 1, set)),
          call("release", tokens.release(other, 1, false)),
          call("remove", tokens.remove(other)),
          call("put a sign-in", pending.put(put)),
          call("take a sign-in", pending.take(put.state)),
          call("health", operation(SqlStores.health)),
          call("sweep", operation(SqlStores.sweep)),
          call("reseal", operation(SqlStores.reseal))
        ]
        const lines: Array<string> = []
        const asleep = yield* countSleeps
        const thaw = yield* Postgres.freeze(sql)
        const running = yield* Effect.provide(
          Effect.forEach(calls, (call) => Effect.fork(call)),
          logTo(lines)
        )
        yield* asleep(running.length)
        yield* TestClock.adjust("199 millis")
        expect(ends).toEqual([])
        yield* TestClock.adjust("1 millis")
        yield* Fiber.joinAll(running)
        expect(ends.filter((end) => !end.endsWith(": Timeout"))).toEqual([])
        expect(lines.length).toBe(running.length)
        for (const line of lines) expect(line).toMatch(/message="The store \w+ did not respond in time"$/)

        yield* thaw
        const gets = yield* Effect.all(
          Arr.makeBy(20, () => tokens.get(user)),
          { concurrency: "unbounded" }
        )
        expect(gets.every(Option.isSome)).toBe(true)
      })
    )

    it.scoped("times out inside the caller's transaction if that holds the only connection, and logs why", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const sql = yield* clientOf(shared.name, { maxConnections: 1 })
        const { tokens } = yield* replicaOf(sql, [shared.key])
        const set = yield* tokensOf("1")
        const lines: Array<string> = []
        const asleep = yield* countSleeps
        const inside = yield* sql
          .withTransaction(Effect.flip(tokens.put(user, set)))
          .pipe(Effect.provide(logTo(lines)), Effect.fork)
        yield* asleep(1)
        yield* TestClock.adjust("5 seconds")
        const error = yield* Fiber.join(inside)
        expect(error).toMatchObject({ _tag: "StoreError", reason: "Timeout" })
        expect(isRetryable(error)).toBe(true)
        expect(lines.length).toBe(1)
        expect(lines[0]).toMatch(
          /level=WARN .*message="The store TokenStore was called inside sql\.withTransaction [^"]*"$/
        )
        // The statement that waited for a connection is never sent.
        expect(yield* tokens.get(user)).toEqual(Option.none())
      })
    )

    it.scoped("completes a statement whose caller is interrupted while it is uninterruptible", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const sql = yield* clientOf(shared.name, { maxConnections: 1 })
        const { tokens } = yield* replicaOf(sql, [shared.key])
        const set = yield* tokensOf("1")
        const thaw = yield* Postgres.freeze(sql)
        let isStored = false
        const asleep = yield* countSleeps
        const caller = yield* tokens
          .put(user, set)
          .pipe(Effect.zipRight(Effect.sync(() => (isStored = true))), Effect.uninterruptible, Effect.fork)
        yield* asleep(1)
        const interruption = yield* Effect.fork(Fiber.interrupt(caller))
        yield* Effect.yieldNow()
        yield* thaw
        yield* Fiber.join(interruption)
        expect(isStored).toBe(true)
      })
    )

    it.scoped("repeats a statement that was cancelled on the server", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const { sql } = shared
        const { tokens } = yield* shared.replica
        yield* tokens.put(user, yield* tokensOf("1"))
        const set = yield* tokensOf("2")
        const put = yield* sql.withTransaction(
          Effect.gen(function* () {
            yield* sql`SELECT 1 FROM baanx_sessions FOR UPDATE`
            const asleep = yield* countSleeps
            const put = yield* Effect.fork(tokens.put(user, set))
            yield* Effect.repeat(
              sql`SELECT pg_cancel_backend(pid) FROM pg_stat_activity
                  WHERE datname = ${shared.name} AND wait_event_type = 'Lock'`,
              { until: Arr.isNonEmptyReadonlyArray }
            )
            // One sleep for its time limit, and one before the retry.
            yield* asleep(2)
            return put
          })
        )
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(put)
        yield* expectTokens(tokens, user, "2")
      })
    )

    it.scoped("distinguishes an unavailable server from a missing session, and works again after a restart", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const { tokens } = yield* shared.replica
        yield* tokens.put(user, yield* tokensOf("1"))
        yield* server.kill
        // A process of the server may complete what it is doing before it ends.
        const error = yield* Effect.eventually(Effect.flip(tokens.get(user)))
        expect(error).toMatchObject({ _tag: "StoreError", reason: "Unavailable" })
        expect(isRetryable(error)).toBe(true)
        yield* server.restart
        expect(Option.isSome(yield* tokens.get(user))).toBe(true)
      }).pipe(Logger.withMinimumLogLevel(LogLevel.None))
    )
  })
})
