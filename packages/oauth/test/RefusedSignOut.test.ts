/** What a sign-out does when Baanx refuses to revoke. */
import { TokenSession, TokenSet, TokenStore } from "@effect-baanx/oauth"
import {
  answerFailure,
  answerJson,
  answerText,
  type MockAnswer,
  MockHttpClient
} from "@effect-baanx/oauth/testing/MockHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Option, TestClock } from "effect"
import { key } from "./Fixtures.js"
import { issue, revoked, scripted, sent, storeWith } from "./ScriptedSession.js"
import { tokensOf } from "./StoreFixtures.js"

const startWith = (options?: Parameters<typeof tokensOf>[1]) =>
  Effect.gen(function* () {
    const session = yield* TokenSession
    yield* session.start(key, yield* tokensOf("old", options))
    return session
  })

const startWithoutRefreshToken = Effect.gen(function* () {
  const session = yield* TokenSession
  yield* session.start(key, new TokenSet({ ...(yield* tokensOf("old")), refreshToken: undefined }))
  return session
})

const isKept = Effect.map(
  Effect.flatMap(TokenStore, (store) => store.get(key)),
  Option.isSome
)

const bearers = Effect.flatMap(MockHttpClient, ({ requests }) =>
  Effect.map(requests, (all) => all.map(({ headers }) => headers["authorization"]))
)

type Row = readonly [title: string, answer: MockAnswer]

const refused = answerJson(401, { error: "invalid_token" })

/** Refusals of the bearer token with a code or a message, not only a status. */
const bearerRefused: ReadonlyArray<Row> = [
  ["401 invalid_token", refused],
  ["401 with a message", answerJson(401, { message: "Session expired" })],
  ["403 invalid_token", answerJson(403, { error: "invalid_token" })],
  ["400 invalid_token", answerJson(400, { error: "invalid_token" })]
]
const silent: Row = ["401 without words", answerText(401, "")]
const otherwiseRefused: ReadonlyArray<Row> = [
  ["401 invalid_client", answerJson(401, { error: "invalid_client" })],
  ["498", answerJson(498, {})],
  ["403 insufficient_scope", answerJson(403, { error: "insufficient_scope" })],
  ["400 invalid_request", answerJson(400, { error: "invalid_request" })],
  ["403 from a proxy", answerText(403, "<html>", { "content-type": "text/html" })],
  ["429", answerJson(429, {})],
  ["500", answerJson(500, {})],
  ["a broken connection", answerFailure("Closed", true)]
]

