/** A session while another replica works on it. */
import { TokenSession, type TokenSessionShape, TokenSet, TokenStore, type TokenStoreShape } from "@effect-baanx/oauth"
import { answerJson, type MockAnswer, MockHttpClient } from "@effect-baanx/oauth/testing/MockHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Context, DateTime, Duration, Effect, Fiber, Layer, Option, TestClock } from "effect"
import { key } from "./Fixtures.js"
import { issue, revoked, scripted, sent, storeWith } from "./ScriptedSession.js"
import { text } from "./SessionWorld.js"
import { stored, tokensOf } from "./StoreFixtures.js"

const uses: ReadonlyArray<
  readonly [name: string, use: (session: TokenSessionShape) => Effect.Effect<unknown, unknown>]
> = [
  ["accessToken", (session) => session.accessToken(key)],
  ["signOut", (session) => session.signOut(key)]
]

describe("a replica that finds a session leased to another", () => {
  /** Lets the other replica lease the session, and returns when this one asks for the lease. */
  const leased = (lifetime: Duration.DurationInput) => {
    const asked: Array<number> = []
    const store = storeWith(({ lease }) => ({
      lease: (...request) =>
        Effect.zipRight(
          Effect.map(Clock.currentTimeMillis, (now) => void asked.push(now)),
          lease(...request)
        )
    }))
    const start = Effect.gen(function* () {
      const session = yield* TokenSession
      const store = yield* TokenStore
      yield* session.start(key, yield* tokensOf("old", { lifetime: 0 }))
      yield* store.lease(key, stored(yield* store.get(key)).version, Duration.decode(lifetime))
      asked.length = 0
      return session
    })
    return { asked, store, start }
  }

  for (const [name, use] of uses) {
    it.effect(`asks again after 200 ms, then at doubling intervals up to 2 s (${name})`, () => {
      const { asked, start, store } = leased("1 hour")
      return Effect.gen(function* () {
        const session = yield* start
        const waiting = yield* Effect.fork(use(session))
        const times = [0, 200, 600, 1_400, 3_000, 5_000, 7_000]
        for (const time of times) yield* TestClock.setTime(time)
        assert.deepStrictEqual(asked, times)
        yield* Fiber.interrupt(waiting)
        assert.deepStrictEqual(yield* sent, [])
      }).pipe(Effect.provide(scripted([], {}, store)))
    })

    it.effect(`takes over when the lease ends (${name})`, () => {
      const { asked, start, store } = leased("50 millis")
      return Effect.gen(function* () {
        const session = yield* start
        const waiting = yield* Effect.fork(use(session))
        yield* TestClock.adjust("50 millis")
        assert.deepStrictEqual(asked.slice(0, 2), [0, 50])
        yield* Fiber.join(waiting)
        assert.strictEqual((yield* sent)[0], "token")
      }).pipe(Effect.provide(scripted([issue("new"), revoked], {}, store)))
    })
  }

  it.effect("asks once for the lease of a session that no other replica leases", () => {
    const { asked, start, store } = leased(0)
    return Effect.gen(function* () {
      const session = yield* start
      assert.strictEqual(text(yield* session.accessToken(key)), "access_token_new")
      assert.deepStrictEqual(asked, [0])
    }).pipe(Effect.provide(scripted([issue("new")], {}, store)))
  })
})

describe("a replica that is overtaken by another before it gets the lease", () => {
  /** Runs `first` between the read of the session and the lease. */
  const overtakenBy = (first: (memory: TokenStoreShape) => Effect.Effect<void, unknown>) =>
    storeWith((memory) => {
      let isFirst = true
      return {
        lease: (...request) =>
          Effect.suspend(() => {
            const overtaking = isFirst ? Effect.orDie(first(memory)) : Effect.void
            isFirst = false
            return Effect.zipRight(overtaking, memory.lease(...request))
          })
      }
    })
  const startOld = Effect.gen(function* () {
    const session = yield* TokenSession
    yield* session.start(key, yield* tokensOf("old", { lifetime: 0 }))
    return session
  })
  const renewed = overtakenBy((memory) => Effect.flatMap(tokensOf("theirs"), (tokens) => memory.put(key, tokens)))
  const forgotten = overtakenBy((memory) => memory.remove(key))

  it.effect("returns the new tokens if the other renewed them", () =>
    Effect.gen(function* () {
      const session = yield* startOld
      assert.strictEqual(text(yield* session.accessToken(key)), "access_token_theirs")
      assert.deepStrictEqual(yield* sent, [])
    }).pipe(Effect.provide(scripted([], {}, renewed)))
  )

  it.effect("fails with SessionLostError if the other ended the session", () =>
    Effect.gen(function* () {
      const session = yield* startOld
      const error = yield* Effect.flip(session.accessToken(key))
      assert.deepInclude(error, { _tag: "SessionLostError", reason: "NotFound" })
      assert.deepStrictEqual(yield* sent, [])
    }).pipe(Effect.provide(scripted([], {}, forgotten)))
  )

  it.effect("revokes the new tokens if the other renewed them", () =>
    Effect.gen(function* () {
      const session = yield* startOld
      yield* session.signOut(key)
      const [request] = yield* (yield* MockHttpClient).requests
      assert.strictEqual(request?.headers["authorization"], "Bearer access_token_theirs")
      assert.deepStrictEqual(yield* sent, ["revoke"])
    }).pipe(Effect.provide(scripted([revoked], {}, renewed)))
  )

  it.effect("has nothing to revoke if the other ended the session", () =>
    Effect.gen(function* () {
      const session = yield* startOld
      yield* session.signOut(key)
      assert.deepStrictEqual(yield* sent, [])
    }).pipe(Effect.provide(scripted([], {}, forgotten)))
  )
})

