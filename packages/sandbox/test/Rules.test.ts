import { Sandbox, type SandboxOptions } from "@effect-baanx/sandbox"
import type { HttpClient } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Struct, TestClock } from "effect"
import { clientKey, email, password, redirectUri } from "./Fixtures.js"
import {
  authorize,
  authorizeCall,
  call,
  exchangeCall,
  hostedCode,
  hostedExchangeCall,
  hostedPageCall,
  hostedSession,
  hostedTokens,
  initiateCall,
  loginCall,
  refreshCall,
  signIn,
  startSession,
  tokens,
  userCall,
  type Call,
  type CallWithJson
} from "./Steps.js"

interface Rule {
  readonly rule: string
  readonly request: Effect.Effect<Call, unknown, Sandbox | HttpClient.HttpClient>
  readonly status: number
  readonly body?: Readonly<Record<string, unknown>>
  readonly options?: SandboxOptions
}

const table = (rules: ReadonlyArray<Rule>) => {
  for (const { body, options, request, rule, status } of rules) {
    it.effect(rule, () =>
      Effect.gen(function* () {
        const answer = yield* call(yield* request)
        expect({ status: answer.status, body: body === undefined ? undefined : answer.body }).toEqual({ status, body })
      }).pipe(Effect.provide(Sandbox.layerHttpClient({ seed: rule, ...options })))
    )
  }
}

const oauth = (error: string, error_description: string) => ({ error, error_description })
const missing = (name: string) => oauth("invalid_request", `Missing required parameter: ${name}`)
const doubled = (name: string) => oauth("invalid_request", `Duplicated parameter: ${name}`)
const notAllowed = (name: string) => ({ message: `${name} field is not allowed` })
const wrongCode = oauth("invalid_grant", "The authorization code is invalid, expired or used")
const wrongRefreshToken = oauth("invalid_grant", "The refresh token is invalid, expired or revoked")
const wrongSession = oauth("invalid_request", "The session token is invalid")

const other = { "x-client-key": "other-client-key" }
const us = { "x-us-env": "true" }

/** A request with some of its values changed; `undefined` leaves one out. */
const withQuery = (request: typeof initiateCall, change: Readonly<Record<string, string | undefined>>) =>
  Effect.map(request, (call) => ({ ...call, query: { ...call.query, ...change } }))
const withHeaders = <E, R>(request: Effect.Effect<Call, E, R>, headers: Call["headers"]) =>
  Effect.map(request, (call) => ({ ...call, headers: { ...call.headers, ...headers } }))
const withJson = <E, R>(request: Effect.Effect<Call, E, R>, change: Readonly<Record<string, unknown>>) =>
  Effect.map(request, (call) => ({ ...call, json: { ...call.json, ...change } }))
const withText = <E, R>(
  request: Effect.Effect<Call, E, R>,
  text: string | Uint8Array,
  contentType = "application/json"
) =>
  Effect.map(request, (call): Call => ({
    ...Struct.omit(call, "json"),
    text,
    headers: { ...call.headers, "content-type": contentType }
  }))
const doubledQuery = (request: typeof initiateCall, name: string) =>
  Effect.map(request, (call) => {
    const query = new URLSearchParams()
    for (const [key, value] of Object.entries(call.query)) if (value !== undefined) query.append(key, value)
    query.append(name, query.get(name) ?? "")
    return { ...call, query: query.toString() }
  })
const after = <A, E, R>(seconds: number, effect: Effect.Effect<A, E, R>) =>
  Effect.tap(effect, () => TestClock.adjust(`${seconds} seconds`))

const login = Effect.succeed(loginCall)
const authorizeRequest = Effect.zipWith(startSession(), signIn(), authorizeCall)
const exchange = Effect.flatMap(authorize(), exchangeCall)
const refresh = Effect.map(tokens(), ({ refreshToken }) => refreshCall(refreshToken))

