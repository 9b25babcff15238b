/** How a store in any database has to behave, beyond `StoreSuite`. */
import { describe, expect, it } from "@effect/vitest"
import {
  BaanxClient,
  SessionKey,
  TokenService,
  TokenSession,
  TokenSet,
  TokenStore,
  type TokenStoreShape
} from "@effect-baanx/oauth"
import {
  generateKey,
  KeyRing,
  PendingAuthorizationsSql,
  SqlStores,
  StatementTimeout,
  StoreMetrics,
  StoreMigrations,
  TokenStoreSql
} from "@effect-baanx/sql"
import { HttpClient } from "@effect/platform"
import { Migrator, SqlClient } from "@effect/sql"
import {
  Array as Arr,
  Context,
  Duration,
  Effect,
  Encoding,
  Layer,
  Logger,
  LogLevel,
  Metric,
  Option,
  Redacted,
  type Scope,
  TestClock
} from "effect"
import { createHash } from "node:crypto"
import {
  encodeTokens,
  expectTokens,
  leased,
  leaseOf,
  minute,
  pendingOf,
  reasonOf,
  stored,
  tagOf,
  tokensOf,
  user
} from "../../oauth/test/StoreFixtures.js"
import { clientKey, logTo } from "./Fixtures.js"
import { provideSql, type SharedSql } from "./SharedSql.js"

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex")

const sealedOf = ({ sql }: SharedSql, id: string) =>
  Effect.flatMap(
    sql<{
      readonly sealed: string
      readonly key_id: string
    }>`SELECT sealed, key_id FROM baanx_sessions WHERE id = ${id}`,
    (rows) => Arr.head(rows)
  )

const header = (sealed: string): unknown =>
  JSON.parse(Buffer.from(sealed.split(".")[0] ?? "", "base64url").toString("utf8"))

/** The encodings in which a secret might be stored. */
const forms = (secret: string): ReadonlyArray<string> => {
  const bytes = Buffer.from(secret)
  const unpadded = [0, 1, 2].map((shift) =>
    // The Base64 of a text inside a longer one, at each of its three offsets, without the ends.
    Buffer.concat([Buffer.alloc(shift, "."), bytes])
      .toString("base64url")
      .slice(4, -4)
  )
  return [secret, bytes.toString("hex"), Encoding.encodeBase64(bytes).replace(/=+$/, ""), ...unpadded]
}

/** Creates the tables of the first release. */
const migrateFirstRelease = Migrator.make({})({
  loader: Migrator.fromRecord({
    "1_stores": Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql`CREATE TABLE baanx_pending_authorizations (
        state TEXT NOT NULL, kind TEXT NOT NULL, key_id TEXT NOT NULL, sealed TEXT NOT NULL,
        expires_at BIGINT NOT NULL, PRIMARY KEY (state, kind)
      )`
      yield* sql`CREATE INDEX baanx_pending_authorizations_expires_at ON baanx_pending_authorizations (expires_at)`
      yield* sql`CREATE TABLE baanx_sessions (
        id TEXT PRIMARY KEY, key_id TEXT NOT NULL, sealed TEXT NOT NULL, version BIGINT NOT NULL,
        fence BIGINT NOT NULL, leased_until BIGINT, unsettled SMALLINT NOT NULL, ends_at BIGINT
      )`
      yield* sql`CREATE INDEX baanx_sessions_ends_at ON baanx_sessions (ends_at) WHERE ends_at IS NOT NULL`
    })
  }),
  table: "baanx_migrations"
})

/** Tokens as the first release sealed them, without a grant or the time of issue. */
const tokensOfFirstRelease = JSON.stringify({
  accessToken: "access_token_1",
  refreshToken: "refresh_token_1",
  expiresAt: "2030-01-01T06:00:00.000Z",
  region: "international",
  pathFamily: "oauth"
})

