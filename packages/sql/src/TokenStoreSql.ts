/**
 * The tokens of signed-in users in a database, and the lease that lets only one of many replicas refresh them.
 *
 * @since 0.1.0
 */
import type { StoreError } from "@effect-baanx/oauth/BaanxError"
import { SecureRandom } from "@effect-baanx/oauth/SecureRandom"
import { TokenSet } from "@effect-baanx/oauth/TokenService"
import { Lease, type StoredTokens, TokenStore, type TokenStoreShape } from "@effect-baanx/oauth/TokenStore"
import type * as SqlClient from "@effect/sql/SqlClient"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import { database } from "./internal/database.js"
import { digest } from "./internal/digest.js"
import { sealedAs } from "./internal/sealed.js"
import { KeyRing } from "./KeyRing.js"
import { lateWrites, lostRaces, refreshing, unsettled as unsettledLeases, waits } from "./StoreMetrics.js"

const store = "TokenStore"

/** 48 random bits: where a row's numbers start, so that no number of an earlier row under the same key is valid. */
const firstNumber = Effect.flatMap(SecureRandom, (random) =>
  Effect.map(random.bytes(6), (bytes) => bytes.reduce((number, byte) => number * 256 + byte, 0))
)

/** How long the tokens can be used, in milliseconds; null if Baanx did not say. */
const lifetimeOf = ({ expiresAt, refreshExpiresAt, refreshToken }: TokenSet): Effect.Effect<number | null> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    const refreshEndsAt = refreshToken === undefined ? expiresAt : refreshExpiresAt
    return refreshEndsAt === undefined
      ? null
      : Math.round(DateTime.toEpochMillis(DateTime.max(expiresAt, refreshEndsAt)) - now)
  })

interface SessionRow {
  readonly sealed: string
  // A BIGINT is a string with pg, and a number with libsql.
  readonly version: string | number
}