describe("every request", () => {
  table([
    {
      rule: "without a client key",
      request: withHeaders(login, { "x-client-key": undefined }),
      status: 499,
      body: { message: "Missing client key" }
    },
    {
      rule: "with a blank client key",
      request: withHeaders(login, { "x-client-key": "" }),
      status: 499,
      body: { message: "Missing client key" }
    },
    {
      rule: "with an unknown client key",
      request: withHeaders(login, { "x-client-key": "nobody" }),
      status: 498,
      body: { message: "Invalid client key" }
    },
    {
      rule: "without a client key and too large: the key counts first",
      request: withHeaders(withText(login, "x".repeat(70_000)), { "x-client-key": undefined }),
      status: 499
    },
    {
      rule: "of more than 64 KiB",
      request: withText(login, `{"email":"${"x".repeat(70_000)}"}`),
      status: 413,
      body: { message: "The body is larger than 65536 bytes" }
    },
    { rule: "that is no JSON", request: withText(login, "{"), status: 400, body: { message: "The body is not JSON" } },
    {
      rule: "that is a JSON array",
      request: withText(login, "[]"),
      status: 400,
      body: { message: "The body is not a JSON object" }
    },
    {
      rule: "that is JSON null",
      request: withText(login, "null"),
      status: 400,
      body: { message: "The body is not a JSON object" }
    },
    {
      rule: "that nests deeper than 64 levels",
      request: withText(login, `{"email":${"[".repeat(64)}${"]".repeat(64)}}`),
      status: 400,
      body: { message: "The body nests deeper than 64 levels" }
    },
    {
      rule: "that nests 64 levels deep",
      request: withText(login, `{"email":${"[".repeat(63)}${"]".repeat(63)}}`),
      status: 422,
      body: { message: "email field must be a string" }
    },
    {
      rule: "that is not UTF-8",
      request: withText(login, new Uint8Array([0x7b, 0xff, 0x7d])),
      status: 400,
      body: { message: "The body is not UTF-8" }
    },
    {
      rule: "of a wrong content type",
      request: withText(login, "{}", "text/plain"),
      status: 400,
      body: { message: "The content type must be application/json" }
    },
    {
      rule: "as a form where only JSON is taken",
      request: withText(login, "email=a%40b", "application/x-www-form-urlencoded"),
      status: 400,
      body: { message: "The content type must be application/json" }
    },
    { rule: "in another charset", request: withText(login, "{}", "application/json; charset=utf-16"), status: 400 },
    {
      rule: "in UTF-8, said in so many words",
      request: withText(login, JSON.stringify(loginCall.json), "application/json; charset=UTF-8"),
      status: 200
    },
    {
      rule: "that says it is compressed",
      request: withHeaders(login, { "content-encoding": "gzip" }),
      status: 400,
      body: { message: "The body must not be compressed" }
    },
    {
      rule: "without a body",
      request: Effect.map(login, Struct.omit("json")),
      status: 400,
      body: { message: "The body is empty" }
    },
    {
      rule: "with a field twice",
      request: withText(login, `{"email":"a@b","password":"x","email":"c@d"}`),
      status: 400,
      body: { message: "Duplicated parameter: email" }
    },
    {
      rule: "with a field twice, once escaped",
      request: withText(login, `{"email":"a@b","\\u0065mail":"c@d"}`),
      status: 400,
      body: { message: "Duplicated parameter: email" }
    },
    {
      rule: "with an unknown field",
      request: withJson(login, { otp: "123456" }),
      status: 422,
      body: notAllowed("otp")
    },
    {
      rule: "with __proto__",
      request: withText(login, `{"__proto__":{"x":1}}`),
      status: 422,
      body: notAllowed("__proto__")
    },
    {
      rule: "with an unknown query parameter",
      request: Effect.map(login, (call) => ({ ...call, query: { page: "1" } })),
      status: 422,
      body: notAllowed("page")
    },
    {
      rule: "to an unknown path",
      request: Effect.succeed({ path: "/v1/nothing" }),
      status: 404,
      body: { message: "Not found" }
    },
    {
      rule: "with a wrong method",
      request: Effect.succeed({ path: "/v1/auth/login" }),
      status: 405,
      body: { message: "Method not allowed" }
    },
    {
      rule: "with a third value of x-us-env",
      request: withHeaders(login, { "x-us-env": "yes" }),
      status: 400,
      body: { message: 'The x-us-env header must be "true" or "false"' }
    },
    {
      rule: "with regions that contradict each other",
      request: Effect.map(login, (call) => ({ ...call, headers: { "x-us-env": "false" }, query: { region: "us" } })),
      status: 400
    },
    {
      rule: "with an unknown region",
      request: Effect.map(login, (call) => ({ ...call, query: { region: "eu" } })),
      status: 400,
      body: { message: "region is not valid" }
    }
  ])
})

describe("step 1, initiate", () => {
  const initiate = initiateCall
  table([
    { rule: "answers a token and the page", request: initiate, status: 200 },
    { rule: "without mode=api redirects", request: withQuery(initiate, { mode: undefined }), status: 302 },
    ...["response_type", "client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method"].flatMap(
      (name) => [
        {
          rule: `without ${name}`,
          request: withQuery(initiate, { [name]: undefined }),
          status: 400,
          body: missing(name)
        },
        {
          rule: `with a blank ${name}`,
          request: withQuery(initiate, { [name]: "" }),
          status: 400,
          body: missing(name)
        },
        { rule: `with ${name} twice`, request: doubledQuery(initiate, name), status: 400, body: doubled(name) }
      ]
    ),
    {
      rule: "with response_type=token",
      request: withQuery(initiate, { response_type: "token" }),
      status: 400,
      body: oauth("unsupported_response_type", "Invalid parameter: response_type")
    },
    {
      rule: "with code_challenge_method=plain",
      request: withQuery(initiate, { code_challenge_method: "plain" }),
      status: 400,
      body: oauth("invalid_request", "Invalid parameter: code_challenge_method (S256)")
    },
    {
      rule: "with a challenge of 42 characters",
      request: withQuery(initiate, { code_challenge: "a".repeat(42) }),
      status: 400
    },
    {
      rule: "with a challenge of 44 characters",
      request: withQuery(initiate, { code_challenge: "a".repeat(44) }),
      status: 400
    },
    {
      rule: "with a padded challenge",
      request: withQuery(initiate, { code_challenge: `${"a".repeat(42)}=` }),
      status: 400
    },
    {
      rule: "with a state of 7 characters",
      request: withQuery(initiate, { state: "1234567" }),
      status: 400,
      body: oauth("invalid_request", "Invalid parameter: state (at least 8 characters)")
    },
    { rule: "with mode=web", request: withQuery(initiate, { mode: "web" }), status: 400 },
    {
      rule: "with a scope, which this family does not know",
      request: withQuery(initiate, { scope: "openid" }),
      status: 422,
      body: notAllowed("scope")
    },
    {
      rule: "with the client_id of another client",
      request: withQuery(initiate, { client_id: "other-client-key" }),
      status: 400,
      body: oauth("invalid_client", "The client_id is not the x-client-key of the request")
    },
    {
      rule: "with an unregistered redirect_uri",
      request: withQuery(initiate, { redirect_uri: "https://evil.example/callback" }),
      status: 400,
      body: oauth("invalid_request", "The redirect_uri is not registered for this client")
    },
    {
      rule: "with a redirect_uri that only begins like the registered one",
      request: withQuery(initiate, { redirect_uri: `${redirectUri}/..` }),
      status: 400
    },
    {
      rule: "with the secret key",
      request: withHeaders(initiate, { "x-secret-key": "sandbox-secret-key" }),
      status: 200
    },
    {
      rule: "with a wrong secret key",
      request: withHeaders(initiate, { "x-secret-key": "wrong" }),
      status: 400,
      body: oauth("invalid_client", "Invalid secret key")
    },
    {
      rule: "with the secret key of another client",
      request: withHeaders(initiate, { "x-secret-key": "other-secret-key" }),
      status: 400,
      body: oauth("invalid_client", "Invalid secret key")
    },
    {
      rule: "without the secret key where it is required",
      request: initiate,
      status: 400,
      body: oauth("invalid_client", "Missing required header: x-secret-key"),
      options: { settings: { secretKeyOnInitiate: "required" } }
    },
    {
      rule: "with the secret key where it is refused",
      request: withHeaders(initiate, { "x-secret-key": "sandbox-secret-key" }),
      status: 400,
      body: oauth("invalid_client", "The x-secret-key header is not allowed here"),
      options: { settings: { secretKeyOnInitiate: "refused" } }
    },
    {
      rule: "with the client key as client_secret, as one client does",
      request: withQuery(initiate, { client_secret: clientKey }),
      status: 200
    },
    {
      rule: "with a wrong client_secret",
      request: withQuery(initiate, { client_secret: "wrong" }),
      status: 400,
      body: oauth("invalid_client", "Invalid client secret")
    }
  ])
})

