/** What happens to tokens that a store does not keep. */
import { AccessToken, RefreshToken, StoreError, TokenSession, TokenSet, TokenStore } from "@effect-baanx/oauth"
import { answerJson, type MockAnswer, MockHttpClient } from "@effect-baanx/oauth/testing/MockHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Context, Duration, Effect, Fiber, Layer, Logger, Option, TestClock } from "effect"
import { key } from "./Fixtures.js"
import { issue, revoked, scripted, sent, sentAtLeast, storeWith } from "./ScriptedSession.js"
import { text } from "./SessionWorld.js"
import { tokensOf } from "./StoreFixtures.js"

const family = "oauth2"

/** The tokens that Baanx was asked to revoke: in the oauth2 family, one per request. */
const revocations = Effect.flatMap(MockHttpClient, ({ requests }) =>
  Effect.map(requests, (all) => all.flatMap(({ body = "" }) => /"token":"(\w+)"/.exec(body)?.slice(1) ?? []))
)

const away = new StoreError({ store: "TokenStore", reason: "Unavailable" })

describe("a start over another session", () => {
  const pair = (access: string, refresh?: string) =>
    Effect.map(
      tokensOf("", { family }),
      (tokens) =>
        new TokenSet({
          ...tokens,
          accessToken: AccessToken.make(access),
          refreshToken: refresh === undefined ? undefined : RefreshToken.make(refresh)
        })
    )
  const startOver = (old: ReturnType<typeof pair>, next: ReturnType<typeof pair>, requests: number) =>
    Effect.gen(function* () {
      const session = yield* TokenSession
      yield* session.start(key, yield* old)
      yield* session.start(key, yield* next)
      yield* sentAtLeast(requests)
      return yield* revocations
    }).pipe(Effect.provide(scripted(Array.from({ length: requests }, () => revoked))))

  for (const [title, next] of [
    ["another pair", pair("a2", "r2")],
    ["an access token alone", pair("a2")]
  ] as const) {
    it.effect(`revokes a pair that is replaced by ${title}`, () =>
      Effect.map(startOver(pair("a1", "r1"), next, 2), (tokens) => assert.deepStrictEqual(tokens, ["r1", "a1"]))
    )
    it.effect(`revokes an access token without a refresh token that is replaced by ${title}`, () =>
      Effect.map(startOver(pair("a1"), next, 1), (tokens) => assert.deepStrictEqual(tokens, ["a1"]))
    )
  }

  for (const [title, old, next] of [
    ["the same pair", pair("a1", "r1"), pair("a1", "r1")],
    ["the same access token, without a refresh token", pair("a1"), pair("a1")],
    ["another access token with the same refresh token", pair("a1", "r1"), pair("a2", "r1")],
    ["the same access token with another refresh token", pair("a1", "r1"), pair("a1", "r2")]
  ] as const) {
    it.effect(`revokes nothing if the new tokens are ${title}`, () =>
      Effect.gen(function* () {
        const session = yield* TokenSession
        yield* session.start(key, yield* old)
        yield* session.start(key, yield* next)
        // Whatever a start sends is sent before the requests of a later sign-out.
        yield* session.signOut(key)
        const { accessToken, refreshToken } = yield* next
        const tokens = refreshToken === undefined ? [accessToken] : [refreshToken, accessToken]
        assert.deepStrictEqual(yield* revocations, tokens.map(text))
      }).pipe(Effect.provide(scripted([revoked, revoked])))
    )
  }
})

