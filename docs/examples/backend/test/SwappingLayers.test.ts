/** Tests the backend with each service replaced by a mock, or the `HttpClient` by a script. No test uses a socket. */
import {
  AccessToken,
  AuthorizationCode,
  AuthorizationFlow,
  AuthorizationGrant,
  AuthorizeService,
  type AuthorizeServiceShape,
  Baanx,
  BaanxClient,
  CodeVerifier,
  InitiateService,
  InvalidCredentialsError,
  LoginService,
  type LoginServiceShape,
  LoginToken,
  OtpRequiredError,
  PendingAuthorization,
  PendingAuthorizations,
  RefreshToken,
  ReplayedStateError,
  SecureRandom,
  SessionLostError,
  SessionToken,
  State,
  StateMismatchError,
  StoreError,
  TokenService,
  type TokenServiceShape,
  TokenSession,
  TokenSet,
  TokenStore,
  TransportError
} from "@effect-baanx/oauth"
import { answerJson, MockHttpClient } from "@effect-baanx/oauth/testing/MockHttpClient"
import { HttpClient, HttpClientRequest, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Layer, Redacted, Schema } from "effect"
import { pagesOf } from "./Fixtures.js"
import { browserOver, home, redirectUri } from "./NoSocket.js"

const state = Schema.decodeSync(State)("a-state-of-this-test")
const tokens = new TokenSet({
  accessToken: Schema.decodeSync(AccessToken)("access-1"),
  refreshToken: Schema.decodeSync(RefreshToken)("refresh-1"),
  expiresAt: DateTime.unsafeMake("2100-01-01T00:00:00Z"),
  region: "international"
})
const credentials = { email: "user@example.com", password: "a password" }

const from = home
const page = pagesOf(home)
const tag = (body: string) => Schema.decodeSync(Schema.parseJson(Schema.Struct({ _tag: Schema.String })))(body)._tag

const plain = (token: Redacted.Redacted<string> | undefined) => (token === undefined ? "" : Redacted.value(token))

/** Fixed randomness, and the state that it produces. */
const fixed = Layer.succeed(SecureRandom, { bytes: (length) => Effect.succeed(new Uint8Array(length)) })
const fixedState = "A".repeat(43)

const settings = { clientKey: Redacted.make("client-key") }
const noCalls = MockHttpClient.layer([])

describe("with AuthorizationFlow swapped", () => {
  const pending = new PendingAuthorization({
    state,
    codeVerifier: CodeVerifier.make("a-verifier-of-this-test"),
    redirectUri,
    region: "international",
    pathFamily: "oauth",
    baseUrl: "https://baanx.example",
    expiresAt: DateTime.unsafeMake("2100-01-01T00:00:00Z")
  })
  const resumed: Array<string> = []
  const flow = AuthorizationFlow.layerMock({
    prepare: () => Effect.succeed({ browserUrl: Redacted.make(new URL("https://baanx.example/page")), pending }),
    resume: (_, pending) =>
      Effect.sync(() => {
        resumed.push(plain(pending.state), plain(pending.codeVerifier))
        return tokens
      })
  })
  const kept: Array<string> = []
  const session = TokenSession.layerMock({ start: (key) => Effect.sync(() => void kept.push(key)) })
  const services = Layer.mergeAll(flow, session, LoginService.layerMock({}))
  const callback = page("/callback?code=c&state=a-state-of-this-test")

  it.scoped("GET /callback resumes the sign-in that GET /sign-in prepared", () =>
    Effect.gen(function* () {
      const browser = yield* browserOver(services)
      const visit = yield* browser.visit(page("/sign-in"))
      assert.strictEqual(visit.status, 302)
      assert.strictEqual(visit.location.href, "https://baanx.example/page")
      const done = yield* browser.visit(callback, { from: new URL("https://baanx.example/page") })
      assert.strictEqual(done.status, 302)
      assert.deepStrictEqual(resumed, ["a-state-of-this-test", "a-verifier-of-this-test"])
    })
  )

  it.scoped("GET /callback starts a session under the hash of a new cookie, and forgets the state", () =>
    Effect.gen(function* () {
      const browser = yield* browserOver(services)
      yield* browser.visit(page("/sign-in"))
      const visit = yield* browser.visit(callback, { from: new URL("https://baanx.example/page") })
      assert.strictEqual(visit.location.href, home.href)
      assert.deepStrictEqual(Object.keys(yield* browser.cookies(home)), ["__Host-session"])
      assert.match(kept.at(-1) ?? "", /^[\w-]{43}$/)
      assert.notInclude(visit.headers.getSetCookie().join(), kept.at(-1) ?? "")
    })
  )
})