describe("step 2, login", () => {
  const as = (change: Readonly<Record<string, unknown>>) => withJson(login, change)
  const id = "6f6c9d4e-6a52-4f5e-9b0a-5d0f6a3d2c11"
  const withOtp = {
    users: [{ id, email: "otp@example.com", password: "p", otp: "123456", phoneNumber: "+447700900225" }]
  }
  const otpLogin = as({ email: "otp@example.com", password: "p" })
  const sendOtp = call({ method: "POST", path: "/v1/auth/login/otp", json: { userId: id } })
  const pending = {
    userId: id,
    phase: null,
    verificationState: "VERIFIED",
    isLinked: false,
    isOtpRequired: true,
    phoneNumber: "+447*****225"
  }
  table([
    { rule: "of a user", request: login, status: 200 },
    {
      rule: "without an email",
      request: withText(login, `{"password":"x"}`),
      status: 400,
      body: { message: "email is required" }
    },
    {
      rule: "without a password",
      request: as({ password: "" }),
      status: 400,
      body: { message: "password is required" }
    },
    {
      rule: "with an email that is none",
      request: as({ email: "user" }),
      status: 400,
      body: { message: "email is not valid" }
    },
    {
      rule: "with a number for a password",
      request: as({ password: 5 }),
      status: 422,
      body: { message: "password field must be a string" }
    },
    {
      rule: "with null for a one-time code",
      request: as({ otpCode: null }),
      status: 422,
      body: { message: "otpCode field must be a string" }
    },
    {
      rule: "with five digits for a one-time code",
      request: as({ otpCode: "12345" }),
      status: 400,
      body: { message: "otpCode must have 6 digits" }
    },
    {
      rule: "with a wrong password",
      request: as({ password: "wrong" }),
      status: 401,
      body: { message: "Incorrect email or password" }
    },
    {
      rule: "of nobody",
      request: as({ email: "nobody@example.com" }),
      status: 401,
      body: { message: "Incorrect email or password" }
    },
    {
      rule: "of a locked user",
      request: as({ email: "locked@example.com" }),
      status: 401,
      body: { message: "Account locked" }
    },
    {
      rule: "after five wrong passwords",
      request: Effect.zipRight(Effect.replicateEffect(Effect.flatMap(as({ password: "wrong" }), call), 5), login),
      status: 401,
      body: { message: "Account locked" }
    },
    {
      rule: "after four wrong passwords and a right one",
      request: Effect.zipRight(Effect.replicateEffect(Effect.flatMap(as({ password: "wrong" }), call), 4), login),
      status: 200
    },
    {
      rule: "of a disabled user",
      request: as({ email: "disabled@example.com" }),
      status: 403,
      body: { message: "Your account has been disabled. Please contact support." }
    },
    {
      rule: "of a user of the other region",
      request: as({ email: "us@example.com", password: "p" }),
      status: 401,
      options: { users: [{ email: "us@example.com", password: "p", region: "us" }] }
    },
    ...(["ACCOUNT", "PHONE_NUMBER", "PERSONAL_INFORMATION", "PHYSICAL_ADDRESS", "MAILING_ADDRESS"] as const).map(
      (phase) => ({
        rule: `of a user whose onboarding stopped at ${phase}`,
        request: as({ email: "new@example.com", password: "p" }),
        status: 200,
        body: {
          accessToken: null,
          userId: id,
          isOtpRequired: false,
          phoneNumber: null,
          phase,
          verificationState: "UNVERIFIED",
          isLinked: false
        },
        options: {
          users: [{ id, email: "new@example.com", password: "p", phase, verificationState: "UNVERIFIED" as const }]
        }
      })
    ),
    {
      rule: "of a user with one-time codes",
      request: otpLogin,
      status: 200,
      body: { ...pending, accessToken: null },
      options: withOtp
    },
    {
      rule: "with the right code, which nobody had sent",
      request: withJson(otpLogin, { otpCode: "123456" }),
      status: 400,
      body: { message: "Invalid OTP code" },
      options: withOtp
    },
    {
      rule: "with the right code, sent",
      request: Effect.zipRight(sendOtp, withJson(otpLogin, { otpCode: "123456" })),
      status: 200,
      options: withOtp
    },
    {
      rule: "with the right code, sent too long ago",
      request: Effect.zipRight(after(300, sendOtp), withJson(otpLogin, { otpCode: "123456" })),
      status: 400,
      body: { message: "Invalid OTP code" },
      options: withOtp
    },
    {
      rule: "with a wrong code",
      request: Effect.zipRight(sendOtp, withJson(otpLogin, { otpCode: "654321" })),
      status: 400,
      body: { message: "Invalid OTP code" },
      options: withOtp
    },
    ...([400, 401, 403, 404, 422] as const).flatMap((status) => [
      {
        rule: `with a wrong code, where that is a ${status}`,
        request: withJson(otpLogin, { otpCode: "654321" }),
        status,
        body: { message: "Invalid OTP code" },
        options: { ...withOtp, settings: { wrongOtpStatus: status } }
      },
      {
        rule: `with a wrong password, where that is a ${status}`,
        request: as({ password: "wrong" }),
        status,
        body: { message: "Incorrect email or password" },
        options: { settings: { wrongPasswordStatus: status } }
      }
    ]),
    {
      rule: "with the right code after five wrong ones",
      request: Effect.zipRight(
        Effect.zipRight(
          sendOtp,
          Effect.replicateEffect(Effect.flatMap(withJson(otpLogin, { otpCode: "654321" }), call), 5)
        ),
        withJson(otpLogin, { otpCode: "123456" })
      ),
      status: 400,
      options: withOtp
    },
    {
      rule: "one-time code of nobody",
      request: Effect.succeed({ method: "POST", path: "/v1/auth/login/otp", json: { userId: "nobody" } }),
      status: 400,
      body: { message: "user not found" }
    },
    {
      rule: "one-time code without a userId",
      request: Effect.succeed({ method: "POST", path: "/v1/auth/login/otp", json: {} }),
      status: 400,
      body: { message: "userId is required" }
    },
    {
      rule: "one-time code for a user without a phone",
      request: Effect.succeed({ method: "POST", path: "/v1/auth/login/otp", json: { userId: id } }),
      status: 400,
      body: { message: "user has no phone number" },
      options: { users: [{ id, email: "a@example.com", password: "p" }] }
    }
  ])
})