/**
 * The store on top of the provided `SqlClient` and `KeyRing`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<TokenStoreShape, never, SqlClient.SqlClient | KeyRing> = Effect.gen(function* () {
  const { now, run, sql } = yield* database(store)
  const keyRing = yield* KeyRing
  const random = yield* SecureRandom
  const [keyId] = keyRing.keyIds
  const { open, seal } = sealedAs(keyRing, store, TokenSet)

  const holds = (id: string, fence: number) => sql`id = ${id} AND fence = ${fence} AND leased_until IS NOT NULL`

  const read = (id: string, row: SessionRow): Effect.Effect<StoredTokens, StoreError> =>
    Effect.map(open(id, row.sealed), (tokens) => ({ tokens, version: Number(row.version) }))

  const held = new Set<number>()
  const begins = (fence: number) => {
    held.add(fence)
    return Metric.increment(refreshing)
  }
  const ends = (fence: number) => (held.delete(fence) ? Metric.incrementBy(refreshing, -1) : Effect.void)

  return {
    get: (key) =>
      Effect.gen(function* () {
        const id = yield* digest(key)
        const [row] = yield* run(sql<SessionRow>`SELECT sealed, version FROM baanx_sessions WHERE id = ${id}`)
        return row === undefined ? Option.none() : Option.some(yield* read(id, row))
      }),

    put: (key, tokens) =>
      Effect.gen(function* () {
        const id = yield* digest(key)
        const sealed = yield* seal(id, tokens)
        const lifetime = yield* lifetimeOf(tokens)
        const first = yield* Effect.provideService(firstNumber, SecureRandom, random)
        yield* run(sql`
          INSERT INTO baanx_sessions (id, key_id, sealed, version, fence, leased_until, unsettled, ends_at)
          VALUES (${id}, ${keyId}, ${sealed}, ${first}, ${first}, NULL, 0, ${now} + ${lifetime})
          ON CONFLICT (id) DO UPDATE
          SET key_id = excluded.key_id, sealed = excluded.sealed, ends_at = excluded.ends_at,
              version = baanx_sessions.fence + 1, fence = baanx_sessions.fence + 1, leased_until = NULL, rests_until = NULL,
              unsettled = 0`)
      }),

    lease: (key, version, lifetime, despiteRest = false) =>
      Effect.gen(function* () {
        const id = yield* digest(key)
        const restIsOver = despiteRest ? sql`1 = 1` : sql`(rests_until IS NULL OR rests_until <= ${now})`
        // A rest that is over must not come back when the clock is set back.
        const rest = despiteRest ? sql`rests_until` : sql`NULL`
        // A lease that is over but still set had a holder that never reported its outcome.
        const [leased] = yield* run(sql<{
          readonly sealed: string
          readonly fence: string | number
          readonly unsettled: number
        }>`
          UPDATE baanx_sessions
          SET fence = fence + 1, leased_until = ${now} + ${Math.ceil(Duration.toMillis(lifetime))},
              unsettled = CASE WHEN leased_until IS NULL THEN unsettled ELSE 1 END, rests_until = ${rest}
          WHERE id = ${id} AND version = ${version} AND (leased_until IS NULL OR leased_until <= ${now})
                AND ${restIsOver}
          RETURNING sealed, fence, unsettled`)
        if (leased !== undefined) {
          const tokens = yield* open(id, leased.sealed)
          const fence = Number(leased.fence)
          const unsettled = leased.unsettled === 1
          yield* begins(fence)
          if (unsettled) yield* Metric.increment(unsettledLeases)
          return Lease.Leased({ fence, tokens, unsettled })
        }

        const [row] = yield* run(sql<
          SessionRow & { readonly busy: string | number | null; readonly resting: string | number | null }
        >`
          SELECT sealed, version, leased_until - ${now} AS busy, rests_until - ${now} AS resting
          FROM baanx_sessions WHERE id = ${id}`)
        if (row === undefined) return Lease.Gone()
        if (Number(row.version) !== version) {
          yield* Metric.increment(lostRaces)
          return Lease.Changed({ stored: yield* read(id, row) })
        }
        const busy = Number(row.busy)
        const resting = Number(row.resting)
        if (busy <= 0 && resting > 0) return Lease.Resting({ remaining: Duration.millis(resting) })
        yield* Metric.increment(waits)
        // The lease may have ended since: then the caller asks again at once.
        return Lease.Busy({ remaining: Duration.millis(Math.max(0, busy)) })
      }),

    save: (key, fence, tokens) =>
      Effect.gen(function* () {
        yield* ends(fence)
        const id = yield* digest(key)
        const sealed = yield* seal(id, tokens)
        const lifetime = yield* lifetimeOf(tokens)
        const saved = yield* run(sql`
          UPDATE baanx_sessions
          SET key_id = ${keyId}, sealed = ${sealed}, ends_at = ${now} + ${lifetime},
              version = fence + 1, fence = fence + 1, leased_until = NULL, rests_until = NULL, unsettled = 0
          WHERE ${holds(id, fence)}
          RETURNING version`)
        if (saved.length === 0) yield* Metric.increment(lateWrites)
        return saved.length > 0
      }),

    release: (key, fence, unsettled, rest) =>
      Effect.gen(function* () {
        yield* ends(fence)
        const id = yield* digest(key)
        const unsettledNow = unsettled ? sql`1` : sql`unsettled`
        const restsUntil = rest === undefined ? sql`rests_until` : sql`${now} + ${Math.ceil(Duration.toMillis(rest))}`
        yield* run(sql`
          UPDATE baanx_sessions
          SET leased_until = NULL, rests_until = ${restsUntil}, unsettled = ${unsettledNow}
          WHERE ${holds(id, fence)}`)
      }),

    remove: (key, fence) =>
      Effect.gen(function* () {
        if (fence !== undefined) yield* ends(fence)
        const id = yield* digest(key)
        yield* run(sql`DELETE FROM baanx_sessions WHERE ${fence === undefined ? sql`id = ${id}` : holds(id, fence)}`)
      })
  }
})

/**
 * In the database of the `SqlClient`, sealed under the `KeyRing`, for all replicas that share both. Requires the tables
 * of `StoreMigrations`.
 *
 * `get`, `put`, `save`, `release` and `remove` are one statement each; `lease` is one for the caller that gets the
 * lease and two for any other. So a fresh access token costs one statement and a refresh three, none of which spans the
 * call to Baanx. A lease and a rest end by the database's clock, so that a replica whose own clock is fast cannot take
 * a lease from one that is still working. Each row has a counter: every lease and every write takes the next number,
 * and a write with an older number changes nothing. A row is found by the SHA-256 of its key.
 *
 * Do not call it inside `sql.withTransaction`: it takes no part in the transaction, and needs a second connection while
 * the transaction holds the first. If the pool has none, it fails with `StoreError` and the reason `Timeout`; on SQLite
 * it dies.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<TokenStore, never, SqlClient.SqlClient | KeyRing> = Layer.effect(TokenStore, make)

/** How long a session is kept after all its tokens have expired, because clocks differ. */
const grace = Duration.toMillis(Duration.days(1))

