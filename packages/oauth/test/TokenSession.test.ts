import { SessionKey, StoreError, TokenSession, TokenSet, TokenStore } from "@effect-baanx/oauth"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Deferred, Duration, Effect, FastCheck, Fiber, Layer, Option, Ref, TestClock } from "effect"
import { key } from "./Fixtures.js"
import { storeWith } from "./ScriptedSession.js"
import { answer, isRefresh, program, refreshes, signIn, toRenewal } from "./SessionProgram.js"
import { refreshTokenOf, text } from "./SessionWorld.js"
import { full } from "./Size.js"

describe("TokenSession", () => {
  it.effect("returns the stored access token without a request while it is fresh", () =>
    Effect.gen(function* () {
      const tokens = yield* signIn
      const session = yield* TokenSession
      yield* TestClock.adjust(Duration.minutes(353))
      assert.strictEqual(text(yield* session.accessToken(key)), text(tokens.accessToken))
      assert.strictEqual(yield* refreshes, 0)
    }).pipe(Effect.provide(program()))
  )

  it.effect("renews at least 300 seconds before expiry, and saves both new tokens before it returns", () =>
    Effect.gen(function* () {
      const tokens = yield* signIn
      const session = yield* TokenSession
      yield* toRenewal
      const renewed = yield* session.accessToken(key)
      assert.notStrictEqual(text(renewed), text(tokens.accessToken))
      const stored = Option.getOrThrow(yield* (yield* TokenStore).get(key)).tokens
      assert.strictEqual(text(stored.accessToken), text(renewed))
      assert.notStrictEqual(refreshTokenOf(stored), refreshTokenOf(tokens))
      assert.strictEqual(yield* refreshes, 1)
      assert.strictEqual(text(yield* session.accessToken(key)), text(renewed))
      assert.strictEqual(yield* refreshes, 1)
    }).pipe(Effect.provide(program()))
  )

  it.effect("refreshes once for 1,000 concurrent fibers", () =>
    Effect.gen(function* () {
      yield* signIn
      const session = yield* TokenSession
      yield* toRenewal
      const tokens = yield* Effect.all(
        Array.from({ length: 1000 }, () => session.accessToken(key)),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(new Set(tokens.map(text)).size, 1)
      assert.strictEqual(yield* refreshes, 1)
    }).pipe(Effect.provide(program()))
  )

  it.effect.prop(
    "returns the one new token to 500 fibers when any other 500 are interrupted at any time",
    [FastCheck.infiniteStream(FastCheck.boolean())],
    ([coins]) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        yield* Effect.gen(function* () {
          yield* signIn
          const session = yield* TokenSession
          yield* toRenewal
          const fibers = yield* Effect.all(Array.from({ length: 1000 }, () => Effect.fork(session.accessToken(key))))
          const toss = () => coins.next().value
          yield* Effect.forEach(fibers, () => Effect.when(Effect.yieldNow(), toss), { discard: true })
          const [leaving, staying] = [
            fibers.filter((_, index) => index % 2 === 0),
            fibers.filter((_, index) => index % 2 === 1)
          ]
          const swapped = toss()
          yield* Fiber.interruptAll(swapped ? staying : leaving)
          yield* Deferred.succeed(gate, undefined)
          const tokens = yield* Effect.all((swapped ? leaving : staying).map(Fiber.join))
          assert.strictEqual(tokens.length, 500)
          assert.strictEqual(new Set(tokens.map(text)).size, 1)
          assert.strictEqual(yield* refreshes, 1)
        }).pipe(Effect.provide(program((request) => (isRefresh(request) ? Deferred.await(gate) : Effect.void))))
      }),
    { fastCheck: { numRuns: full ? 5 : 2 } }
  )

  it.effect("completes and saves a renewal even if every caller was interrupted", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const started = yield* Deferred.make<void>()
      yield* Effect.gen(function* () {
        const tokens = yield* signIn
        const session = yield* TokenSession
        yield* toRenewal
        const fiber = yield* Effect.fork(session.accessToken(key))
        yield* Deferred.await(started)
        yield* Fiber.interrupt(fiber)
        yield* Deferred.succeed(gate, undefined)
        const renewed = yield* session.accessToken(key)
        assert.notStrictEqual(text(renewed), text(tokens.accessToken))
        assert.strictEqual(yield* refreshes, 1)
      }).pipe(
        Effect.provide(
          program((request) =>
            isRefresh(request)
              ? Effect.zipRight(Deferred.succeed(started, undefined), Deferred.await(gate))
              : Effect.void
          )
        )
      )
    })
  )

  it.effect("keeps the session when a refresh fails with 503 twice and then works", () =>
    Effect.gen(function* () {
      const failures = yield* Ref.make(2)
      yield* Effect.gen(function* () {
        const tokens = yield* signIn
        const session = yield* TokenSession
        yield* toRenewal
        // The old token is valid for another five minutes, so the caller does not notice the first failure.
        assert.strictEqual(text(yield* session.accessToken(key)), text(tokens.accessToken))
        yield* TestClock.adjust("5 minutes")
        const error = yield* Effect.flip(session.accessToken(key))
        assert.strictEqual(error._tag, "ServerError")
        assert.notStrictEqual(text(yield* session.accessToken(key)), text(tokens.accessToken))
        assert.strictEqual(yield* refreshes, 1)
      }).pipe(
        Effect.provide(
          program((request) =>
            isRefresh(request)
              ? Effect.map(
                  Ref.getAndUpdate(failures, (left) => left - 1),
                  (left) => (left > 0 ? answer(503)(request) : undefined)
                )
              : Effect.void
          )
        )
      )
    })
  )

  it.effect("ends the session with SessionLostError and removes it when its refresh token was used already", () =>
    Effect.gen(function* () {
      const tokens = yield* signIn
      const session = yield* TokenSession
      // Uses the refresh token in another session, so that the store has no newer token under this key.
      yield* session.start(SessionKey.make("elsewhere"), tokens)
      yield* toRenewal
      yield* session.accessToken(SessionKey.make("elsewhere"))
      const error = yield* Effect.flip(session.accessToken(key))
      assert.strictEqual(error._tag, "SessionLostError")
      if (error._tag === "SessionLostError") assert.strictEqual(error.reason, "RefreshTokenSpent")
      assert.isTrue(Option.isNone(yield* (yield* TokenStore).get(key)))
      const again = yield* Effect.flip(session.accessToken(key))
      assert.strictEqual(again._tag === "SessionLostError" && again.reason, "NotFound")
    }).pipe(Effect.provide(program()))
  )

  it.effect("waits 5 seconds for a renewal elsewhere, then returns the old token while it is valid", () =>
    Effect.gen(function* () {
      const tokens = yield* signIn
      yield* toRenewal
      const store = yield* TokenStore
      const { version } = Option.getOrThrow(yield* store.get(key))
      yield* store.lease(key, version, Duration.minutes(10))
      const session = yield* TokenSession
      const fiber = yield* Effect.fork(session.accessToken(key))
      yield* TestClock.adjust("4 seconds")
      assert.isNull(fiber.unsafePoll())
      yield* TestClock.adjust("1 seconds")
      assert.strictEqual(text(yield* Fiber.join(fiber)), text(tokens.accessToken))
      assert.strictEqual(yield* refreshes, 0)
    }).pipe(Effect.provide(program()))
  )

  it.effect("keeps waiting for a renewal elsewhere once the old token has expired", () =>
    Effect.gen(function* () {
      yield* signIn
      yield* TestClock.setTime(Duration.toMillis("6 hours"))
      const store = yield* TokenStore
      const { version } = Option.getOrThrow(yield* store.get(key))
      yield* store.lease(key, version, Duration.minutes(10))
      const fiber = yield* Effect.fork((yield* TokenSession).accessToken(key))
      yield* TestClock.adjust("6 seconds")
      assert.isNull(fiber.unsafePoll())
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(yield* refreshes, 0)
    }).pipe(Effect.provide(program()))
  )

  it.effect("re-reads the store once after invalid_grant, since another process may have renewed the tokens", () =>
    Effect.gen(function* () {
      const won = yield* Ref.make(Option.none<TokenSet>())
      const stores = yield* Layer.build(TokenStore.layerMemory)
      yield* Effect.gen(function* () {
        const tokens = yield* signIn
        const session = yield* TokenSession
        yield* toRenewal
        const now = yield* DateTime.now
        const theirs = new TokenSet({ ...tokens, expiresAt: DateTime.add(now, { hours: 6 }) })
        yield* Ref.set(won, Option.some(theirs))
        yield* session.accessToken(key)
        const stored = Option.getOrThrow(yield* (yield* TokenStore).get(key)).tokens
        assert.deepStrictEqual(stored.expiresAt, theirs.expiresAt)
        assert.strictEqual(yield* refreshes, 0)
      }).pipe(
        Effect.provide(
          program(
            (request) =>
              isRefresh(request)
                ? Effect.gen(function* () {
                    const store = yield* TokenStore
                    yield* Effect.ignore(store.put(key, Option.getOrThrow(yield* Ref.get(won))))
                    return answer(400, { error: "invalid_grant" })(request)
                  }).pipe(Effect.provide(stores))
                : Effect.void,
            Layer.succeedContext(stores)
          )
        )
      )
    }).pipe(Effect.scoped)
  )

  it.effect("fails with RefreshNotSaved when a process refreshed the tokens and died before it saved them", () =>
    Effect.gen(function* () {
      const stores = yield* Layer.build(TokenStore.layerMemory)
      yield* Effect.gen(function* () {
        yield* signIn
        yield* toRenewal
        // The process dies as soon as Baanx has responded.
        const store = yield* TokenStore
        const stored = Option.getOrThrow(yield* store.get(key))
        yield* store.lease(key, stored.version, Duration.seconds(2))
        const session = yield* TokenSession
        yield* session.start(SessionKey.make("dead process"), stored.tokens)
        yield* session.accessToken(SessionKey.make("dead process"))
        // The other processes wait until its lease expires.
        const waiting = yield* Effect.fork(Effect.flip(session.accessToken(key)))
        yield* TestClock.adjust("2 seconds")
        const error = yield* Fiber.join(waiting)
        assert.strictEqual(error._tag === "SessionLostError" && error.reason, "RefreshNotSaved")
      }).pipe(Effect.provide(program(() => Effect.void, Layer.succeedContext(stores))))
    }).pipe(Effect.scoped)
  )

  /** A store whose first `away` calls to `save` fail. */
  const flaky = (away: Ref.Ref<number>) =>
    storeWith(({ save }) => ({
      save: (...saved) =>
        Effect.flatMap(
          Ref.getAndUpdate(away, (left) => left - 1),
          (left): ReturnType<typeof save> =>
            left > 0 ? new StoreError({ store: "TokenStore", reason: "Unavailable" }) : save(...saved)
        )
    }))

  it.effect("retries saving while the store is unavailable, since the old refresh token no longer works", () =>
    Effect.gen(function* () {
      const away = yield* Ref.make(3)
      yield* Effect.gen(function* () {
        yield* signIn
        const session = yield* TokenSession
        yield* toRenewal
        const fiber = yield* Effect.fork(session.accessToken(key))
        yield* TestClock.adjust("20 seconds")
        const renewed = yield* Fiber.join(fiber)
        const stored = Option.getOrThrow(yield* (yield* TokenStore).get(key)).tokens
        assert.strictEqual(text(stored.accessToken), text(renewed))
        assert.strictEqual(yield* refreshes, 1)
      }).pipe(Effect.provide(program(undefined, flaky(away))))
    })
  )

  it.effect("fails with StoreError rather than return a token that could not be saved", () =>
    Effect.gen(function* () {
      const away = yield* Ref.make(Number.POSITIVE_INFINITY)
      yield* Effect.gen(function* () {
        yield* signIn
        const session = yield* TokenSession
        yield* TestClock.adjust("6 hours")
        const fiber = yield* Effect.fork(Effect.flip(session.accessToken(key)))
        yield* TestClock.adjust("1 minute")
        assert.strictEqual((yield* Fiber.join(fiber))._tag, "StoreError")
      }).pipe(Effect.provide(program(undefined, flaky(away))))
    })
  )

  it.effect("completes and saves a renewal that is running when the program ends", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const started = yield* Deferred.make<void>()
      const stores = yield* Layer.build(TokenStore.layerMemory)
      const running = yield* Effect.fork(
        Effect.gen(function* () {
          yield* signIn
          yield* toRenewal
          yield* (yield* TokenSession).accessToken(key)
        }).pipe(
          Effect.provide(
            program(
              (request) =>
                isRefresh(request)
                  ? Effect.zipRight(Deferred.succeed(started, undefined), Deferred.await(gate))
                  : Effect.void,
              Layer.succeedContext(stores)
            )
          )
        )
      )
      yield* Deferred.await(started)
      const ending = yield* Effect.fork(Fiber.interrupt(running))
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(ending)
      const store = yield* Effect.provide(TokenStore, stores)
      const stored = Option.getOrThrow(yield* store.get(key))
      assert.isTrue(DateTime.lessThan(yield* DateTime.now, DateTime.subtract(stored.tokens.expiresAt, { hours: 5 })))
    }).pipe(Effect.scoped)
  )

  describe("signOut", () => {
    it.effect("revokes the tokens at Baanx, then removes the session", () =>
      Effect.gen(function* () {
        const tokens = yield* signIn
        const session = yield* TokenSession
        yield* session.signOut(key)
        assert.isTrue(Option.isNone(yield* (yield* TokenStore).get(key)))
        const flow = yield* Effect.flip(
          Effect.flatMap(session.start(key, tokens), () =>
            Effect.zipRight(TestClock.adjust("6 hours"), session.accessToken(key))
          )
        )
        assert.strictEqual(flow._tag, "SessionLostError")
        yield* session.signOut(key)
      }).pipe(Effect.provide(program()))
    )

    it.effect("keeps the session when the revocation fails", () =>
      Effect.gen(function* () {
        yield* signIn
        const session = yield* TokenSession
        const error = yield* Effect.flip(session.signOut(key))
        assert.strictEqual(error._tag, "ServerError")
        assert.isTrue(Option.isSome(yield* (yield* TokenStore).get(key)))
      }).pipe(
        Effect.provide(
          program((request) => (request.url.endsWith("/revoke") ? Effect.succeed(answer(503)(request)) : Effect.void))
        )
      )
    )
  })
})