describe("a request that is refused with 401", () => {
  const refused: MockAnswer = answerJson(401, {})
  const welcome: MockAnswer = answerJson(200, {})

  const userStatus = Effect.flatMap(TokenSession, (session) =>
    Effect.flatMap(session.httpClient(key), (client) => Effect.map(client.get("/v1/user"), ({ status }) => status))
  )
  const start = (fields: Partial<TokenSet> = {}) =>
    Effect.gen(function* () {
      const store = yield* TokenStore
      yield* store.put(key, new TokenSet({ ...(yield* tokensOf("old")), ...fields }))
    })

  it.effect("is repeated with the tokens that another replica has stored", () =>
    Effect.gen(function* () {
      const stores = yield* Layer.build(TokenStore.layerMemory)
      const store = Context.get(stores, TokenStore)
      const theirs = yield* tokensOf("theirs")
      const meanwhile: MockAnswer = (request) => Effect.zipRight(Effect.orDie(store.put(key, theirs)), refused(request))
      yield* Effect.gen(function* () {
        yield* store.put(key, yield* tokensOf("old"))
        assert.strictEqual(yield* userStatus, 200)
        const requests = yield* (yield* MockHttpClient).requests
        assert.deepStrictEqual(
          requests.map(({ headers }) => headers["authorization"]),
          ["Bearer access_token_old", "Bearer access_token_theirs"]
        )
      }).pipe(Effect.provide(scripted([meanwhile, welcome], {}, Layer.succeedContext(stores))))
    }).pipe(Effect.scoped)
  )

  it.effect("is not repeated, and the session kept, if there is no refresh token", () =>
    Effect.gen(function* () {
      yield* start({ refreshToken: undefined })
      assert.strictEqual(yield* userStatus, 401)
      assert.deepStrictEqual(yield* sent, ["user"])
      assert.isTrue(Option.isSome(yield* (yield* TokenStore).get(key)))
    }).pipe(Effect.provide(scripted([refused])))
  )

  for (const [title, age] of [
    ["a minute ago", 60],
    ["a minute ahead, by the clock of another replica", -60]
  ] as const) {
    it.effect(`is repeated after a renewal if the tokens were renewed ${title}`, () =>
      Effect.gen(function* () {
        yield* TestClock.adjust("1 day")
        yield* start({ grantType: "refresh_token", issuedAt: DateTime.subtract(yield* DateTime.now, { seconds: age }) })
        assert.strictEqual(yield* userStatus, 200)
        assert.deepStrictEqual(yield* sent, ["user", "token", "user"])
      }).pipe(Effect.provide(scripted([refused, issue("new"), welcome])))
    )
  }

  for (const [title, age] of [
    ["59 seconds ago", 59],
    ["59 seconds ahead, by the clock of another replica", -59]
  ] as const) {
    it.effect(`is not repeated if the tokens were renewed ${title}`, () =>
      Effect.gen(function* () {
        yield* TestClock.adjust("1 day")
        yield* start({ grantType: "refresh_token", issuedAt: DateTime.subtract(yield* DateTime.now, { seconds: age }) })
        assert.strictEqual(yield* userStatus, 401)
        assert.deepStrictEqual(yield* sent, ["user"])
      }).pipe(Effect.provide(scripted([refused])))
    )
  }

  it.effect("is repeated after a renewal if the tokens do not say when they were renewed", () =>
    Effect.gen(function* () {
      yield* start({ grantType: "refresh_token" })
      assert.strictEqual(yield* userStatus, 200)
      assert.deepStrictEqual(yield* sent, ["user", "token", "user"])
    }).pipe(Effect.provide(scripted([refused, issue("new"), welcome])))
  )
})
