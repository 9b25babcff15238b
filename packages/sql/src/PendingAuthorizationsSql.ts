/**
 * The store of hosted sign-ins in progress, in a database.
 *
 * @since 0.1.0
 */
import { ExpiredStateError, ReplayedStateError, StoreError, UnknownStateError } from "@effect-baanx/oauth/BaanxError"
import {
  PendingAuthorization,
  PendingAuthorizations,
  type PendingAuthorizationsShape,
  pendingLifetime,
  type StateError
} from "@effect-baanx/oauth/PendingAuthorizations"
import type { State } from "@effect-baanx/oauth/State"
import type * as SqlClient from "@effect/sql/SqlClient"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { database } from "./internal/database.js"
import { digest } from "./internal/digest.js"
import { sealedAs } from "./internal/sealed.js"
import { KeyRing } from "./KeyRing.js"

const store = "PendingAuthorizations"

/** For how long an expired or taken state is remembered as such. */
const remembered = Duration.toMillis(pendingLifetime)

/**
 * The store on top of the provided `SqlClient` and `KeyRing`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<PendingAuthorizationsShape, never, SqlClient.SqlClient | KeyRing> = Effect.gen(
  function* () {
    const { now, run, sql } = yield* database(store)
    const keyRing = yield* KeyRing
    const [keyId] = keyRing.keyIds
    const { open, seal } = sealedAs(keyRing, store, PendingAuthorization)

    const good = (hash: string) => sql`
      state = ${hash} AND kind = 'open' AND expires_at > ${now} AND key_id IN ${sql.in(keyRing.keyIds)}`

    const whatIsWrong = (hash: string): Effect.Effect<never, StateError | StoreError> =>
      Effect.gen(function* () {
        // 'open' sorts before 'issued'.
        const [left] = yield* run(sql<{ readonly kind: string; readonly expired: number }>`
          SELECT kind, CASE WHEN expires_at > ${now} THEN 0 ELSE 1 END AS expired
          FROM baanx_pending_authorizations
          WHERE state = ${hash} AND expires_at > ${now} - ${remembered}
          ORDER BY kind DESC LIMIT 1`)
        if (left === undefined) return yield* new UnknownStateError({ operation: "authorize" })
        if (left.kind === "issued") return yield* new ReplayedStateError({ operation: "authorize" })
        if (left.expired === 1) return yield* new ExpiredStateError({ operation: "authorize" })
        return yield* new StoreError({ store, reason: "WrongKey" })
      })

    return {
      put: (pending) =>
        Effect.gen(function* () {
          const state = yield* digest(Redacted.value(pending.state))
          const sealed = yield* seal(state, pending)
          // The remaining time, so that the sign-in ends by the database's clock.
          const left = DateTime.toEpochMillis(pending.expiresAt) - (yield* Clock.currentTimeMillis)
          yield* run(sql`
            INSERT INTO baanx_pending_authorizations (state, kind, key_id, sealed, expires_at)
            VALUES (${state}, 'open', ${keyId}, ${sealed}, ${now} + ${left}),
                   (${state}, 'issued', '', '', ${now} + ${left})
            ON CONFLICT (state, kind) DO UPDATE
            SET key_id = excluded.key_id, sealed = excluded.sealed, expires_at = excluded.expires_at`)
        }),

      take: <E = never>(state: State, check?: (pending: PendingAuthorization) => Either.Either<void, E>) =>
        Effect.gen(function* () {
          const hash = yield* digest(Redacted.value(state))
          if (check !== undefined) {
            const [found] = yield* run(sql<{ readonly sealed: string }>`
              SELECT sealed FROM baanx_pending_authorizations WHERE ${good(hash)}`)
            if (found === undefined) return yield* whatIsWrong(hash)
            yield* check(yield* open(hash, found.sealed))
          }
          const [taken] = yield* run(sql<{ readonly sealed: string }>`
            DELETE FROM baanx_pending_authorizations WHERE ${good(hash)} RETURNING sealed`)
          return taken === undefined ? yield* whatIsWrong(hash) : yield* open(hash, taken.sealed)
        }),

      accept: (state, expiresAt) =>
        Effect.gen(function* () {
          const hash = yield* digest(Redacted.value(state))
          const left = DateTime.toEpochMillis(expiresAt) - (yield* Clock.currentTimeMillis)
          const accepted = yield* run(sql`
            INSERT INTO baanx_pending_authorizations (state, kind, key_id, sealed, expires_at)
            VALUES (${hash}, 'issued', '', '', ${now} + ${left})
            ON CONFLICT (state, kind) DO NOTHING RETURNING kind`)
          if (accepted.length === 0) return yield* new ReplayedStateError({ operation: "authorize" })
        })
    }
  }
)

/**
 * In the database of the `SqlClient`, sealed under the `KeyRing`, for all replicas that share both. Requires the tables
 * of `StoreMigrations`.
 *
 * `put` is one statement, and so is `accept`, which stores no secret. `take` deletes the secret and returns it in one
 * statement, so that only one replica gets it. If there is a check, a statement before that reads the secret; if the
 * state cannot be taken, one after it finds out why. Only the SHA-256 of the state is stored. The 10 minutes are
 * measured by the database's clock, so that replicas whose clocks differ agree on the end. A state that was sealed
 * under a key that is not on this ring is left to a replica that has the key.
 *
 * Do not call it inside `sql.withTransaction`: it takes no part in the transaction, and needs a second connection while
 * the transaction holds the first. If the pool has none, it fails with `StoreError` and the reason `Timeout`; on SQLite
 * it dies.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<PendingAuthorizations, never, SqlClient.SqlClient | KeyRing> = Layer.effect(
  PendingAuthorizations,
  make
)

/**
 * Deletes up to `batch` rows of sign-ins that no longer need to be remembered, and returns how many it deleted. Fewer
 * than `batch` means that none is left.
 *
 * @since 0.1.0
 * @category operations
 */
export const sweep = (batch: number): Effect.Effect<number, StoreError, SqlClient.SqlClient> =>
  Effect.gen(function* () {
    const { now, run, skipLocked, sql } = yield* database(store)
    const gone = yield* run(sql`
      DELETE FROM baanx_pending_authorizations WHERE (state, kind) IN (
        SELECT state, kind FROM baanx_pending_authorizations
        WHERE expires_at <= ${now} - ${remembered} ORDER BY expires_at LIMIT ${batch} ${skipLocked})
      RETURNING kind`)
    return gone.length
  })
