import {
  type AuthorizationFlow,
  Baanx,
  PendingAuthorization,
  PendingAuthorizations,
  SessionKey,
  State,
  TokenSession,
  TokenSet,
  TokenStore
} from "@effect-baanx/oauth"
import { HttpClient, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Either, FastCheck, Layer, Redacted, Schema, TestClock } from "effect"
import { codeVerifier, redirectUri, secrets } from "../Fixtures.js"
import { contained } from "./Contained.js"
import { runs } from "./Runs.js"

const minute = 60_000
const lifetime = 10 * minute

/** A jump of the clock: seconds, hours or years, in both directions. */
const jump = FastCheck.oneof(
  FastCheck.integer({ min: -5 * minute, max: 15 * minute }),
  FastCheck.constantFrom(
    1,
    -1,
    lifetime,
    -lifetime,
    24 * 60 * minute,
    -24 * 60 * minute,
    31_536_000_000,
    -31_536_000_000
  )
)

/** Moves the clock, never before the epoch. */
const move = (millis: number) =>
  Effect.flatMap(DateTime.now, (now) => TestClock.setTime(Math.max(0, DateTime.toEpochMillis(now) + millis)))

const epoch = TestClock.setTime(Date.UTC(2025, 0, 1))

const pending = (index: number, expiresAt: DateTime.Utc) =>
  new PendingAuthorization({
    state: Schema.decodeSync(State)(`state-${index}`),
    codeVerifier,
    redirectUri,
    region: "international",
    pathFamily: "oauth",
    baseUrl: "https://dev.api.baanx.com",
    expiresAt
  })

describe("sign-ins while the clock jumps", () => {
  it.effect.prop(
    "accept a state at most once, and only within 10 minutes by the clock",
    [
      FastCheck.array(
        FastCheck.oneof(
          FastCheck.record({ put: FastCheck.nat(3) }),
          FastCheck.record({ take: FastCheck.nat(3) }),
          jump
        ),
        { maxLength: 60 }
      )
    ],
    ([history]) =>
      Effect.gen(function* () {
        yield* epoch
        const store = yield* PendingAuthorizations
        const signIns = new Map<number, { readonly sequence: number; readonly expiresAt: number }>()
        const taken = new Set<number>()
        let sequence = 0
        for (const step of history) {
          const now = yield* DateTime.now
          if (typeof step === "number") yield* move(step)
          else if ("put" in step) {
            const expiresAt = DateTime.addDuration(now, Duration.millis(lifetime))
            signIns.set(step.put, { sequence: ++sequence, expiresAt: DateTime.toEpochMillis(expiresAt) })
            yield* store.put(pending(sequence, expiresAt))
          } else {
            const signIn = signIns.get(step.take)
            const index = signIn?.sequence ?? 0
            const end = yield* contained(store.take(pending(index, now).state), secrets)
            if (Either.isLeft(end)) continue
            assert.isDefined(signIn)
            assert.isBelow(DateTime.toEpochMillis(now), signIn?.expiresAt ?? 0)
            assert.isFalse(taken.has(index))
            taken.add(index)
          }
        }
      }).pipe(Effect.provide(PendingAuthorizations.layerMemory)),
    runs(50)
  )

  it.effect("that began while the clock was ahead do not keep later ones in memory", () =>
    Effect.gen(function* () {
      yield* epoch
      const store = yield* PendingAuthorizations
      const begin = (index: number) =>
        Effect.flatMap(DateTime.now, (now) =>
          store.put(pending(index, DateTime.addDuration(now, Duration.millis(lifetime))))
        )
      yield* move(24 * 60 * minute)
      yield* begin(1)
      yield* move(-24 * 60 * minute)
      yield* begin(2)
      yield* move(2 * lifetime)
      // A state that was still in memory would be expired, not unknown.
      for (const index of [1, 2]) {
        const end = yield* Effect.flip(store.take(pending(index, yield* DateTime.now).state))
        assert.strictEqual(end._tag, "UnknownStateError")
      }
    }).pipe(Effect.provide(PendingAuthorizations.layerMemory))
  )

  it.effect("are not lost if the clock is set back by less than a second", () =>
    Effect.gen(function* () {
      yield* epoch
      const store = yield* PendingAuthorizations
      const now = yield* DateTime.now
      yield* store.put(pending(1, DateTime.addDuration(now, Duration.millis(lifetime))))
      yield* move(-999)
      yield* store.put(pending(2, DateTime.addDuration(now, Duration.millis(lifetime))))
      assert.strictEqual((yield* store.take(pending(1, now).state)).baseUrl, "https://dev.api.baanx.com")
    }).pipe(Effect.provide(PendingAuthorizations.layerMemory))
  )
})

/** A Baanx that renews and accepts any token. */
const willing = Layer.sync(HttpClient.HttpClient, () => {
  let count = 0
  return HttpClient.make((request) =>
    Effect.sync(() =>
      HttpClientResponse.fromWeb(
        request,
        Response.json({
          access_token: `access-${++count}`,
          refresh_token: `refresh-${count}`,
          expires_in: 21600,
          success: true
        })
      )
    )
  )
})

const session: Layer.Layer<TokenSession | TokenStore | AuthorizationFlow> = Baanx.layerWithStores({
  clientKey: Redacted.make(secrets.clientKey)
}).pipe(
  Layer.orDie,
  Layer.provide(willing),
  Layer.provideMerge(Layer.merge(TokenStore.layerMemory, PendingAuthorizations.layerMemory))
)

describe("a session while the clock jumps", () => {
  it.effect.prop(
    "always returns a token that has not expired by the clock, without waiting",
    [FastCheck.array(FastCheck.oneof(FastCheck.constantFrom("access", "client"), jump), { maxLength: 60 })],
    ([history]) =>
      Effect.gen(function* () {
        yield* epoch
        const tokenSession = yield* TokenSession
        const store = yield* TokenStore
        const key = SessionKey.make("user")
        const first = Schema.decodeSync(TokenSet)({
          accessToken: "access-0",
          refreshToken: "refresh-0",
          expiresAt: DateTime.formatIso(DateTime.add(yield* DateTime.now, { hours: 6 })),
          region: "international"
        })
        yield* tokenSession.start(key, first)
        for (const step of history) {
          if (typeof step === "number") yield* move(step)
          else if (step === "access") {
            const end = yield* contained(tokenSession.accessToken(key), secrets)
            const stored = yield* Effect.flatten(store.get(key))
            if (Either.isLeft(end)) assert.fail(end.left._tag)
            assert.strictEqual(Redacted.value(end.right), Redacted.value(stored.tokens.accessToken))
            assert.isTrue(DateTime.greaterThan(stored.tokens.expiresAt, yield* DateTime.now))
          } else {
            const client = yield* tokenSession.httpClient(key)
            assert.strictEqual((yield* client.get("/v1/user")).status, 200)
          }
        }
        yield* tokenSession.signOut(key)
      }).pipe(Effect.provide(session), Effect.orDie),
    runs(30)
  )
})