describe("a sign-out", () => {
  for (const [title, answer] of [...bearerRefused, silent]) {
    it.effect(`renews the tokens and revokes the new ones: ${title}`, () =>
      Effect.gen(function* () {
        const session = yield* startWith()
        yield* session.signOut(key)
        assert.deepStrictEqual(yield* sent, ["revoke", "token", "revoke"])
        const [first, , last] = yield* bearers
        assert.deepStrictEqual([first, last], ["Bearer access_token_old", "Bearer access_token_new"])
        assert.isFalse(yield* isKept)
      }).pipe(Effect.provide(scripted([answer, issue("new"), revoked])))
    )
  }

  for (const [title, answer] of bearerRefused) {
    it.effect(`succeeds if there is no refresh token to renew with: ${title}`, () =>
      Effect.gen(function* () {
        const session = yield* startWithoutRefreshToken
        yield* session.signOut(key)
        assert.deepStrictEqual(yield* sent, ["revoke"])
        assert.isFalse(yield* isKept)
      }).pipe(Effect.provide(scripted([answer])))
    )
  }

  for (const [title, answer] of otherwiseRefused) {
    it.effect(`fails and keeps the session: ${title}`, () =>
      Effect.gen(function* () {
        const session = yield* startWith()
        yield* Effect.flip(session.signOut(key))
        assert.deepStrictEqual(yield* sent, ["revoke"])
        assert.isTrue(yield* isKept)
      }).pipe(Effect.provide(scripted([answer])))
    )
  }

  for (const [title, answer] of [...otherwiseRefused, silent]) {
    it.effect(`fails and keeps a session without a refresh token: ${title}`, () =>
      Effect.gen(function* () {
        const session = yield* startWithoutRefreshToken
        yield* Effect.flip(session.signOut(key))
        assert.deepStrictEqual(yield* sent, ["revoke"])
        assert.isTrue(yield* isKept)
      }).pipe(Effect.provide(scripted([answer])))
    )
  }

  for (const [title, answer] of bearerRefused) {
    it.effect(`does not renew tokens that are revoked without a bearer: ${title}`, () =>
      Effect.gen(function* () {
        const session = yield* startWith({ family: "oauth2" })
        yield* Effect.flip(session.signOut(key))
        assert.deepStrictEqual(yield* sent, ["revoke", "revoke"])
        assert.isTrue(yield* isKept)
      }).pipe(Effect.provide(scripted([answer, revoked])))
    )
  }

  it.effect("renews once because the tokens have expired, and once because Baanx ended the new ones", () =>
    Effect.gen(function* () {
      const session = yield* startWith({ lifetime: 0 })
      yield* session.signOut(key)
      assert.deepStrictEqual(yield* sent, ["token", "revoke", "token", "revoke"])
      assert.isFalse(yield* isKept)
    }).pipe(Effect.provide(scripted([issue("2"), refused, issue("3"), revoked])))
  )

  it.effect("does not renew a third time", () =>
    Effect.gen(function* () {
      const session = yield* startWith({ lifetime: 0 })
      assert.strictEqual((yield* Effect.flip(session.signOut(key)))._tag, "UnauthorizedError")
      assert.deepStrictEqual(yield* sent, ["token", "revoke", "token", "revoke"])
      assert.isTrue(yield* isKept)
    }).pipe(Effect.provide(scripted([issue("2"), refused, issue("3"), refused])))
  )

  it.effect(
    "does not renew a third time, but revokes with expired tokens, if saving takes longer than the tokens live",
    () => {
      const short = answerJson(200, { access_token: "short", refresh_token: "refresh", expires_in: 1 })
      const slow = storeWith(({ save }) => ({ save: (...saved) => Effect.delay(save(...saved), "1 second") }))
      return Effect.gen(function* () {
        const session = yield* startWith({ lifetime: 0 })
        const signingOut = yield* Effect.fork(session.signOut(key))
        yield* Effect.repeatN(TestClock.adjust("1 second"), 1)
        yield* Fiber.join(signingOut)
        assert.deepStrictEqual(yield* sent, ["token", "token", "revoke"])
        assert.isFalse(yield* isKept)
      }).pipe(Effect.provide(scripted([short, short, revoked], {}, slow)))
    }
  )

  const rest = answerJson(429, {}, { "retry-after": "60" })
  const spent = answerJson(400, { error: "invalid_grant" })

  it.effect("fails with the remaining time if it would have to renew during a rest, and changes nothing", () =>
    Effect.gen(function* () {
      const session = yield* startWith({ lifetime: "1 minute" })
      yield* TestClock.adjust("55 seconds")
      yield* session.accessToken(key)
      for (const seconds of [60, 50]) {
        assert.deepInclude(yield* Effect.flip(session.signOut(key)), {
          _tag: "RateLimitedError",
          operation: "refresh",
          retryAfter: Duration.seconds(seconds)
        })
        yield* TestClock.adjust("10 seconds")
      }
      // The second time, the access token has expired, so no revocation can be sent.
      assert.deepStrictEqual(yield* sent, ["token", "revoke"])
      yield* TestClock.adjust("40 seconds")
      const error = yield* Effect.flip(session.accessToken(key))
      assert.deepInclude(error, { _tag: "SessionLostError", reason: "RefreshTokenSpent" })
    }).pipe(Effect.provide(scripted([rest, refused, spent])))
  )

  it.effect("that failed does not count as a refresh whose tokens may be lost", () =>
    Effect.gen(function* () {
      const session = yield* startWith()
      yield* Effect.flip(session.signOut(key))
      yield* TestClock.adjust("6 hours")
      const error = yield* Effect.flip(session.accessToken(key))
      assert.deepInclude(error, { _tag: "SessionLostError", reason: "RefreshTokenSpent" })
    }).pipe(Effect.provide(scripted([answerFailure("Closed", true), spent])))
  )
})