describe("step 3, authorize", () => {
  const unauthorized = { message: "unauthorized" }
  table([
    { rule: "with both tokens", request: authorizeRequest, status: 200 },
    {
      rule: "without a bearer",
      request: withHeaders(authorizeRequest, { authorization: undefined }),
      status: 401,
      body: unauthorized
    },
    {
      rule: "with another scheme",
      request: withHeaders(authorizeRequest, { authorization: "Basic eDp5" }),
      status: 401,
      body: unauthorized
    },
    {
      rule: "with an unknown bearer",
      request: withHeaders(authorizeRequest, { authorization: "Bearer US_x" }),
      status: 401,
      body: unauthorized
    },
    {
      rule: "with an access token for a login token",
      request: Effect.zipWith(
        startSession(),
        Effect.map(tokens(), (tokens) => tokens.accessToken),
        authorizeCall
      ),
      status: 401,
      body: unauthorized
    },
    {
      rule: "with a login token that has expired",
      request: Effect.map(after(21_600, signIn()), (loginToken) => authorizeCall("x", loginToken)),
      status: 401,
      body: unauthorized
    },
    { rule: "as another client", request: withHeaders(authorizeRequest, other), status: 401, body: unauthorized },
    { rule: "in another region", request: withHeaders(authorizeRequest, us), status: 401, body: unauthorized },
    {
      rule: "without a session token",
      request: withJson(authorizeRequest, { token: "" }),
      status: 400,
      body: missing("token")
    },
    {
      rule: "with a session token that is no JWT",
      request: withJson(authorizeRequest, { token: "x" }),
      status: 400,
      body: wrongSession
    },
    {
      rule: "with a session token that was tampered with",
      request: Effect.map(authorizeRequest, (call) => ({
        ...call,
        json: { token: String(call.json?.["token"]).replace(/.$/, (last) => (last === "A" ? "E" : "A")) }
      })),
      status: 400,
      body: wrongSession
    },
    {
      rule: "with a session token without a signature",
      request: Effect.map(authorizeRequest, (call) => ({
        ...call,
        json: { token: String(call.json?.["token"]).replace(/[^.]*$/, "") }
      })),
      status: 400,
      body: wrongSession
    },
    {
      rule: "with a session of another region",
      request: Effect.map(Effect.zipWith(startSession("us"), signIn(), authorizeCall), (call) => call),
      status: 400,
      body: wrongSession
    },
    { rule: "one second before the session expires", request: after(599, authorizeRequest), status: 200 },
    {
      rule: "when the session has expired",
      request: after(600, authorizeRequest),
      status: 400,
      body: oauth("invalid_grant", "The session has expired")
    },
    {
      rule: "twice with one session",
      request: Effect.tap(authorizeRequest, call),
      status: 400,
      body: oauth("invalid_grant", "The session was used already")
    },
    {
      rule: "with a client key in the body",
      request: withJson(authorizeRequest, { client_id: "x" }),
      status: 422,
      body: notAllowed("client_id")
    }
  ])
})

