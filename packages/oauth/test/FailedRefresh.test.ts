/** What a failed refresh means for the next one. */
import { TokenSession, TokenStore } from "@effect-baanx/oauth"
import { answerFailure, answerJson, answerText, type MockAnswer } from "@effect-baanx/oauth/testing/MockHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, FastCheck, Option, TestClock } from "effect"
import { key } from "./Fixtures.js"
import { issue, scripted, sent } from "./ScriptedSession.js"
import { text } from "./SessionWorld.js"
import { tokensOf } from "./StoreFixtures.js"

const html = { "content-type": "text/html" }

/** Baanx may have renewed the tokens. */
const unsettled: ReadonlyArray<readonly [title: string, answer: MockAnswer]> = [
  ["lost its connection after it was sent", answerFailure("Closed", true)],
  ["timed out", answerFailure("Timeout", true)],
  ["failed with 500", answerJson(500, {})],
  ["failed with 503", answerText(503, "<html>", html)],
  ["was redirected", answerText(302, "", { location: "/" })],
  ["returned an HTML page", answerText(200, "<html>", html)],
  ["returned no access token", answerJson(200, { refresh_token: "refresh" })],
  ["returned a body over 64 KiB", answerText(200, "x".repeat(70_000))]
]

/** Baanx has not renewed the tokens. */
const settled: ReadonlyArray<readonly [title: string, answer: MockAnswer]> = [
  ["was not sent", answerFailure("Connect", false)],
  ["was stopped by a proxy", answerText(403, "<html>", html)],
  ["was rate-limited", answerJson(429, {})],
  ["was refused because of the client", answerJson(401, { error: "invalid_client" })],
  ["was refused as invalid", answerJson(400, { error: "invalid_request" })]
]

describe("a refresh token that is refused", () => {
  const reasonAfter = (answer: MockAnswer) =>
    Effect.gen(function* () {
      const session = yield* TokenSession
      yield* session.start(key, yield* tokensOf("1", { lifetime: 0 }))
      yield* Effect.flip(session.accessToken(key))
      assert.isTrue(Option.isSome(yield* (yield* TokenStore).get(key)))
      const error = yield* Effect.flip(session.accessToken(key))
      assert.isTrue(Option.isNone(yield* (yield* TokenStore).get(key)))
      return error._tag === "SessionLostError" ? error.reason : error._tag
    }).pipe(Effect.provide(scripted([answer, answerJson(400, { error: "invalid_grant" })])))

  for (const [title, answer] of unsettled) {
    it.effect(`may have been replaced if an earlier refresh ${title}: RefreshNotSaved`, () =>
      Effect.map(reasonAfter(answer), (reason) => assert.strictEqual(reason, "RefreshNotSaved"))
    )
  }
  for (const [title, answer] of settled) {
    it.effect(`was used or revoked if an earlier refresh ${title}: RefreshTokenSpent`, () =>
      Effect.map(reasonAfter(answer), (reason) => assert.strictEqual(reason, "RefreshTokenSpent"))
    )
  }
})

describe("a refresh that fails with Retry-After", () => {
  it.effect.prop(
    "is not repeated before that time, an hour at most",
    [FastCheck.constantFrom(429, 500, 503, 599), FastCheck.integer({ min: 1, max: 20_000 })],
    ([status, seconds]) =>
      Effect.gen(function* () {
        const session = yield* TokenSession
        yield* session.start(key, yield* tokensOf("old", { lifetime: 0 }))
        yield* Effect.flip(session.accessToken(key))
        yield* TestClock.adjust(Duration.millis(Math.min(seconds, 3_600) * 1_000 - 1))
        assert.deepInclude(yield* Effect.flip(session.accessToken(key)), {
          _tag: "RateLimitedError",
          operation: "refresh",
          retryAfter: Duration.millis(1)
        })
        assert.deepStrictEqual(yield* sent, ["token"])
        yield* TestClock.adjust("1 millis")
        assert.strictEqual(text(yield* session.accessToken(key)), "access_token_new")
      }).pipe(Effect.provide(scripted([answerJson(status, {}, { "retry-after": `${seconds}` }), issue("new")]))),
    { fastCheck: { numRuns: 8 } }
  )
})