/**
 * Deletes up to `batch` sessions whose tokens all expired over a day ago, and returns how many it deleted. Fewer than
 * `batch` means that none is left. A session without a refresh token ends with its access token; one whose refresh
 * token has no known expiry is kept.
 *
 * @since 0.1.0
 * @category operations
 */
export const sweep = (batch: number): Effect.Effect<number, StoreError, SqlClient.SqlClient> =>
  Effect.gen(function* () {
    const { now, run, skipLocked, sql } = yield* database(store)
    const gone = yield* run(sql`
      DELETE FROM baanx_sessions WHERE id IN (
        SELECT id FROM baanx_sessions WHERE ends_at <= ${now} - ${grace} ORDER BY ends_at LIMIT ${batch} ${skipLocked})
      RETURNING id`)
    return gone.length
  })

/**
 * The result of `reseal`: `unreadable` counts sessions whose key is not on the ring, or that are damaged.
 *
 * @since 0.1.0
 * @category models
 */
export interface Resealed {
  readonly resealed: number
  readonly unreadable: number
}

/**
 * Reseals every session that is not sealed under the first key, `batch` at a time, while the stores are in use. If
 * `unreadable` is 0, the other keys can be removed from the ring 20 minutes later, when every sign-in that was begun
 * under them has been forgotten. It reads every session: with many millions of them, set a higher `StatementTimeout`.
 *
 * @since 0.1.0
 * @category operations
 */
export const reseal = (batch: number): Effect.Effect<Resealed, StoreError, SqlClient.SqlClient | KeyRing> =>
  Effect.gen(function* () {
    const { run, sql } = yield* database(store)
    const keyRing = yield* KeyRing
    const [keyId] = keyRing.keyIds

    interface Row extends SessionRow {
      readonly id: string
      readonly key_id: string
    }
    const resealRow = (row: Row): Effect.Effect<"resealed" | "changed" | "unreadable", StoreError> =>
      Effect.gen(function* () {
        const place = { store, row: row.id } as const
        const value = yield* Effect.option(keyRing.open(place, row.sealed))
        if (Option.isNone(value)) return "unreadable"
        const sealed = yield* keyRing.seal(place, value.value)
        // A session that was written since then was sealed by that write.
        const done = yield* run(sql`
          UPDATE baanx_sessions SET sealed = ${sealed}, key_id = ${keyId}
          WHERE id = ${row.id} AND version = ${row.version} AND key_id = ${row.key_id}
          RETURNING id`)
        return done.length > 0 ? "resealed" : "changed"
      })

    let resealed = 0
    let unreadable = 0
    let after = ""
    while (true) {
      const rows = yield* run(sql<Row>`
        SELECT id, key_id, sealed, version FROM baanx_sessions
        WHERE id > ${after} AND key_id <> ${keyId} ORDER BY id LIMIT ${batch}`)
      const outcomes = yield* Effect.forEach(rows, resealRow, { concurrency: 4 })
      resealed += outcomes.filter((outcome) => outcome === "resealed").length
      unreadable += outcomes.filter((outcome) => outcome === "unreadable").length
      const last = rows.at(-1)
      if (last === undefined) return { resealed, unreadable }
      after = last.id
    }
  })