describe("step 4, the code", () => {
  table([
    { rule: "exchanged", request: exchange, status: 200 },
    ...["grant_type", "code", "redirect_uri", "code_verifier"].map((name) => ({
      rule: `without ${name}`,
      request: withJson(exchange, { [name]: "" }),
      status: 400,
      body: missing(name)
    })),
    {
      rule: "with another grant_type",
      request: withJson(exchange, { grant_type: "password" }),
      status: 400,
      body: oauth("unsupported_grant_type", "Invalid parameter: grant_type")
    },
    {
      rule: "with the field of the other grant",
      request: withJson(exchange, { refresh_token: "x" }),
      status: 422,
      body: notAllowed("refresh_token")
    },
    {
      rule: "with a client_id",
      request: withJson(exchange, { client_id: clientKey }),
      status: 422,
      body: notAllowed("client_id")
    },
    {
      rule: "with a verifier of 42 characters",
      request: withJson(exchange, { code_verifier: "a".repeat(42) }),
      status: 400
    },
    {
      rule: "with a verifier of 129 characters",
      request: withJson(exchange, { code_verifier: "a".repeat(129) }),
      status: 400
    },
    {
      rule: "with a verifier outside of the alphabet",
      request: withJson(exchange, { code_verifier: "+".repeat(43) }),
      status: 400
    },
    {
      rule: "with another verifier",
      request: withJson(exchange, { code_verifier: "b".repeat(43) }),
      status: 400,
      body: oauth("invalid_grant", "The code_verifier does not match the code_challenge")
    },
    {
      rule: "after a wrong verifier",
      request: Effect.tap(exchange, (call_) =>
        call({ ...call_, json: { ...call_.json, code_verifier: "b".repeat(43) } })
      ),
      status: 400,
      body: wrongCode
    },
    {
      rule: "with another registered redirect_uri",
      request: withJson(exchange, { redirect_uri: "https://app.example.com/callback" }),
      status: 400,
      body: oauth("invalid_grant", "The redirect_uri is not the one of the authorization request")
    },
    { rule: "that nobody issued", request: withJson(exchange, { code: "auth_code_x" }), status: 400, body: wrongCode },
    { rule: "by another client", request: withHeaders(exchange, other), status: 400, body: wrongCode },
    { rule: "in another region", request: withHeaders(exchange, us), status: 400, body: wrongCode },
    {
      rule: "in the other family",
      request: Effect.map(withJson(exchange, { redirect_uri: undefined }), (call) => ({
        ...call,
        path: "/v1/auth/oauth2/token"
      })),
      status: 400,
      body: wrongCode
    },
    { rule: "twice", request: Effect.tap(exchange, call), status: 400, body: wrongCode },
    {
      rule: "when it has expired",
      request: after(60, exchange),
      status: 400,
      body: wrongCode,
      options: { settings: { codeSeconds: 60 } }
    },
    {
      rule: "one second before it expires",
      request: after(59, exchange),
      status: 200,
      options: { settings: { codeSeconds: 60 } }
    },
    {
      rule: "as a form, which this family does not take",
      request: withText(exchange, "grant_type=authorization_code", "application/x-www-form-urlencoded"),
      status: 400,
      body: { message: "The content type must be application/json" }
    },
    {
      rule: "with the client key as its secret key, as one public client sends it",
      request: withHeaders(exchange, { "x-secret-key": clientKey }),
      status: 200
    },
    {
      rule: "with a wrong secret key",
      request: withHeaders(exchange, { "x-secret-key": "wrong" }),
      status: 400,
      body: oauth("invalid_client", "Invalid secret key")
    },
    {
      rule: "without the secret key where it is required",
      request: exchange,
      status: 400,
      body: oauth("invalid_client", "Missing required header: x-secret-key"),
      options: { settings: { secretKeyOnToken: "required" } }
    }
  ])
})

describe("the refresh token", () => {
  table([
    { rule: "exchanged", request: refresh, status: 200 },
    {
      rule: "left out",
      request: withJson(refresh, { refresh_token: "" }),
      status: 400,
      body: missing("refresh_token")
    },
    {
      rule: "with a redirect_uri",
      request: withJson(refresh, { redirect_uri: "x" }),
      status: 422,
      body: notAllowed("redirect_uri")
    },
    {
      rule: "that nobody issued",
      request: withJson(refresh, { refresh_token: "refresh_token_x" }),
      status: 400,
      body: wrongRefreshToken
    },
    { rule: "used a second time", request: Effect.tap(refresh, call), status: 400, body: wrongRefreshToken },
    { rule: "by another client", request: withHeaders(refresh, other), status: 400, body: wrongRefreshToken },
    { rule: "in another region", request: withHeaders(refresh, us), status: 400, body: wrongRefreshToken },
    {
      rule: "in the other family",
      request: Effect.map(refresh, (call) => ({ ...call, path: "/v1/auth/oauth2/token" })),
      status: 400,
      body: wrongRefreshToken
    },
    {
      rule: "when it has expired",
      request: after(60, refresh),
      status: 400,
      body: wrongRefreshToken,
      options: { settings: { refreshTokenSeconds: 60 } }
    }
  ])
})