export const sqlSuite = (name: string, open: Effect.Effect<SharedSql, never, Scope.Scope>): void => {
  describe(`${name}: encryption at rest`, () => {
    it.scoped("keeps no secret that a dump would show", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const { pending, tokens } = yield* shared.replica
        const waiting = yield* pendingOf("waiting-7d1f")
        const taken = yield* pendingOf("taken-93aa")
        yield* pending.put(waiting)
        yield* pending.put(taken)
        yield* pending.take(taken.state)
        yield* tokens.put(user, yield* tokensOf("first-5be0"))
        const { version } = stored(yield* tokens.get(user))
        const lease = leased(yield* tokens.lease(user, version, minute))
        yield* tokens.save(user, lease.fence, yield* tokensOf("second-c411"))

        const files = yield* shared.files
        const holds = (text: string) => files.some((file) => file.includes(text))
        // Shows that the search can find what is there.
        expect(holds(sha256("state-waiting-7d1f"))).toBe(true)
        expect(holds(sha256(user))).toBe(true)

        // A part of every state, verifier and token, the session key, and the encryption key.
        const secrets = ["waiting-7d1f", "taken-93aa", "first-5be0", "second-c411", user, Redacted.value(shared.key)]
        expect(secrets.filter((secret) => forms(secret).some(holds))).toEqual([])
      })
    )

    it.scoped("fails with WrongKey for a key that is not on the ring, and keeps the session", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const right = yield* shared.replica
        const wrong = yield* shared.replicaWith(yield* generateKey)
        const pending = yield* pendingOf("a")
        yield* right.pending.put(pending)
        yield* right.tokens.put(user, yield* tokensOf("1"))

        expect(yield* reasonOf(wrong.tokens.get(user))).toBe("WrongKey")
        expect(yield* reasonOf(wrong.pending.take(pending.state))).toBe("WrongKey")
        expect(yield* reasonOf(wrong.pending.take(pending.state))).toBe("WrongKey")

        const session = yield* sessionOver(wrong.tokens)
        const error = yield* Effect.flip(session.accessToken(user))
        expect(error).toMatchObject({ _tag: "StoreError", reason: "WrongKey" })
        expect(error.message).toContain("key ring")

        expect(yield* reasonOf(right.tokens.get(user))).toBe("success")
        expect(yield* tagOf(right.pending.take(pending.state))).toBe("taken")
      })
    )

    it.scoped("fails with Corrupt for a record that was changed or moved, unlike one under another key", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const { sql } = shared
        const { pending, tokens } = yield* shared.replica
        const other = SessionKey.make("user-2")
        yield* tokens.put(user, yield* tokensOf("1"))
        yield* tokens.put(other, yield* tokensOf("2"))
        const { sealed } = yield* sealedOf(shared, sha256(user))
        const read = (text: string) =>
          Effect.zipRight(
            sql`UPDATE baanx_sessions SET sealed = ${text} WHERE id = ${sha256(user)}`,
            reasonOf(tokens.get(user))
          )

        const parts = sealed.split(".")
        const replaced = (index: number, text: string) =>
          parts.map((part, at) => (at === index ? text : part)).join(".")
        const flipped = (index: number) => {
          const bytes = Buffer.from(parts[index] ?? "", "base64url")
          bytes[0] = (bytes[0] ?? 0) ^ 1
          return replaced(index, bytes.toString("base64url"))
        }
        for (const index of [2, 3, 4]) expect(yield* read(flipped(index)), `part ${index}`).toBe("Corrupt")
        const withHeader = (change: object) =>
          replaced(0, Buffer.from(JSON.stringify(Object.assign({}, header(sealed), change))).toString("base64url"))
        expect(yield* read(withHeader({ place: `TokenStore/${sha256(other)}` }))).toBe("Corrupt")
        expect(yield* read(withHeader({ alg: "A256KW" }))).toBe("Corrupt")
        expect(yield* read(withHeader({ kid: "another" }))).toBe("WrongKey")
        for (const text of ["", "....", "{}", sealed.slice(0, -1), parts.slice(0, 4).join("."), `${sealed}.`]) {
          expect(yield* read(text), text).toBe("Corrupt")
        }

        // Unchanged, but of another session.
        const moved = yield* sealedOf(shared, sha256(other))
        expect(yield* read(moved.sealed)).toBe("Corrupt")
        // Unchanged, but of the other store.
        const put = yield* pendingOf("a")
        yield* pending.put(put)
        yield* sql`UPDATE baanx_pending_authorizations SET sealed = ${sealed} WHERE kind = 'open'`
        expect(yield* reasonOf(pending.take(put.state))).toBe("Corrupt")

        expect(yield* read(sealed)).toBe("success")
      })
    )

    it.scoped("seals with the new key at the next write after a rotation", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const [oldKey, newKey] = [shared.key, yield* generateKey]
        const before = yield* shared.replicaWith(oldKey)
        const during = yield* shared.replicaWith(newKey, oldKey)
        const after = yield* shared.replicaWith(newKey)
        yield* before.tokens.put(user, yield* tokensOf("1"))
        const old = yield* sealedOf(shared, sha256(user))
        expect(header(old.sealed)).toMatchObject({ alg: "dir", enc: "A256GCM", kid: old.key_id })

        const { version } = stored(yield* during.tokens.get(user))
        expect(yield* sealedOf(shared, sha256(user))).toEqual(old)
        const lease = leased(yield* during.tokens.lease(user, version, minute))
        yield* during.tokens.save(user, lease.fence, yield* tokensOf("2"))
        const renewed = yield* sealedOf(shared, sha256(user))
        expect(renewed.key_id).not.toBe(old.key_id)
        expect(header(renewed.sealed)).toMatchObject({ kid: renewed.key_id })
        expect(yield* reasonOf(after.tokens.get(user))).toBe("success")
        expect(yield* reasonOf(before.tokens.get(user))).toBe("WrongKey")

        const pending = yield* pendingOf("a")
        yield* before.pending.put(pending)
        expect(yield* tagOf(during.pending.take(pending.state))).toBe("taken")
      })
    )

    it.scoped("reseals all sessions on demand, and reports how many it could not read", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const { sql } = shared
        const newKey = yield* generateKey
        const before = yield* shared.replicaWith(shared.key)
        const after = yield* shared.replicaWith(newKey)
        const users = Arr.makeBy(25, (index) => SessionKey.make(`user-${index}`))
        yield* Effect.forEach(users, (key, index) =>
          Effect.flatMap(tokensOf(`${index}`), (set) => before.tokens.put(key, set))
        )
        const lease = yield* leaseOf(before.tokens, user, "leased")
        const damaged = SessionKey.make("damaged")
        yield* before.tokens.put(damaged, yield* tokensOf("damaged"))
        yield* sql`UPDATE baanx_sessions SET sealed = 'damaged' WHERE id = ${sha256(damaged)}`

        const reseal = shared.run(TokenStoreSql.reseal(10), newKey, shared.key)
        expect(yield* reseal).toEqual({ resealed: 26, unreadable: 1 })
        expect(yield* reseal).toEqual({ resealed: 0, unreadable: 1 })
        yield* Effect.forEach([...users, user], (key) => after.tokens.get(key))
        // A lease is still held afterwards.
        expect(yield* after.tokens.save(user, lease.fence, yield* tokensOf("saved"))).toBe(true)
      })
    )

    it.scoped("does not undo a concurrent write when it reseals", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const newKey = yield* generateKey
        const before = yield* shared.replicaWith(shared.key)
        yield* before.tokens.put(user, yield* tokensOf("1"))
        const second = yield* tokensOf("2")
        const reseal = Effect.gen(function* () {
          const ring = yield* KeyRing
          return yield* TokenStoreSql.reseal(10).pipe(
            Effect.provideService(KeyRing, {
              ...ring,
              // Another replica, without the new key, refreshes after this one has read.
              open: (place, sealed) => Effect.zipRight(before.tokens.put(user, second), ring.open(place, sealed))
            })
          )
        })
        expect(yield* shared.run(reseal, newKey, shared.key)).toEqual({ resealed: 0, unreadable: 0 })
        yield* expectTokens(before.tokens, user, "2")
      })
    )

    it.scoped("logs only the driver's code of a failure, and nothing of what it could not store or read", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const { sql } = shared
        const lines: Array<string> = []
        const { pending, tokens } = yield* shared.replica
        yield* sql`DROP TABLE baanx_sessions`
        yield* sql`DROP TABLE baanx_pending_authorizations`
        const put = yield* pendingOf("of-the-log")
        const set = yield* tokensOf("of-the-log")
        const errors = yield* Effect.all([
          Effect.flip(tokens.put(user, set)),
          Effect.flip(tokens.get(user)),
          Effect.flip(pending.put(put)),
          Effect.flip(pending.take(put.state)),
          Effect.flip(provideSql(SqlStores.health, sql))
        ]).pipe(Effect.provide(logTo(lines)))
        for (const error of errors) expect(error).toMatchObject({ _tag: "StoreError", reason: "Unavailable" })
        expect(lines.length).toBe(5)
        for (const line of lines) expect(line).toMatch(/tables of the store \w+ are missing.* code=\w+$/)
        const shown = [...lines, ...errors.map((error) => `${String(error)} ${JSON.stringify(error)} ${error.stack}`)]
        expect(shown.filter((text) => /of-the-log|example\.com|access_token|sealed/.test(text))).toEqual([])
      })
    )
  })

  describe(`${name}: the clock`, () => {
    it.scoped("is the database's, so that a replica with a fast clock ends nothing early", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const { pending, tokens } = yield* shared.replica
        const put = yield* pendingOf("a")
        yield* pending.put(put)
        const lease = yield* leaseOf(tokens, user, "1")
        // Only the replica's clock, which starts in 1970.
        yield* TestClock.adjust("1 day")
        expect((yield* tokens.lease(user, lease.version, minute))._tag).toBe("Busy")
        expect(yield* tagOf(pending.take(put.state))).toBe("taken")
      })
    )

    it.scoped("gives a sign-in its full 10 minutes, whatever the clock of the replica that began it", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const { pending } = yield* shared.replica
        yield* TestClock.adjust("30 days")
        const put = yield* pendingOf("a")
        yield* pending.put(put)
        yield* shared.pass("9 minutes")
        expect(yield* tagOf(pending.take(put.state))).toBe("taken")
        const late = yield* pendingOf("b")
        yield* pending.put(late)
        yield* shared.pass("10 minutes")
        expect(yield* tagOf(pending.take(late.state))).toBe("ExpiredStateError")
      })
    )
  })

  describe(`${name}: a rest that is over`, () => {
    it.scoped("does not start again when the database's clock is set back", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const { tokens } = yield* shared.replica
        const setBack = shared.sql`UPDATE baanx_sessions SET rests_until = rests_until + 3600000`
        const first = yield* leaseOf(tokens, user, "1")
        yield* tokens.release(user, first.fence, false, minute)
        yield* shared.pass(minute)
        const second = leased(yield* tokens.lease(user, first.version, minute))
        yield* tokens.release(user, second.fence, false)
        yield* setBack
        const third = leased(yield* tokens.lease(user, first.version, minute))
        yield* tokens.release(user, third.fence, false, minute)
        yield* shared.pass(minute)
        const fourth = leased(yield* tokens.lease(user, first.version, minute))
        yield* tokens.save(user, fourth.fence, yield* tokensOf("2"))
        yield* setBack
        const { version } = stored(yield* tokens.get(user))
        leased(yield* tokens.lease(user, version, minute))
      })
    )
  })

  describe(`${name}: operations`, () => {
    it.scoped("sweeps only what no longer has to be remembered, in batches", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const { sql } = shared
        const { pending, tokens } = yield* shared.replica
        const count = (table: string) =>
          Effect.map(sql<{ readonly n: string | number }>`SELECT count(*) AS n FROM ${sql(table)}`, (rows) =>
            Number(rows[0]?.n)
          )
        const puts = yield* Effect.all(Arr.makeBy(25, (index) => pendingOf(`old-${index}`)))
        yield* Effect.forEach(puts, pending.put)
        yield* Effect.forEach(puts.slice(0, 5), (put) => pending.take(put.state))
        yield* tokens.put(SessionKey.make("short"), yield* tokensOf("short", { refreshFor: "1 day" }))
        yield* tokens.put(SessionKey.make("long"), yield* tokensOf("long", { refreshFor: "184 days" }))
        yield* tokens.put(SessionKey.make("unknown"), yield* tokensOf("unknown"))
        const access = yield* tokensOf("access", { lifetime: "6 hours" })
        yield* tokens.put(SessionKey.make("access"), new TokenSet({ ...access, refreshToken: undefined }))

        const provided = <A, E>(effect: Effect.Effect<A, E, SqlClient.SqlClient>) => provideSql(effect, sql)
        expect(yield* provided(SqlStores.sweep)).toEqual({ pendingAuthorizations: 0, sessions: 0 })

        yield* shared.pass("20 minutes")
        yield* pending.put(yield* pendingOf("new"))
        // 25 states are remembered, and 20 of them still have their secrets.
        expect(yield* provided(PendingAuthorizationsSql.sweep(30))).toBe(30)
        expect(yield* provided(PendingAuthorizationsSql.sweep(30))).toBe(15)
        expect(yield* count("baanx_pending_authorizations")).toBe(2)

        yield* shared.pass("29 hours")
        expect(yield* provided(SqlStores.sweep)).toEqual({ pendingAuthorizations: 2, sessions: 0 })
        yield* shared.pass("1 hour")
        expect(yield* provided(SqlStores.sweep)).toEqual({ pendingAuthorizations: 0, sessions: 1 })
        expect(yield* tokens.get(SessionKey.make("access"))).toEqual(Option.none())
        yield* shared.pass("17 hours")
        expect(yield* provided(SqlStores.sweep)).toEqual({ pendingAuthorizations: 0, sessions: 0 })
        yield* shared.pass("1 hour")
        expect(yield* provided(SqlStores.sweep)).toEqual({ pendingAuthorizations: 0, sessions: 1 })
        expect(yield* tokens.get(SessionKey.make("short"))).toEqual(Option.none())
        yield* shared.pass("1000 days")
        expect(yield* provided(SqlStores.sweep)).toEqual({ pendingAuthorizations: 0, sessions: 1 })
        expect(Option.isSome(yield* tokens.get(SessionKey.make("unknown")))).toBe(true)
      })
    )

    it.scoped("counts running and waiting refreshes, lost races and late writes", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const { tokens } = yield* shared.replica
        // The counters include those of other tests.
        const value = (metric: Metric.Metric.Counter<number>) => Effect.map(Metric.value(metric), ({ count }) => count)
        const all = Effect.all([
          value(StoreMetrics.refreshing),
          value(StoreMetrics.waits),
          value(StoreMetrics.lostRaces),
          value(StoreMetrics.lateWrites),
          value(StoreMetrics.unsettled)
        ])
        const before = yield* all
        const since = Effect.map(
          all,
          Arr.zipWith(before, (now, then) => now - then)
        )

        const lease = yield* leaseOf(tokens, user, "1")
        expect(yield* since).toEqual([1, 0, 0, 0, 0])
        yield* tokens.lease(user, lease.version, minute)
        expect(yield* since).toEqual([1, 1, 0, 0, 0])
        yield* shared.pass(minute)
        const next = leased(yield* tokens.lease(user, lease.version, minute))
        expect(yield* since).toEqual([2, 1, 0, 0, 1])
        yield* tokens.save(user, lease.fence, yield* tokensOf("late"))
        expect(yield* since).toEqual([1, 1, 0, 1, 1])
        yield* tokens.save(user, next.fence, yield* tokensOf("2"))
        expect(yield* since).toEqual([0, 1, 0, 1, 1])
        yield* tokens.lease(user, lease.version, minute)
        expect(yield* since).toEqual([0, 1, 1, 1, 1])
        const { version } = stored(yield* tokens.get(user))
        yield* tokens.release(user, leased(yield* tokens.lease(user, version, minute)).fence, false)
        yield* tokens.remove(user, leased(yield* tokens.lease(user, version, minute)).fence)
        expect(yield* since).toEqual([0, 1, 1, 1, 1])
      })
    )

    it.scoped("sweeps in the background, and continues after a sweep that failed", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const { sql } = shared
        const { pending } = yield* shared.replica
        // The second half of each sweep fails.
        yield* sql`ALTER TABLE baanx_sessions RENAME TO away`
        const rows = sql`SELECT 1 FROM baanx_pending_authorizations`
        yield* Layer.build(SqlStores.layerSweeper("1 minute")).pipe(
          Effect.provideService(SqlClient.SqlClient, sql),
          // The clock may move on while a statement runs.
          Effect.provideService(StatementTimeout, Duration.infinity)
        )
        for (const name of ["a", "b"]) {
          yield* pending.put(yield* pendingOf(name))
          yield* sql`UPDATE baanx_pending_authorizations SET expires_at = 0`
          // Repeated, since a sweep that is still running does not notice that the minute has passed.
          yield* Effect.repeat(Effect.zipRight(TestClock.adjust("1 minute"), rows), {
            until: (rows) => rows.length === 0
          })
        }
      }).pipe(Logger.withMinimumLogLevel(LogLevel.None))
    )

    it.scoped("migrates the tables of the first release, and can read its sessions", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const { sql } = shared
        for (const table of ["baanx_sessions", "baanx_pending_authorizations", "baanx_migrations"]) {
          yield* sql`DROP TABLE ${sql(table)}`
        }
        yield* provideSql(migrateFirstRelease, sql)
        const id = sha256(user)
        const ring = yield* shared.run(KeyRing, shared.key)
        const sealed = yield* ring.seal({ store: "TokenStore", row: id }, Redacted.make(tokensOfFirstRelease))
        yield* sql`INSERT INTO baanx_sessions VALUES (${id}, ${ring.keyIds[0]}, ${sealed}, 7, 7, NULL, 0, NULL)`
        expect(yield* provideSql(Effect.flip(SqlStores.health), sql)).toMatchObject({ reason: "Unavailable" })

        expect(yield* provideSql(StoreMigrations.migrate, sql)).toEqual([[2, "rest"]])
        yield* provideSql(SqlStores.health, sql)
        const { tokens } = yield* shared.replica
        expect(encodeTokens(stored(yield* tokens.get(user)).tokens)).toEqual(JSON.parse(tokensOfFirstRelease))
        const lease = leased(yield* tokens.lease(user, 7, minute))
        yield* tokens.release(user, lease.fence, false, minute)
        expect((yield* tokens.lease(user, 7, minute))._tag).toBe("Resting")
      }).pipe(Logger.withMinimumLogLevel(LogLevel.None))
    )

    it.scoped("migrates once, however often migrate is called", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const again = provideSql(StoreMigrations.migrate, yield* shared.client)
        expect(yield* again).toEqual([])
        expect(yield* provideSql(SqlStores.health, shared.sql)).toBe(undefined)
      })
    )
  })
}

/** A session over a store, which cannot refresh. */
const sessionOver = (tokens: TokenStoreShape) =>
  Layer.build(
    TokenSession.layer.pipe(
      Layer.provide([
        Layer.succeed(TokenStore, tokens),
        TokenService.layerMock({}),
        BaanxClient.layer({ clientKey }).pipe(
          Layer.provide(
            Layer.succeed(
              HttpClient.HttpClient,
              HttpClient.make(() => Effect.never)
            )
          )
        )
      ])
    )
  ).pipe(Effect.map(Context.get(TokenSession)), Effect.orDie)