describe("with TokenSession swapped", () => {
  const me = (session: Layer.Layer<TokenSession>) =>
    Effect.flatMap(
      browserOver(Layer.mergeAll(AuthorizationFlow.layerMock({}), LoginService.layerMock({}), session)),
      (browser) =>
        Effect.zipRight(
          Effect.promise(() => browser.jar.setCookie("__Host-session=a-session; Path=/; Secure", home.href)),
          browser.visit(page("/me"))
        )
    )

  it.scoped("GET /me responds with the user's data from Baanx", () =>
    Effect.gen(function* () {
      const client = HttpClient.make((request) =>
        Effect.succeed(HttpClientResponse.fromWeb(request, Response.json({ id: "u-1", email: "user@example.com" })))
      ).pipe(HttpClient.mapRequest(HttpClientRequest.prependUrl("https://baanx.example")))
      const visit = yield* me(TokenSession.layerMock({ httpClient: () => Effect.succeed(client) }))
      assert.strictEqual(visit.status, 200)
      assert.deepStrictEqual(JSON.parse(visit.body), { id: "u-1", email: "user@example.com" })
    })
  )

  it.scoped("GET /me responds with the status of each error", () =>
    Effect.gen(function* () {
      const failures = [
        [new SessionLostError({ operation: "refresh", reason: "NotFound" }), 401],
        [new StoreError({ store: "TokenStore", reason: "Unavailable" }), 503],
        [new TransportError({ operation: "refresh", reason: "Timeout", sent: true }), 502]
      ] as const
      for (const [error, status] of failures) {
        const visit = yield* me(TokenSession.layerMock({ httpClient: () => error }))
        assert.strictEqual(visit.status, status)
        assert.strictEqual(tag(visit.body), error._tag)
      }
    })
  )
})

describe("with the four steps swapped", () => {
  const grant = new AuthorizationGrant({
    code: Schema.decodeSync(AuthorizationCode)("code-1"),
    state,
    redirectUrl: Redacted.make("https://app.example.com/callback?code=code-1&state=a-state-of-this-test")
  })

  const signIn = (
    steps: {
      readonly login?: LoginServiceShape["login"]
      readonly authorize?: AuthorizeServiceShape["authorize"]
      readonly exchange?: TokenServiceShape["exchange"]
    },
    payload: unknown = credentials
  ) =>
    Effect.gen(function* () {
      const sentTo: Array<string> = []
      const mocks = Layer.mergeAll(
        InitiateService.layerMock({
          initiate: () => Effect.succeed(Schema.decodeSync(SessionToken)("aaa.bbb.ccc"))
        }),
        LoginService.layerMock({
          login: steps.login ?? (() => Effect.succeed(Schema.decodeSync(LoginToken)("login-1"))),
          sendOtp: ({ userId }) => Effect.sync(() => void sentTo.push(userId))
        }),
        AuthorizeService.layerMock({ authorize: steps.authorize ?? (() => Effect.succeed(grant)) }),
        TokenService.layerMock({ exchange: steps.exchange ?? (() => Effect.succeed(tokens)) })
      )
      const services = Layer.mergeAll(AuthorizationFlow.layer, TokenSession.layer).pipe(
        Layer.provideMerge(mocks),
        Layer.provide([BaanxClient.layer(settings), PendingAuthorizations.layerMemory, TokenStore.layerMemory]),
        Layer.provide(noCalls)
      )
      const browser = yield* browserOver(services)
      const visit = yield* browser.visit(page("/sign-in"), { from, method: "POST", json: payload })
      return { ...visit, cookies: Object.keys(yield* browser.cookies(home)), sentTo }
    })

  it.scoped("POST /sign-in passes the tokens of one step to the next", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const { cookies, status } = yield* signIn({
        authorize: ({ loginToken, sessionToken }) =>
          Effect.sync(() => {
            seen.push(plain(sessionToken), plain(loginToken))
            return grant
          }),
        exchange: ({ code }) =>
          Effect.sync(() => {
            seen.push(plain(code))
            return tokens
          })
      })
      assert.strictEqual(status, 204)
      assert.deepStrictEqual(cookies, ["__Host-session"])
      assert.deepStrictEqual(seen, ["aaa.bbb.ccc", "login-1", "code-1"])
    })
  )

  it.scoped("POST /sign-in requests one code for a user with a second factor", () =>
    Effect.gen(function* () {
      const login: LoginServiceShape["login"] = ({ otp }) =>
        otp !== undefined && Redacted.value(otp) === "123456"
          ? Effect.succeed(Schema.decodeSync(LoginToken)("login-1"))
          : new OtpRequiredError({ operation: "login", userId: "u-1", phoneNumber: "+44*****1" })
      const first = yield* signIn({ login })
      assert.strictEqual(first.status, 401)
      assert.strictEqual(tag(first.body), "OtpRequiredError")
      assert.deepStrictEqual(first.sentTo, ["u-1"])
      const second = yield* signIn({ login }, { ...credentials, otp: "123456" })
      assert.strictEqual(second.status, 204)
      assert.deepStrictEqual(second.sentTo, [])
    })
  )

  it.scoped("POST /sign-in responds with the status of the step that failed, and sets no cookie", () =>
    Effect.gen(function* () {
      const failures = [
        [
          { login: () => new InvalidCredentialsError({ operation: "login", description: "no" }) },
          401,
          "InvalidCredentialsError"
        ],
        [{ authorize: () => new StateMismatchError({ operation: "authorize" }) }, 400, "StateMismatchError"],
        [
          { exchange: () => new TransportError({ operation: "token", reason: "Closed", sent: true }) },
          502,
          "TransportError"
        ]
      ] as const
      for (const [steps, status, error] of failures) {
        const answer = yield* signIn(steps)
        assert.strictEqual(answer.status, status)
        assert.strictEqual(tag(answer.body), error)
        assert.deepStrictEqual(answer.cookies, [])
      }
    })
  )
})