describe("a bearer", () => {
  const unauthorized = { message: "unauthorized" }
  const accessToken = Effect.map(tokens(), (tokens) => tokens.accessToken)
  const revoke = Effect.map(accessToken, (token): Call => ({
    ...userCall(token),
    method: "DELETE",
    path: "/v1/auth/oauth/revoke"
  }))
  const logoutCall = (token: string): Call => ({ ...userCall(token), method: "POST", path: "/v1/auth/logout" })
  const logout = Effect.map(signIn(), logoutCall)
  table([
    { rule: "of step 2 shows the user", request: Effect.map(signIn(), userCall), status: 200 },
    { rule: "of step 4 shows the user", request: Effect.map(accessToken, userCall), status: 200 },
    { rule: "left out", request: Effect.succeed({ path: "/v1/user" }), status: 401, body: unauthorized },
    {
      rule: "that has expired",
      request: after(21_600, Effect.map(accessToken, userCall)),
      status: 401,
      body: unauthorized
    },
    {
      rule: "of another client",
      request: withHeaders(Effect.map(accessToken, userCall), other),
      status: 401,
      body: unauthorized
    },
    {
      rule: "of another region",
      request: withHeaders(Effect.map(accessToken, userCall), us),
      status: 401,
      body: unauthorized
    },
    {
      rule: "replaced by a refresh",
      request: Effect.flatMap(tokens(), ({ accessToken, refreshToken }) =>
        Effect.as(call(refreshCall(refreshToken)), userCall(accessToken))
      ),
      status: 401,
      body: unauthorized
    },
    {
      rule: "after the reuse of its code",
      request: Effect.gen(function* () {
        const request = yield* exchange
        const { body } = yield* call(request)
        yield* call(request)
        return userCall(String(body["access_token"]))
      }),
      status: 401,
      body: unauthorized
    },
    {
      rule: "after the reuse of an old refresh token",
      request: Effect.gen(function* () {
        const request = yield* refresh
        const { body } = yield* call(request)
        yield* call(request)
        return userCall(String(body["access_token"]))
      }),
      status: 401,
      body: unauthorized
    },
    { rule: "revokes", request: revoke, status: 200, body: { success: true } },
    { rule: "revokes only once", request: Effect.tap(revoke, call), status: 401, body: unauthorized },
    {
      rule: "of step 2 does not revoke",
      request: Effect.map(signIn(), (token): Call => ({
        ...userCall(token),
        method: "DELETE",
        path: "/v1/auth/oauth/revoke"
      })),
      status: 401,
      body: unauthorized
    },
    { rule: "logs out", request: logout, status: 200, body: { success: true } },
    { rule: "logs out with an empty object", request: withJson(logout, {}), status: 200, body: { success: true } },
    {
      rule: "does not log out with a field",
      request: withJson(logout, { all: true }),
      status: 422,
      body: notAllowed("all")
    },
    { rule: "logged out", request: Effect.tap(logout, call), status: 401, body: unauthorized },
    {
      rule: "of step 4 logs out",
      request: Effect.map(accessToken, logoutCall),
      status: 200,
      body: { success: true }
    },
    {
      rule: "of step 4 logs out only once",
      request: Effect.tap(Effect.map(accessToken, logoutCall), call),
      status: 401,
      body: unauthorized
    },
    {
      rule: "of step 4, logged out, leaves no refresh token",
      request: Effect.flatMap(tokens(), ({ accessToken, refreshToken }) =>
        Effect.as(call(logoutCall(accessToken)), refreshCall(refreshToken))
      ),
      status: 400,
      body: wrongRefreshToken
    },
    {
      rule: "of another sign-in outlives the logout",
      request: Effect.zipWith(
        accessToken,
        Effect.flatMap(accessToken, (token) => call(logoutCall(token))),
        userCall
      ),
      status: 200
    },
    {
      rule: "of another client does not log out",
      request: withHeaders(Effect.map(accessToken, logoutCall), other),
      status: 401,
      body: unauthorized
    }
  ])
})

describe("the oauth2 family", () => {
  const page = hostedPageCall
  const revoke = (json: Readonly<Record<string, unknown>>): Effect.Effect<Call> =>
    Effect.succeed({ method: "POST", path: "/v1/auth/oauth2/revoke", json })
  const form = withText(
    Effect.succeed({ method: "POST" as const, path: "/v1/auth/oauth2/token" }),
    "grant_type=refresh_token&refresh_token=x&refresh_token=y",
    "application/x-www-form-urlencoded"
  )
  table([
    { rule: "opens the page", request: page, status: 302 },
    { rule: "opens the page without a state", request: withQuery(page, { state: undefined }), status: 302 },
    ...["response_type", "client_id", "redirect_uri", "scope", "code_challenge", "code_challenge_method"].map(
      (name) => ({
        rule: `page without ${name}`,
        request: withQuery(page, { [name]: undefined }),
        status: 400,
        body: missing(name)
      })
    ),
    {
      rule: "page with prompt=none",
      request: withQuery(page, { prompt: "none" }),
      status: 400,
      body: oauth("invalid_request", "Invalid parameter: prompt (consent, or left out)")
    },
    {
      rule: "page of an unknown client",
      request: withQuery(page, { client_id: "nobody" }),
      status: 400,
      body: oauth("invalid_client", "Unknown client_id")
    },
    {
      rule: "page with an unregistered redirect_uri",
      request: withQuery(page, { redirect_uri: "https://evil.example/" }),
      status: 400,
      body: oauth("invalid_request", "The redirect_uri is not registered for this client")
    },
    { rule: "token with a field twice in a form", request: form, status: 400, body: doubled("refresh_token") },
    {
      rule: "token with an unknown content type",
      request: withText(form, "x", "text/plain"),
      status: 400,
      body: { message: "The content type must be application/json or application/x-www-form-urlencoded" }
    },
    {
      rule: "token with the client_id of another client",
      request: Effect.succeed({
        method: "POST",
        path: "/v1/auth/oauth2/token",
        json: {
          grant_type: "authorization_code",
          code: "x",
          code_verifier: "a".repeat(43),
          client_id: "other-client-key"
        }
      }),
      status: 400,
      body: oauth("invalid_client", "The client_id is not the x-client-key of the request"),
      options: { settings: { hostedExchangeFields: "optional" } }
    },
    {
      rule: "revokes a token that nobody knows",
      request: revoke({ token: "x" }),
      status: 200,
      body: { success: true }
    },
    { rule: "does not revoke without a token", request: revoke({}), status: 400, body: missing("token") },
    {
      rule: "does not know the token_type_hint of RFC 7009",
      request: revoke({ token: "x", token_type_hint: "access_token" }),
      status: 422,
      body: notAllowed("token_type_hint")
    },
    {
      rule: "does not revoke a token of the oauth family",
      request: Effect.flatMap(tokens(), ({ accessToken }) => revoke({ token: accessToken })),
      status: 400,
      body: oauth("invalid_grant", "The token was not issued to this client")
    }
  ])
})

