/** When the access token of a session is renewed. */
import { SessionKey, TokenSession } from "@effect-baanx/oauth"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, FastCheck, TestClock } from "effect"
import { key } from "./Fixtures.js"
import { issue, scripted, sent } from "./ScriptedSession.js"
import { text, world } from "./SessionWorld.js"
import { tokensOf } from "./StoreFixtures.js"

describe("an access token", () => {
  it.effect.prop(
    "is renewed when a fifth to four fifteenths of its lifetime are left, but no more than 300 to 400 seconds",
    [FastCheck.string({ minLength: 1, maxLength: 20 }), FastCheck.integer({ min: 3, max: 4_000 })],
    ([id, seconds]) =>
      Effect.gen(function* () {
        const session = yield* TokenSession
        const key = SessionKey.make(id)
        const lifetime = Duration.seconds(seconds)
        const last = Duration.toMillis(Duration.min(Duration.times(lifetime, 1 / 5), Duration.seconds(300)))
        const tokens = yield* tokensOf("old", { lifetime })
        yield* session.start(key, tokens)
        yield* TestClock.setTime(Duration.toMillis(lifetime) - Math.ceil((last * 4) / 3) - 1)
        assert.strictEqual(text(yield* session.accessToken(key)), "access_token_old")
        yield* TestClock.setTime(Duration.toMillis(lifetime) - last)
        assert.strictEqual(text(yield* session.accessToken(key)), "access_token_new")
      }).pipe(Effect.provide(scripted([issue("new")]))),
    { fastCheck: { numRuns: 10 } }
  )

  it.effect("is not renewed with a refresh token that expires at the same time", () =>
    Effect.gen(function* () {
      const session = yield* TokenSession
      yield* session.start(key, yield* tokensOf("1", { lifetime: "1 hour", refreshFor: "1 hour" }))
      yield* TestClock.adjust("1 hour")
      const error = yield* Effect.flip(session.accessToken(key))
      assert.deepInclude(error, { _tag: "SessionLostError", reason: "RefreshTokenExpired" })
      assert.deepStrictEqual(yield* sent, [])
    }).pipe(Effect.provide(scripted([])))
  )
})

describe("sessions that started together", () => {
  for (const [title, keyOf] of [
    ["numbers in sequence", (index: number) => String(index + 1)],
    ["numbers before a word", (index: number) => `${index + 1}-u`],
    ["numbers after a word", (index: number) => `user-${index + 1}`],
    ["UUIDs", (index: number) => `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`]
  ] as const) {
    it.effect(`are not renewed together if their keys are ${title}`, () =>
      Effect.gen(function* () {
        const session = yield* TokenSession
        const tokens = yield* tokensOf("1")
        const keys = Array.from({ length: 100 }, (_, index) => SessionKey.make(keyOf(index)))
        yield* Effect.forEach(keys, (key) => session.start(key, tokens))
        yield* TestClock.adjust(Duration.seconds(6 * 3600 - 400))
        const perStep: Array<number> = []
        for (let second = 0; second <= 100; second += 10) {
          const before = (yield* sent).length
          yield* Effect.forEach(keys, (key) => session.accessToken(key))
          perStep.push((yield* sent).length - before)
          yield* TestClock.adjust("10 seconds")
        }
        assert.lengthOf(yield* sent, 100)
        // A perfectly even spread would renew ten in each step.
        assert.isAbove(perStep.filter((count) => count > 0).length, 6)
        assert.isBelow(Math.max(...perStep), 30)
      }).pipe(Effect.provide(scripted(Array.from({ length: 100 }, (_, index) => issue(`${index}`)))))
    )
  }

  for (const family of ["oauth", "oauth2"] as const) {
    for (const accessTokenSeconds of [300, 60]) {
      it.scoped(`are renewed once in the ${accessTokenSeconds} seconds of an access token (${family})`, () =>
        Effect.gen(function* () {
          const { key, refreshes, session, signIn, user } = yield* world({ family, settings: { accessTokenSeconds } })
          yield* signIn
          for (let second = 1; second <= accessTokenSeconds; second++) {
            yield* TestClock.adjust("1 second")
            yield* session.accessToken(key)
          }
          assert.strictEqual(yield* refreshes, 1)
          assert.strictEqual(yield* user(), 200)
        })
      )
    }
  }
})