describe("with the stores swapped", () => {
  it.scoped("refuses a callback whose state was already accepted, before sending anything", () =>
    Effect.gen(function* () {
      const browser = yield* browserOver(
        Baanx.layerWithStores({ ...settings, pathFamily: "oauth2" }).pipe(
          Layer.provide([
            PendingAuthorizations.layerMock({ accept: () => new ReplayedStateError() }),
            TokenStore.layerMock({}),
            noCalls,
            fixed
          ])
        )
      )
      const begun = yield* browser.visit(page("/sign-in"))
      assert.strictEqual(begun.location.searchParams.get("state"), fixedState)
      const visit = yield* browser.visit(page(`/callback?code=c&state=${fixedState}`))
      assert.strictEqual(visit.status, 400)
      assert.strictEqual(tag(visit.body), "ReplayedStateError")
    })
  )

  it.scoped("responds with 503 and sets no cookie if the TokenStore is unavailable", () =>
    Effect.gen(function* () {
      const away = new StoreError({ store: "TokenStore", reason: "Unavailable" })
      const browser = yield* browserOver(
        Layer.mergeAll(AuthorizationFlow.layerMock({ signIn: () => Effect.succeed(tokens) }), TokenSession.layer).pipe(
          Layer.provideMerge(Layer.merge(LoginService.layerMock({}), TokenService.layerMock({}))),
          Layer.provide([BaanxClient.layer(settings), TokenStore.layerMock({ put: () => away })]),
          Layer.provide(noCalls)
        )
      )
      const visit = yield* browser.visit(page("/sign-in"), { from, method: "POST", json: credentials })
      assert.strictEqual(visit.status, 503)
      assert.strictEqual(tag(visit.body), "StoreError")
      assert.deepStrictEqual(Object.keys(yield* browser.cookies(home)), [])
    })
  )
})

describe("with a script for Baanx", () => {
  it.scoped("a user signs in, is recognised and signs out, with the calls that Baanx documents", () =>
    Effect.gen(function* () {
      const script = yield* Layer.build(
        MockHttpClient.layer([
          answerJson(200, { accessToken: "login-1", userId: "u-1", isOtpRequired: false, phase: null }),
          answerJson(200, { token: "aaa.bbb.ccc" }),
          answerJson(200, {
            url: `${redirectUri}?state=${fixedState}&code=code-1`,
            code: "code-1",
            state: fixedState
          }),
          answerJson(200, { access_token: "access-1", expires_in: 21600, refresh_token: "refresh-1" }),
          answerJson(200, { id: "u-1", email: "user@example.com" }),
          answerJson(200, { success: true })
        ])
      )
      const browser = yield* browserOver(
        Baanx.layer(settings).pipe(Layer.provide([Layer.succeedContext(script), fixed]))
      )
      const signedIn = yield* browser.visit(page("/sign-in"), { from, method: "POST", json: credentials })
      assert.strictEqual(signedIn.status, 204)
      const me = yield* browser.visit(page("/me"), { from })
      assert.deepStrictEqual(JSON.parse(me.body), { id: "u-1", email: "user@example.com" })
      const signedOut = yield* browser.visit(page("/sign-out"), { from, method: "POST" })
      assert.strictEqual(signedOut.status, 204)
      assert.deepStrictEqual(Object.keys(yield* browser.cookies(home)), [])

      const { requests, unused } = yield* Effect.provide(MockHttpClient, script)
      assert.strictEqual(yield* unused, 0)
      assert.deepStrictEqual(
        (yield* requests).map(({ headers, method, url }) => [
          `${method} ${new URL(url).pathname}`,
          headers["authorization"]
        ]),
        [
          ["POST /v1/auth/login", undefined],
          ["GET /v1/auth/oauth/authorize/initiate", undefined],
          ["POST /v1/auth/oauth/authorize", "Bearer login-1"],
          ["POST /v1/auth/oauth/token", undefined],
          ["GET /v1/user", "Bearer access-1"],
          ["DELETE /v1/auth/oauth/revoke", "Bearer access-1"]
        ]
      )
    })
  )
})