describe("a code and the tokens of the oauth2 family", () => {
  const exchange = Effect.map(hostedCode(), hostedExchangeCall)
  const redirectUri = "https://app.example.com/callback"
  const refreshWith = (refreshToken: string) => ({ ...refreshCall(refreshToken), path: "/v1/auth/oauth2/token" })
  const refresh = Effect.map(hostedTokens, ({ refreshToken }) => refreshWith(refreshToken))
  const revoke = (token: string): CallWithJson => ({ method: "POST", path: "/v1/auth/oauth2/revoke", json: { token } })
  const unauthorized = { message: "unauthorized" }
  table([
    { rule: "are given for a code alone, as one client asks", request: exchange, status: 200 },
    {
      rule: "are not with a redirect_uri, which is a field too many",
      request: withJson(exchange, { redirect_uri: "http://localhost:3000/callback" }),
      status: 422,
      body: notAllowed("redirect_uri")
    },
    {
      rule: "are not with a client_id, which is a field too many",
      request: withJson(exchange, { client_id: clientKey }),
      status: 422,
      body: notAllowed("client_id")
    },
    {
      rule: "and with redirect_uri and client_id, as another asks, where the setting takes them",
      request: Effect.flatMap(exchange, (request) =>
        Effect.map(Sandbox, ({ clientId, redirectUri }) => ({
          ...request,
          json: { ...request.json, client_id: clientId, redirect_uri: redirectUri }
        }))
      ),
      status: 200,
      options: { settings: { hostedExchangeFields: "optional" } }
    },
    ...["grant_type", "code", "code_verifier"].map((name) => ({
      rule: `are not without ${name}`,
      request: withJson(exchange, { [name]: "" }),
      status: 400,
      body: missing(name)
    })),
    {
      rule: "are not with another redirect_uri",
      request: withJson(exchange, { redirect_uri: redirectUri }),
      status: 400,
      body: oauth("invalid_grant", "The redirect_uri is not the one of the authorization request"),
      options: { settings: { hostedExchangeFields: "optional" } }
    },
    {
      rule: "are not with another verifier",
      request: withJson(exchange, { code_verifier: "b".repeat(43) }),
      status: 400,
      body: oauth("invalid_grant", "The code_verifier does not match the code_challenge")
    },
    { rule: "are not for a code used before", request: Effect.tap(exchange, call), status: 400, body: wrongCode },
    { rule: "are not for a code that has expired", request: after(600, exchange), status: 400, body: wrongCode },
    { rule: "are not for another client's code", request: withHeaders(exchange, other), status: 400, body: wrongCode },
    {
      rule: "are not for a code of another region",
      request: Effect.map(hostedCode("us"), hostedExchangeCall),
      status: 400,
      body: wrongCode
    },
    {
      rule: "are for a code of the US region asked for there",
      request: withHeaders(Effect.map(hostedCode("us"), hostedExchangeCall), us),
      status: 200
    },
    {
      rule: "are not for a code of the other family",
      request: Effect.map(authorize(), hostedExchangeCall),
      status: 400,
      body: wrongCode
    },
    {
      rule: "are not given by the other family",
      request: Effect.flatMap(hostedCode(), exchangeCall),
      status: 400,
      body: wrongCode
    },
    {
      rule: "are not given for a session in step 3",
      request: Effect.zipWith(hostedSession(), signIn(), authorizeCall),
      status: 400,
      body: wrongSession
    },
    { rule: "are refreshed", request: refresh, status: 200 },
    {
      rule: "are refreshed without a client_id only",
      request: withJson(refresh, { client_id: clientKey }),
      status: 422,
      body: notAllowed("client_id")
    },
    { rule: "are refreshed once", request: Effect.tap(refresh, call), status: 400, body: wrongRefreshToken },
    {
      rule: "are not refreshed for another client",
      request: withHeaders(refresh, other),
      status: 400,
      body: wrongRefreshToken
    },
    {
      rule: "are not refreshed by the other family",
      request: Effect.map(refresh, (request) => ({ ...request, path: "/v1/auth/oauth/token" })),
      status: 400,
      body: wrongRefreshToken
    },
    {
      rule: "are not refreshed when that has expired",
      request: after(1_209_600, refresh),
      status: 400,
      body: wrongRefreshToken
    },
    {
      rule: "end one by one: the access token",
      request: Effect.flatMap(hostedTokens, ({ accessToken }) =>
        Effect.as(call(revoke(accessToken)), userCall(accessToken))
      ),
      status: 401,
      body: unauthorized
    },
    {
      rule: "end one by one: not the refresh token",
      request: Effect.flatMap(hostedTokens, ({ accessToken, refreshToken }) =>
        Effect.as(call(revoke(accessToken)), refreshWith(refreshToken))
      ),
      status: 200
    },
    {
      rule: "end together with the refresh token",
      request: Effect.flatMap(hostedTokens, ({ accessToken, refreshToken }) =>
        Effect.as(call(revoke(refreshToken)), userCall(accessToken))
      ),
      status: 401,
      body: unauthorized
    },
    {
      rule: "are not revoked by another client",
      request: withHeaders(
        Effect.map(hostedTokens, ({ accessToken }) => revoke(accessToken)),
        other
      ),
      status: 400,
      body: oauth("invalid_grant", "The token was not issued to this client")
    }
  ])
})

