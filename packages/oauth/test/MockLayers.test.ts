import {
  AuthorizationFlow,
  AuthorizeService,
  InitiateService,
  LoginService,
  PendingAuthorizations,
  TokenService,
  TokenSession,
  TokenStore
} from "@effect-baanx/oauth"
import { answerFailure, answerText, MockHttpClient } from "@effect-baanx/oauth/testing/MockHttpClient"
import { HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Cause, type Context, DateTime, Duration, Effect, Exit, Layer, Option, Redacted } from "effect"
import {
  accessToken,
  code,
  codeChallenge,
  codeVerifier,
  email,
  key,
  loginToken,
  redirectUri,
  refreshToken,
  sessionToken,
  state
} from "./Fixtures.js"
import { pendingOf, tokensOf } from "./StoreFixtures.js"

describe("a mock layer", () => {
  /** A call of every method, checked by the compiler. */
  const eachDies = <I, Service>(
    name: string,
    tag: Context.Tag<I, Service>,
    mock: (methods: {}) => Layer.Layer<I>,
    calls: { readonly [Method in keyof Service & string]: (service: Service) => Effect.Effect<unknown, unknown> }
  ) => {
    for (const [method, call] of Object.entries<(service: Service) => Effect.Effect<unknown, unknown>>(calls)) {
      it.effect(`dies when ${name}.${method} is called without a mock, and names it`, () =>
        Effect.gen(function* () {
          const exit = yield* Effect.exit(Effect.flatMap(tag, call))
          const defect = Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "it did not fail"
          assert.include(defect, `@effect-baanx/oauth/${name}: Unimplemented method "${method}"`)
        }).pipe(Effect.provide(mock({})))
      )
    }
  }

  eachDies("InitiateService", InitiateService, InitiateService.layerMock, {
    initiate: (service) => service.initiate({ redirectUri, state, codeChallenge }),
    hostedPage: (service) => service.hostedPage({ redirectUri, state, codeChallenge })
  })
  eachDies("LoginService", LoginService, LoginService.layerMock, {
    login: (service) => service.login({ email, password: Redacted.make("x") }),
    sendOtp: (service) => service.sendOtp({ userId: "u" })
  })
  eachDies("AuthorizeService", AuthorizeService, AuthorizeService.layerMock, {
    authorize: (service) => service.authorize({ sessionToken, loginToken, expectedState: state, redirectUri })
  })
  eachDies("TokenService", TokenService, TokenService.layerMock, {
    exchange: (service) => service.exchange({ code, codeVerifier, redirectUri }),
    refresh: (service) => service.refresh({ refreshToken }),
    revoke: (service) => service.revoke({ accessToken })
  })
  eachDies("AuthorizationFlow", AuthorizationFlow, AuthorizationFlow.layerMock, {
    begin: (flow) => flow.begin({ redirectUri }),
    complete: (flow) => flow.complete("?state=x&code=y"),
    prepare: (flow) => flow.prepare({ redirectUri }),
    resume: (flow) => Effect.flatMap(pendingOf("1"), (pending) => flow.resume("?state=x&code=y", pending)),
    signIn: (flow) => flow.signIn({ email, password: Redacted.make("x"), redirectUri }),
    signInWithLoginToken: (flow) => flow.signInWithLoginToken({ loginToken, redirectUri })
  })
  eachDies("PendingAuthorizations", PendingAuthorizations, PendingAuthorizations.layerMock, {
    put: (pending) => Effect.flatMap(pendingOf("1"), pending.put),
    take: (pending) => pending.take(state),
    accept: (pending) => Effect.flatMap(DateTime.now, (now) => pending.accept(state, now))
  })
  eachDies("TokenSession", TokenSession, TokenSession.layerMock, {
    start: (session) => Effect.flatMap(tokensOf("1"), (tokens) => session.start(key, tokens)),
    accessToken: (session) => session.accessToken(key),
    httpClient: (session) => session.httpClient(key),
    signOut: (session) => session.signOut(key),
    forget: (session) => session.forget(key)
  })
  eachDies("TokenStore", TokenStore, TokenStore.layerMock, {
    get: (store) => store.get(key),
    put: (store) => Effect.flatMap(tokensOf("1"), (tokens) => store.put(key, tokens)),
    lease: (store) => store.lease(key, 1, Duration.minutes(1)),
    save: (store) => Effect.flatMap(tokensOf("1"), (tokens) => store.save(key, 1, tokens)),
    release: (store) => store.release(key, 1, false),
    remove: (store) => store.remove(key)
  })

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