describe("tokens that no store keeps", () => {
  const busy: MockAnswer = answerJson(503, {})
  const log: Array<string> = []
  const logger = Logger.replace(
    Logger.defaultLogger,
    Logger.map(Logger.logfmtLogger, (line) => void log.push(line))
  )
  const replace = Effect.gen(function* () {
    log.length = 0
    const session = yield* TokenSession
    yield* session.start(key, yield* tokensOf("old", { family }))
    yield* session.start(key, yield* tokensOf("new", { family }))
    yield* sentAtLeast(2)
  })

  it.effect("are revoked again after a second if the first attempt failed", () =>
    Effect.gen(function* () {
      yield* replace
      yield* TestClock.adjust("999 millis")
      assert.lengthOf(yield* sent, 2)
      yield* TestClock.adjust("1 millis")
      yield* sentAtLeast(4)
      yield* TestClock.adjust("10 minutes")
      assert.deepStrictEqual(yield* revocations, [
        "refresh_token_old",
        "access_token_old",
        "refresh_token_old",
        "access_token_old"
      ])
      assert.deepStrictEqual(log, [])
    }).pipe(Effect.provide(scripted([busy, busy, revoked, revoked])), Effect.provide(logger))
  )

  it.effect("are reported once in the log, without the tokens, if they cannot be revoked for two minutes", () =>
    Effect.gen(function* () {
      yield* replace
      // At doubling intervals.
      for (let attempt = 1; attempt < 8; attempt++) {
        assert.deepStrictEqual(log, [])
        yield* TestClock.adjust(Duration.seconds(2 ** (attempt - 1)))
        yield* sentAtLeast(2 * (attempt + 1))
      }
      yield* TestClock.adjust("10 minutes")
      assert.lengthOf(yield* sent, 16)
      assert.lengthOf(log, 1)
      assert.match(
        log.join(""),
        /level=WARN .*message="Tokens that no store keeps could not be revoked" error=ServerError$/
      )
    }).pipe(Effect.provide(scripted(Array.from({ length: 16 }, () => busy))), Effect.provide(logger))
  )
})

describe("renewed tokens", () => {
  const awayAt = (times: Array<number>) =>
    storeWith(() => ({
      save: () =>
        Effect.zipRight(
          Effect.map(Clock.currentTimeMillis, (now) => void times.push(now)),
          away
        )
    }))

  it.effect(
    "are saved again while the store is unavailable: after 50 ms, then at doubling intervals up to 2 s, for 20 s",
    () => {
      const times: Array<number> = []
      return Effect.gen(function* () {
        const session = yield* TokenSession
        yield* session.start(key, yield* tokensOf("old", { lifetime: 0 }))
        const renewing = yield* Effect.fork(Effect.flip(session.accessToken(key)))
        yield* sentAtLeast(1)
        const expected = [0, 50, 150, 350, 750, 1_550]
        for (let time = 3_150; time < 22_000; time += 2_000) expected.push(time)
        for (const time of expected) yield* TestClock.setTime(time)
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(times, expected)
        assert.strictEqual((yield* Fiber.join(renewing))._tag, "StoreError")
      }).pipe(Effect.provide(scripted([issue("new")], {}, awayAt(times))))
    }
  )

  it.effect("are used, and not revoked, if the store failed although it saved them", () => {
    let failures = 1
    const store = storeWith(({ save }) => ({
      save: (...saved) => Effect.tap(save(...saved), () => (failures-- > 0 ? away : Effect.void))
    }))
    return Effect.gen(function* () {
      const session = yield* TokenSession
      yield* session.start(key, yield* tokensOf("old", { family, lifetime: 0 }))
      const renewing = yield* Effect.fork(session.accessToken(key))
      yield* sentAtLeast(1)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(text(yield* Fiber.join(renewing)), "access_token_new")
      yield* session.signOut(key)
      assert.deepStrictEqual(yield* revocations, ["refresh_token_new", "access_token_new"])
    }).pipe(Effect.provide(scripted([issue("new"), revoked, revoked], {}, store)))
  })

  for (const family of ["oauth", "oauth2"] as const) {
    it.effect(
      `are ${family === "oauth2" ? "revoked" : "left to expire"} if a session started meanwhile, and its token is returned instead (${family})`,
      () =>
        Effect.gen(function* () {
          const stores = yield* Layer.build(TokenStore.layerMemory)
          const store = Context.get(stores, TokenStore)
          const theirs = yield* tokensOf("theirs", { family })
          const meanwhile: MockAnswer = (request) =>
            Effect.zipRight(Effect.orDie(store.put(key, theirs)), issue("new")(request))
          yield* Effect.gen(function* () {
            const session = yield* TokenSession
            yield* session.start(key, yield* tokensOf("old", { family, lifetime: 0 }))
            assert.strictEqual(text(yield* session.accessToken(key)), "access_token_theirs")
            if (family === "oauth2") yield* sentAtLeast(3)
            assert.deepStrictEqual(yield* sent, family === "oauth2" ? ["token", "revoke", "revoke"] : ["token"])
            assert.deepStrictEqual(
              yield* revocations,
              family === "oauth2" ? ["refresh_token_new", "access_token_new"] : []
            )
            const kept = Option.getOrThrow(yield* store.get(key))
            assert.strictEqual(text(kept.tokens.accessToken), "access_token_theirs")
          }).pipe(Effect.provide(scripted([meanwhile, revoked, revoked], {}, Layer.succeedContext(stores))))
        }).pipe(Effect.scoped)
    )
  }
})