describe("a guess that a setting turns", () => {
  const id = "6f6c9d4e-6a52-4f5e-9b0a-5d0f6a3d2c11"
  const users = [{ id, email: "otp@example.com", password: "p", otp: "123456" }]
  const answer = (
    request: Effect.Effect<Call, unknown, Sandbox | HttpClient.HttpClient>,
    settings: SandboxOptions["settings"]
  ) =>
    Effect.flatMap(request, call).pipe(
      Effect.map(({ body }) => body),
      Effect.provide(
        Sandbox.layerHttpClient({
          users: [...users, { email, password }],
          settings
        })
      )
    )
  const otpLogin = withJson(login, { email: "otp@example.com", password: "p" })

  it.effect("token_type of the oauth family", () =>
    Effect.gen(function* () {
      expect(yield* answer(exchange, {})).not.toHaveProperty("token_type")
      expect(yield* answer(exchange, { tokenType: true })).toHaveProperty("token_type", "Bearer")
    })
  )
  it.effect("the lifetime of a refresh token", () =>
    Effect.gen(function* () {
      expect(yield* answer(exchange, {})).toHaveProperty("refresh_token_expires_in", 15_897_600)
      expect(yield* answer(exchange, { refreshTokenSeconds: 604_800 })).toHaveProperty(
        "refresh_token_expires_in",
        604_800
      )
    })
  )
  it.effect("accessToken while a one-time code is awaited: a string that works nowhere", () =>
    Effect.gen(function* () {
      expect(yield* answer(otpLogin, {})).toHaveProperty("accessToken", null)
      const { accessToken } = yield* answer(otpLogin, { otpAccessToken: "string" })
      expect(accessToken).toMatch(/^[0-9a-f-]{36}$/)
      const user = Effect.map(Effect.flatMap(otpLogin, call), ({ body }) => userCall(String(body["accessToken"])))
      expect(yield* answer(user, { otpAccessToken: "string" })).toEqual({ message: "unauthorized" })
    })
  )
  it.effect("what a refresh and a reuse end", () =>
    Effect.gen(function* () {
      const old = Effect.flatMap(tokens(), ({ accessToken, refreshToken }) =>
        Effect.as(call(refreshCall(refreshToken)), userCall(accessToken))
      )
      expect(yield* answer(old, { refreshEndsAccessToken: false })).toHaveProperty("email")
      const reused = Effect.gen(function* () {
        const request = yield* refresh
        const { body } = yield* call(request)
        yield* call(request)
        return userCall(String(body["access_token"]))
      })
      expect(yield* answer(reused, { refreshReuseRevokes: false })).toHaveProperty("email")
    })
  )
})

describe("the rate limit", () => {
  it.effect("says how long to wait, unless told not to", () =>
    Effect.gen(function* () {
      const retryAfter = (rateLimit: { requests: number; seconds: number; retryAfter?: boolean }) =>
        Effect.gen(function* () {
          yield* call(loginCall)
          yield* TestClock.adjust("20 seconds")
          return (yield* call(loginCall)).headers["retry-after"]
        }).pipe(Effect.provide(Sandbox.layerHttpClient({ settings: { rateLimit } })))
      expect(yield* retryAfter({ requests: 1, seconds: 60 })).toBe("40")
      expect(yield* retryAfter({ requests: 1, seconds: 60, retryAfter: false })).toBeUndefined()
    })
  )

  const limited = { settings: { rateLimit: { requests: 2, seconds: 60 } } }
  table([
    { rule: "lets the second request pass", request: Effect.tap(login, call), status: 200, options: limited },
    {
      rule: "stops the third",
      request: Effect.tap(login, (request) => Effect.replicateEffect(call(request), 2)),
      status: 429,
      body: { message: "Too many requests, please try again later." },
      options: limited
    },
    {
      rule: "counts another client apart",
      request: Effect.tap(withHeaders(login, other), () => Effect.replicateEffect(call(loginCall), 2)),
      status: 200,
      options: limited
    },
    {
      rule: "forgets after the window",
      request: Effect.tap(login, (request) => after(60, Effect.replicateEffect(call(request), 2))),
      status: 200,
      options: limited
    }
  ])
})
