import {
  AuthorizationFlow,
  AuthorizeService,
  InitiateService,
  LoginService,
  PendingAuthorizations,
  TokenSession,
  type TokenSessionShape,
  TokenStore,
  type TokenStoreShape
} from "@effect-baanx/oauth"
import { answerFailure, answerText, MockHttpClient } from "@effect-baanx/oauth/testing/MockHttpClient"
import { HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Duration, Effect, Exit, Layer, Option } from "effect"
import { authorize } from "./AuthorizeSuite.js"
import { accessToken, key, redirectUri, state } from "./Fixtures.js"
import { tokensOf } from "./StoreFixtures.js"

type Calls<Service> = Record<keyof Service, (service: Service) => Effect.Effect<unknown, unknown>>

describe("a mock layer", () => {
  const dies = (service: string, method: string, call: () => Effect.Effect<unknown, unknown>) => {
    it.effect(`dies when ${service}.${method} is called without a mock, and names it`, () =>
      Effect.gen(function* () {
        const exit = yield* Effect.exit(call())
        const defect = Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "it did not fail"
        assert.include(defect, `@effect-baanx/oauth/${service}`)
        assert.include(defect, `"${method}"`)
      })
    )
  }

  dies("AuthorizeService", "authorize", () => Effect.provide(authorize(), AuthorizeService.layerMock({})))
  dies("AuthorizationFlow", "complete", () =>
    Effect.flatMap(AuthorizationFlow, (flow) => flow.complete("?state=x&code=y")).pipe(
      Effect.provide(AuthorizationFlow.layerMock({}))
    )
  )
  dies("InitiateService", "initiate", () =>
    Effect.flatMap(InitiateService, (service) => service.initiate({ redirectUri, state, codeChallenge: "x" })).pipe(
      Effect.provide(InitiateService.layerMock({}))
    )
  )
  dies("LoginService", "sendOtp", () =>
    Effect.flatMap(LoginService, (service) => service.sendOtp({ userId: "u" })).pipe(
      Effect.provide(LoginService.layerMock({}))
    )
  )
  dies("PendingAuthorizations", "take", () =>
    Effect.flatMap(PendingAuthorizations, (pending) => pending.take(state)).pipe(
      Effect.provide(PendingAuthorizations.layerMock({}))
    )
  )
  const ofSession: Calls<TokenSessionShape> = {
    start: (session) => Effect.flatMap(tokensOf("1"), (tokens) => session.start(key, tokens)),
    accessToken: (session) => session.accessToken(key),
    httpClient: (session) => session.httpClient(key),
    signOut: (session) => session.signOut(key),
    forget: (session) => session.forget(key)
  }
  const ofStore: Calls<TokenStoreShape> = {
    get: (store) => store.get(key),
    put: (store) => Effect.flatMap(tokensOf("1"), (tokens) => store.put(key, tokens)),
    lease: (store) => store.lease(key, 1, Duration.minutes(1)),
    save: (store) => Effect.flatMap(tokensOf("1"), (tokens) => store.save(key, 1, tokens)),
    release: (store) => store.release(key, 1, false),
    remove: (store) => store.remove(key)
  }
  for (const [method, call] of Object.entries(ofSession)) {
    dies("TokenSession", method, () => Effect.provide(Effect.flatMap(TokenSession, call), TokenSession.layerMock({})))
  }
  for (const [method, call] of Object.entries(ofStore)) {
    dies("TokenStore", method, () => Effect.provide(Effect.flatMap(TokenStore, call), TokenStore.layerMock({})))
  }

  it.effect("runs the methods that were mocked", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* (yield* TokenSession).accessToken(key), accessToken)
      assert.deepStrictEqual(yield* (yield* TokenStore).get(key), Option.none())
    }).pipe(
      Effect.provide(
        Layer.merge(
          TokenSession.layerMock({ accessToken: () => Effect.succeed(accessToken) }),
          TokenStore.layerMock({ get: () => Effect.succeedNone })
        )
      )
    )
  )
})

describe("MockHttpClient", () => {
  it.effect("plays its script in order, counts the responses left, and dies with advice when it runs out", () =>
    Effect.gen(function* () {
      const mock = yield* MockHttpClient
      const client = yield* HttpClient.HttpClient
      assert.strictEqual(yield* mock.unused, 3)
      for (const status of [204, 304]) {
        const response = yield* client.get("https://api.baanx.com/a")
        assert.strictEqual(response.status, status)
        assert.strictEqual(yield* response.text, "")
      }
      assert.strictEqual(yield* mock.unused, 1)
      const error = yield* Effect.flip(client.get("https://api.baanx.com/b"))
      assert.deepInclude(error, { _tag: "RequestError", reason: "Transport" })
      assert.deepInclude(error.cause, { reason: "Closed", sent: true })
      const exit = yield* Effect.exit(client.get("https://api.baanx.com/c?d=e"))
      assert.include(
        Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "",
        "MockHttpClient: GET /c is request 4, but the script has 3. Add a response to it."
      )
      assert.strictEqual(yield* mock.unused, 0)
      assert.lengthOf(yield* mock.requests, 4)
    }).pipe(
      Effect.provide(
        MockHttpClient.layer([answerText(204, "ignored"), answerText(304, "ignored"), answerFailure("Closed", true)])
      )
    )
  )
})
