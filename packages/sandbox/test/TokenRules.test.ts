import { describe } from "@effect/vitest"
import { Effect } from "effect"
import { clientKey } from "./Fixtures.js"
import {
  after,
  exchange,
  missing,
  notAllowed,
  oauth,
  other,
  refresh,
  table,
  us,
  withHeaders,
  withJson,
  withText,
  wrongCode,
  wrongRefreshToken
} from "./RuleTable.js"
import { call, refreshCall, signIn, tokens, userCall, type Call } from "./Steps.js"

describe("step 4 with a code", () => {
  table([
    { rule: "and all fields", request: exchange, status: 200 },
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
      rule: "with a field of the other grant",
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
      rule: "with a verifier that has a forbidden character",
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
      rule: "after an attempt with a wrong verifier",
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
    { rule: "that is unknown", request: withJson(exchange, { code: "auth_code_x" }), status: 400, body: wrongCode },
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
    { rule: "that was used already", request: Effect.tap(exchange, call), status: 400, body: wrongCode },
    {
      rule: "that has expired",
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
      rule: "as a form, which only the oauth2 family accepts",
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

describe("step 4 with a refresh token", () => {
  table([
    { rule: "that is valid", request: refresh, status: 200 },
    {
      rule: "that is missing",
      request: withJson(refresh, { refresh_token: "" }),
      status: 400,
      body: missing("refresh_token")
    },
    {
      rule: "and a redirect_uri",
      request: withJson(refresh, { redirect_uri: "x" }),
      status: 422,
      body: notAllowed("redirect_uri")
    },
    {
      rule: "that is unknown",
      request: withJson(refresh, { refresh_token: "refresh_token_x" }),
      status: 400,
      body: wrongRefreshToken
    },
    { rule: "that was used already", request: Effect.tap(refresh, call), status: 400, body: wrongRefreshToken },
    { rule: "by another client", request: withHeaders(refresh, other), status: 400, body: wrongRefreshToken },
    { rule: "in another region", request: withHeaders(refresh, us), status: 400, body: wrongRefreshToken },
    {
      rule: "in the other family",
      request: Effect.map(refresh, (call) => ({ ...call, path: "/v1/auth/oauth2/token" })),
      status: 400,
      body: wrongRefreshToken
    },
    {
      rule: "that has expired",
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
    { rule: "of step 2, for GET /v1/user", request: Effect.map(signIn(), userCall), status: 200 },
    { rule: "of step 4, for GET /v1/user", request: Effect.map(accessToken, userCall), status: 200 },
    { rule: "that is missing", request: Effect.succeed({ path: "/v1/user" }), status: 401, body: unauthorized },
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
      rule: "that a refresh has replaced",
      request: Effect.flatMap(tokens(), ({ accessToken, refreshToken }) =>
        Effect.as(call(refreshCall(refreshToken)), userCall(accessToken))
      ),
      status: 401,
      body: unauthorized
    },
    {
      rule: "whose code was used again",
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
      rule: "after an old refresh token was used again",
      request: Effect.gen(function* () {
        const request = yield* refresh
        const { body } = yield* call(request)
        yield* call(request)
        return userCall(String(body["access_token"]))
      }),
      status: 401,
      body: unauthorized
    },
    { rule: "in a revocation", request: revoke, status: 200, body: { success: true } },
    { rule: "in a second revocation", request: Effect.tap(revoke, call), status: 401, body: unauthorized },
    {
      rule: "of step 2, in a revocation",
      request: Effect.map(signIn(), (token): Call => ({
        ...userCall(token),
        method: "DELETE",
        path: "/v1/auth/oauth/revoke"
      })),
      status: 401,
      body: unauthorized
    },
    { rule: "of step 2, in a logout", request: logout, status: 200, body: { success: true } },
    {
      rule: "of step 2, in a logout with an empty object",
      request: withJson(logout, {}),
      status: 200,
      body: { success: true }
    },
    {
      rule: "of step 2, in a logout with a field",
      request: withJson(logout, { all: true }),
      status: 422,
      body: notAllowed("all")
    },
    { rule: "of step 2, in a second logout", request: Effect.tap(logout, call), status: 401, body: unauthorized },
    {
      rule: "of step 4, in a logout",
      request: Effect.map(accessToken, logoutCall),
      status: 200,
      body: { success: true }
    },
    {
      rule: "of step 4, in a second logout",
      request: Effect.tap(Effect.map(accessToken, logoutCall), call),
      status: 401,
      body: unauthorized
    },
    {
      rule: "of step 4, whose refresh token is used after its logout",
      request: Effect.flatMap(tokens(), ({ accessToken, refreshToken }) =>
        Effect.as(call(logoutCall(accessToken)), refreshCall(refreshToken))
      ),
      status: 400,
      body: wrongRefreshToken
    },
    {
      rule: "of another sign-in, after the logout",
      request: Effect.zipWith(
        accessToken,
        Effect.flatMap(accessToken, (token) => call(logoutCall(token))),
        userCall
      ),
      status: 200
    },
    {
      rule: "of another client, in a logout",
      request: withHeaders(Effect.map(accessToken, logoutCall), other),
      status: 401,
      body: unauthorized
    }
  ])
})
