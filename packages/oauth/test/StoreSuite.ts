/** How every store has to behave. */
import { describe, expect, it } from "@effect/vitest"
import {
  PendingAuthorization,
  type PendingAuthorizationsShape,
  SessionKey,
  type TokenStoreShape
} from "@effect-baanx/oauth"
import { pendingLifetime } from "@effect-baanx/oauth/PendingAuthorizations"
import { Lease } from "@effect-baanx/oauth/TokenStore"
import { Array as Arr, Duration, Effect, Either, Option, Schema, type Scope } from "effect"
import {
  encodeTokens,
  expectTokens,
  leased,
  leaseOf,
  minute,
  pendingOf,
  state,
  stored,
  tagOf,
  tokensOf,
  user
} from "./StoreFixtures.js"

/** The stores of one of several processes. */
export interface Replica {
  readonly pending: PendingAuthorizationsShape
  readonly tokens: TokenStoreShape
}

/** A store that several replicas share. */
export interface Shared {
  readonly replica: Effect.Effect<Replica, never, Scope.Scope>
  /** Lets time pass on every clock. */
  readonly pass: (duration: Duration.DurationInput) => Effect.Effect<void>
}

const encodePending = Schema.encodeSync(PendingAuthorization)

export const storeSuite = (
  name: string,
  open: Effect.Effect<Shared, never, Scope.Scope>,
  { callbacks: count }: { readonly callbacks: number }
): void => {
  describe(`${name}: pending authorizations`, () => {
    it.scoped("returns a sign-in once, complete, to any replica", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const one = yield* shared.replica
        const other = yield* shared.replica
        const put = yield* pendingOf("a")
        yield* one.pending.put(put)
        const taken = yield* other.pending.take(put.state)
        expect(encodePending(taken)).toEqual(encodePending(put))
        expect(yield* tagOf(one.pending.take(put.state))).toBe("ReplayedStateError")
        expect(yield* tagOf(other.pending.take(put.state))).toBe("ReplayedStateError")
      })
    )

    it.scoped("does not take a sign-in that the check refuses, and fails with the check's error", () =>
      Effect.gen(function* () {
        const { pending } = yield* (yield* open).replica
        const put = yield* pendingOf("a")
        yield* pending.put(put)
        const seen: Array<unknown> = []
        const refuse = (found: PendingAuthorization) => {
          seen.push(encodePending(found))
          return Either.left({ _tag: "refused" })
        }
        expect(yield* tagOf(pending.take(put.state, refuse))).toBe("refused")
        expect(yield* tagOf(pending.take(put.state, refuse))).toBe("refused")
        expect(seen).toEqual([encodePending(put), encodePending(put)])
        expect(yield* tagOf(pending.take(state("state-b"), refuse))).toBe("UnknownStateError")
        const taken = yield* pending.take(put.state, () => Either.void)
        expect(encodePending(taken)).toEqual(encodePending(put))
        expect(yield* tagOf(pending.take(put.state, refuse))).toBe("ReplayedStateError")
      })
    )

    it.scoped("fails with UnknownStateError for a state that was never issued", () =>
      Effect.gen(function* () {
        const { pending } = yield* (yield* open).replica
        yield* pending.put(yield* pendingOf("a"))
        for (const other of [
          "state-b",
          "state-a ",
          "STATE-A",
          "",
          "' OR 1=1 --",
          "state-a\u0000",
          "%",
          "état-\u{1f511}"
        ]) {
          expect(yield* tagOf(pending.take(state(other)))).toBe("UnknownStateError")
        }
        expect(yield* tagOf(pending.take(state("state-a")))).toBe("taken")
      })
    )

    it.scoped("accepts a state until it expires, then fails with ExpiredStateError", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const { pending } = yield* shared.replica
        const early = yield* pendingOf("early")
        const late = yield* pendingOf("late")
        yield* pending.put(early)
        yield* pending.put(late)
        yield* shared.pass(Duration.subtract(pendingLifetime, minute))
        expect(yield* tagOf(pending.take(early.state))).toBe("taken")
        yield* shared.pass(minute)
        expect(yield* tagOf(pending.take(late.state))).toBe("ExpiredStateError")
        expect(yield* tagOf(pending.take(late.state))).toBe("ExpiredStateError")
        expect(yield* tagOf(pending.take(early.state))).toBe("ReplayedStateError")
      })
    )

    it.scoped("forgets an expired or taken state after twice its lifetime", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const { pending } = yield* shared.replica
        const expired = yield* pendingOf("expired")
        const taken = yield* pendingOf("taken")
        yield* pending.put(expired)
        yield* pending.put(taken)
        yield* pending.take(taken.state)
        yield* shared.pass(Duration.subtract(Duration.times(pendingLifetime, 2), minute))
        expect(yield* tagOf(pending.take(expired.state))).toBe("ExpiredStateError")
        expect(yield* tagOf(pending.take(taken.state))).toBe("ReplayedStateError")
        yield* shared.pass(minute)
        expect(yield* tagOf(pending.take(expired.state))).toBe("UnknownStateError")
        expect(yield* tagOf(pending.take(taken.state))).toBe("UnknownStateError")
      })
    )

    it.scoped(
      "accepts an unstored state once across many replicas, then refuses it until no clock can consider it valid",
      () =>
        Effect.gen(function* () {
          const shared = yield* open
          const replicas = [yield* shared.replica, yield* shared.replica, yield* shared.replica]
          const { expiresAt, state } = yield* pendingOf("travelling")
          const outcomes = yield* Effect.forEach(
            Arr.makeBy(30, (index) => replicas[index % 3]),
            (replica) => tagOf(replica?.pending.accept(state, expiresAt) ?? Effect.never),
            { concurrency: "unbounded" }
          )
          expect(outcomes.filter((outcome) => outcome === "taken").length).toBe(1)
          expect(outcomes.filter((outcome) => outcome === "ReplayedStateError").length).toBe(29)
          // A replica with a slow clock may consider it valid after it has expired.
          yield* shared.pass(Duration.subtract(Duration.times(pendingLifetime, 2), minute))
          for (const { pending } of replicas) {
            expect(yield* tagOf(pending.accept(state, expiresAt))).toBe("ReplayedStateError")
            expect(yield* tagOf(pending.take(state))).toBe("ReplayedStateError")
          }
        })
    )

    it.scoped("does not accept a state that was put, which can still be taken", () =>
      Effect.gen(function* () {
        const { pending } = yield* (yield* open).replica
        const put = yield* pendingOf("put")
        yield* pending.put(put)
        expect(yield* tagOf(pending.accept(put.state, put.expiresAt))).toBe("ReplayedStateError")
        expect(yield* tagOf(pending.take(put.state))).toBe("taken")
      })
    )

    it.scoped(`takes each of ${count} states once, with every second callback sent to two replicas at once`, () =>
      Effect.gen(function* () {
        const shared = yield* open
        const replicas = [yield* shared.replica, yield* shared.replica] as const
        const names = Arr.makeBy(count, (index) => `callback-${index}`)
        const [one, other] = replicas
        yield* Effect.forEach(names, (name) => Effect.flatMap(pendingOf(name), one.pending.put), {
          concurrency: 32,
          discard: true
        })
        const callbacks = names.flatMap((name, index) =>
          index % 2 === 0
            ? [{ name, by: other }]
            : [
                { name, by: one },
                { name, by: other }
              ]
        )
        const outcomes = yield* Effect.forEach(
          callbacks,
          ({ by, name }) =>
            Effect.map(tagOf(by.pending.take(state(`state-${name}`))), (outcome) => ({ name, outcome })),
          { concurrency: 64 }
        )
        const taken = outcomes.filter(({ outcome }) => outcome === "taken").map(({ name }) => name)
        expect(taken.length).toBe(count)
        expect(new Set(taken).size).toBe(count)
        expect(outcomes.filter(({ outcome }) => outcome === "ReplayedStateError").length).toBe(count / 2)
      })
    )
  })

  describe(`${name}: tokens`, () => {
    it.scoped("returns the tokens that were put last, complete, to any replica", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const one = yield* shared.replica
        const other = yield* shared.replica
        expect(yield* one.tokens.get(user)).toEqual(Option.none())
        const first = yield* tokensOf("1")
        yield* one.tokens.put(user, first)
        const before = stored(yield* other.tokens.get(user))
        expect(encodeTokens(before.tokens)).toEqual(encodeTokens(first))
        const second = yield* tokensOf("2", { refreshFor: "184 days" })
        yield* other.tokens.put(user, second)
        const after = stored(yield* one.tokens.get(user))
        expect(encodeTokens(after.tokens)).toEqual(encodeTokens(second))
        expect(after.version).not.toBe(before.version)
      })
    )

    it.scoped("distinguishes keys with any characters", () =>
      Effect.gen(function* () {
        const { tokens } = yield* (yield* open).replica
        const keys = [
          "user",
          "USER",
          "user ",
          " user",
          "'; DROP TABLE baanx_sessions; --",
          '" OR "1"="1',
          "%",
          "_",
          "$1",
          "?",
          "\\",
          "a\u0000b",
          "a",
          "\n",
          "ö",
          "o\u0308",
          "Ω≈ç√∫",
          "用户-1",
          "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}",
          "\u202euser",
          "ß",
          "ss",
          "x".repeat(255),
          "\u{1f511}".repeat(127)
        ].map((text) => SessionKey.make(text))
        yield* Effect.forEach(keys, (key, index) =>
          Effect.flatMap(tokensOf(`of-${index}`), (set) => tokens.put(key, set))
        )
        yield* Effect.forEach(keys, (key, index) => expectTokens(tokens, key, `of-${index}`))
        const [first, ...others] = keys
        yield* tokens.remove(first ?? user)
        expect(yield* tokens.get(first ?? user)).toEqual(Option.none())
        yield* Effect.forEach(others, (key, index) => expectTokens(tokens, key, `of-${index + 1}`))
      })
    )

    it.scoped("leases a session to one of many callers; the others get Busy, Changed or Gone", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const replicas = [yield* shared.replica, yield* shared.replica, yield* shared.replica]
        const [one] = replicas
        if (one === undefined) return
        expect((yield* one.tokens.lease(user, 1, minute))._tag).toBe("Gone")

        yield* one.tokens.put(user, yield* tokensOf("1"))
        const { version } = stored(yield* one.tokens.get(user))
        const leases = yield* Effect.all(
          Arr.makeBy(30, (index) => replicas[index % 3]?.tokens.lease(user, version, minute) ?? Effect.never),
          { concurrency: "unbounded" }
        )
        const [lease, ...more] = leases.filter(Lease.$is("Leased"))
        if (lease === undefined) throw new Error("no caller got the lease")
        expect(more).toEqual([])
        expect(lease.unsettled).toBe(false)
        expect(encodeTokens(lease.tokens)).toEqual(encodeTokens(yield* tokensOf("1")))
        for (const busy of leases.filter((lease) => lease._tag !== "Leased")) {
          if (busy._tag !== "Busy") throw new Error(`expected Busy, got ${busy._tag}`)
          expect(Duration.between(busy.remaining, { minimum: 1, maximum: minute })).toBe(true)
        }

        expect(yield* one.tokens.save(user, lease.fence, yield* tokensOf("2"))).toBe(true)
        const changed = yield* (replicas[1] ?? one).tokens.lease(user, version, minute)
        if (changed._tag !== "Changed") throw new Error(`expected Changed, got ${changed._tag}`)
        expect(encodeTokens(changed.stored.tokens)).toEqual(encodeTokens(yield* tokensOf("2")))
        expect(changed.stored).toEqual(stored(yield* one.tokens.get(user)))
        expect((yield* one.tokens.lease(user, changed.stored.version, minute))._tag).toBe("Leased")
      })
    )

    it.scoped("leases an abandoned session as unsettled to the next caller, and ignores the late holder", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const late = (yield* shared.replica).tokens
        const next = (yield* shared.replica).tokens
        const abandoned = yield* leaseOf(late, user, "1")
        yield* shared.pass(Duration.seconds(59))
        expect((yield* next.lease(user, abandoned.version, minute))._tag).toBe("Busy")
        yield* shared.pass(Duration.seconds(1))
        const lease = leased(yield* next.lease(user, abandoned.version, minute))
        expect(lease.unsettled).toBe(true)
        expect(lease.fence).not.toBe(abandoned.fence)

        expect(yield* late.save(user, abandoned.fence, yield* tokensOf("late"))).toBe(false)
        yield* late.release(user, abandoned.fence, false)
        yield* late.remove(user, abandoned.fence)
        yield* expectTokens(next, user, "1")
        expect((yield* late.lease(user, abandoned.version, minute))._tag).toBe("Busy")

        expect(yield* next.save(user, lease.fence, yield* tokensOf("2"))).toBe(true)
        expect(yield* late.save(user, abandoned.fence, yield* tokensOf("late"))).toBe(false)
        expect(yield* next.save(user, lease.fence, yield* tokensOf("twice"))).toBe(false)
        yield* expectTokens(late, user, "2")
        const { version } = stored(yield* next.get(user))
        expect(leased(yield* next.lease(user, version, minute)).unsettled).toBe(false)
      })
    )

    it.scoped("saves after the end of a lease that no other caller has taken over", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const { tokens } = yield* shared.replica
        const lease = yield* leaseOf(tokens, user, "1")
        yield* shared.pass(Duration.minutes(5))
        expect(yield* tokens.save(user, lease.fence, yield* tokensOf("2"))).toBe(true)
        yield* expectTokens(tokens, user, "2")
      })
    )

    it.scoped("leases again after a release, and remembers an unsettled one until the next save", () =>
      Effect.gen(function* () {
        const { tokens } = yield* (yield* open).replica
        const first = yield* leaseOf(tokens, user, "1")
        yield* tokens.release(user, first.fence, false)
        expect(yield* tokens.save(user, first.fence, yield* tokensOf("late"))).toBe(false)
        yield* tokens.remove(user, first.fence)
        const second = leased(yield* tokens.lease(user, first.version, minute))
        expect(second.unsettled).toBe(false)
        yield* tokens.release(user, second.fence, true)
        const third = leased(yield* tokens.lease(user, first.version, minute))
        expect(third.unsettled).toBe(true)
        yield* tokens.release(user, third.fence, false)
        const fourth = leased(yield* tokens.lease(user, first.version, minute))
        expect(fourth.unsettled).toBe(true)
        expect(yield* tokens.save(user, third.fence, yield* tokensOf("late"))).toBe(false)
        expect(yield* tokens.save(user, fourth.fence, yield* tokensOf("2"))).toBe(true)
        const { version } = stored(yield* tokens.get(user))
        expect(leased(yield* tokens.lease(user, version, minute)).unsettled).toBe(false)
      })
    )

    it.scoped("remembers an abandoned lease after a clean release", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const { tokens } = yield* shared.replica
        const abandoned = yield* leaseOf(tokens, user, "1")
        yield* shared.pass(minute)
        const second = leased(yield* tokens.lease(user, abandoned.version, minute))
        yield* tokens.release(user, second.fence, false)
        expect(leased(yield* tokens.lease(user, abandoned.version, minute)).unsettled).toBe(true)
      })
    )

    it.scoped("lets a session rest for every replica for the given time", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const one = (yield* shared.replica).tokens
        const other = (yield* shared.replica).tokens
        const lease = yield* leaseOf(one, user, "1")
        yield* one.release(user, lease.fence, false, minute)
        for (const tokens of [one, other]) {
          const resting = yield* tokens.lease(user, lease.version, minute)
          if (resting._tag !== "Resting") throw new Error(`expected Resting, got ${resting._tag}`)
          expect(Duration.between(resting.remaining, { minimum: "30 seconds", maximum: minute })).toBe(true)
        }
        yield* expectTokens(other, user, "1")
        expect((yield* other.lease(user, lease.version - 1, minute))._tag).toBe("Changed")

        yield* shared.pass(minute)
        const next = leased(yield* other.lease(user, lease.version, minute))
        expect(next.unsettled).toBe(false)
        expect((yield* one.lease(user, lease.version, minute))._tag).toBe("Busy")
      })
    )

    it.scoped("ends a rest at a new sign-in", () =>
      Effect.gen(function* () {
        const { tokens } = yield* (yield* open).replica
        const first = yield* leaseOf(tokens, user, "1")
        yield* tokens.release(user, first.fence, true, minute)
        const second = yield* leaseOf(tokens, user, "2")
        expect(second.unsettled).toBe(false)
      })
    )

    it.scoped("can lease a session that rests, and the rest continues afterwards", () =>
      Effect.gen(function* () {
        const { tokens } = yield* (yield* open).replica
        const first = yield* leaseOf(tokens, user, "1")
        yield* tokens.release(user, first.fence, false, minute)
        const second = leased(yield* tokens.lease(user, first.version, minute, true))
        expect((yield* tokens.lease(user, first.version, minute, true))._tag).toBe("Busy")
        yield* tokens.release(user, second.fence, false)
        expect((yield* tokens.lease(user, first.version, minute))._tag).toBe("Resting")
      })
    )

    it.scoped("lets a late holder neither start nor end a rest", () =>
      Effect.gen(function* () {
        const shared = yield* open
        const { tokens } = yield* shared.replica
        const abandoned = yield* leaseOf(tokens, user, "1")
        yield* shared.pass(minute)
        const second = leased(yield* tokens.lease(user, abandoned.version, minute))
        yield* tokens.release(user, abandoned.fence, false, Duration.hours(1))
        yield* tokens.release(user, second.fence, false)
        const third = leased(yield* tokens.lease(user, abandoned.version, minute))
        yield* tokens.release(user, third.fence, false, minute)
        yield* tokens.release(user, abandoned.fence, false)
        yield* tokens.release(user, third.fence, false)
        expect((yield* tokens.lease(user, abandoned.version, minute))._tag).toBe("Resting")
      })
    )

    it.scoped("voids a lease at a new sign-in", () =>
      Effect.gen(function* () {
        const { tokens } = yield* (yield* open).replica
        const lease = yield* leaseOf(tokens, user, "1")
        yield* tokens.put(user, yield* tokensOf("2"))
        expect(yield* tokens.save(user, lease.fence, yield* tokensOf("late"))).toBe(false)
        yield* tokens.remove(user, lease.fence)
        yield* expectTokens(tokens, user, "2")
        const { version } = stored(yield* tokens.get(user))
        expect(leased(yield* tokens.lease(user, version, minute)).unsettled).toBe(false)
      })
    )

    it.scoped("removes a session, whose lease and version are not valid for a new one", () =>
      Effect.gen(function* () {
        const { tokens } = yield* (yield* open).replica
        const lease = yield* leaseOf(tokens, user, "1")
        yield* tokens.remove(user)
        expect(yield* tokens.get(user)).toEqual(Option.none())
        expect(yield* tokens.save(user, lease.fence, yield* tokensOf("late"))).toBe(false)
        yield* tokens.release(user, lease.fence, true)
        expect(yield* tokens.get(user)).toEqual(Option.none())

        const next = yield* leaseOf(tokens, user, "2")
        expect(next.version).not.toBe(lease.version)
        expect(yield* tokens.save(user, lease.fence, yield* tokensOf("late"))).toBe(false)
        yield* tokens.remove(user, next.fence)
        expect(yield* tokens.get(user)).toEqual(Option.none())
      })
    )
  })
}
