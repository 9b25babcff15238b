import { Sandbox } from "@effect-baanx/sandbox"
import { describe } from "@effect/vitest"
import { Effect } from "effect"
import { clientKey } from "./Fixtures.js"
import {
  after,
  doubled,
  missing,
  notAllowed,
  oauth,
  other,
  table,
  us,
  withHeaders,
  withJson,
  withQuery,
  withText,
  wrongCode,
  wrongRefreshToken,
  wrongSession
} from "./RuleTable.js"
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
  refreshCall,
  signIn,
  tokens,
  userCall,
  type Call,
  type CallWithJson
} from "./Steps.js"

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
    { rule: "page", request: page, status: 302 },
    { rule: "page without a state", request: withQuery(page, { state: undefined }), status: 302 },
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
      rule: "revocation of an unknown token",
      request: revoke({ token: "x" }),
      status: 200,
      body: { success: true }
    },
    { rule: "revocation without a token", request: revoke({}), status: 400, body: missing("token") },
    {
      rule: "revocation with the token_type_hint of RFC 7009",
      request: revoke({ token: "x", token_type_hint: "access_token" }),
      status: 422,
      body: notAllowed("token_type_hint")
    },
    {
      rule: "revocation of a token of the oauth family",
      request: Effect.flatMap(tokens(), ({ accessToken }) => revoke({ token: accessToken })),
      status: 400,
      body: oauth("invalid_grant", "The token was not issued to this client")
    }
  ])
})

describe("codes and tokens of the oauth2 family", () => {
  const exchange = Effect.map(hostedCode(), hostedExchangeCall)
  const redirectUri = "https://app.example.com/callback"
  const refreshWith = (refreshToken: string) => ({ ...refreshCall(refreshToken), path: "/v1/auth/oauth2/token" })
  const refresh = Effect.map(hostedTokens, ({ refreshToken }) => refreshWith(refreshToken))
  const revoke = (token: string): CallWithJson => ({ method: "POST", path: "/v1/auth/oauth2/revoke", json: { token } })
  const unauthorized = { message: "unauthorized" }
  table([
    { rule: "a code without redirect_uri and client_id, as one client sends it", request: exchange, status: 200 },
    {
      rule: "a code with a redirect_uri",
      request: withJson(exchange, { redirect_uri: "http://localhost:3000/callback" }),
      status: 422,
      body: notAllowed("redirect_uri")
    },
    {
      rule: "a code with a client_id",
      request: withJson(exchange, { client_id: clientKey }),
      status: 422,
      body: notAllowed("client_id")
    },
    {
      rule: "a code with redirect_uri and client_id, as another client sends it, if hostedExchangeFields allows them",
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
      rule: `an exchange without ${name}`,
      request: withJson(exchange, { [name]: "" }),
      status: 400,
      body: missing(name)
    })),
    {
      rule: "a code with another redirect_uri, if hostedExchangeFields allows it",
      request: withJson(exchange, { redirect_uri: redirectUri }),
      status: 400,
      body: oauth("invalid_grant", "The redirect_uri is not the one of the authorization request"),
      options: { settings: { hostedExchangeFields: "optional" } }
    },
    {
      rule: "a code with another verifier",
      request: withJson(exchange, { code_verifier: "b".repeat(43) }),
      status: 400,
      body: oauth("invalid_grant", "The code_verifier does not match the code_challenge")
    },
    { rule: "a code that was used already", request: Effect.tap(exchange, call), status: 400, body: wrongCode },
    { rule: "a code that has expired", request: after(600, exchange), status: 400, body: wrongCode },
    { rule: "a code of another client", request: withHeaders(exchange, other), status: 400, body: wrongCode },
    {
      rule: "a code of another region",
      request: Effect.map(hostedCode("us"), hostedExchangeCall),
      status: 400,
      body: wrongCode
    },
    {
      rule: "a code of the US region in that region",
      request: withHeaders(Effect.map(hostedCode("us"), hostedExchangeCall), us),
      status: 200
    },
    {
      rule: "a code of the oauth family",
      request: Effect.map(authorize(), hostedExchangeCall),
      status: 400,
      body: wrongCode
    },
    {
      rule: "a code in step 4 of the oauth family",
      request: Effect.flatMap(hostedCode(), exchangeCall),
      status: 400,
      body: wrongCode
    },
    {
      rule: "a session token in step 3 of the oauth family",
      request: Effect.zipWith(hostedSession(), signIn(), authorizeCall),
      status: 400,
      body: wrongSession
    },
    { rule: "a refresh token", request: refresh, status: 200 },
    {
      rule: "a refresh token with a client_id",
      request: withJson(refresh, { client_id: clientKey }),
      status: 422,
      body: notAllowed("client_id")
    },
    {
      rule: "a refresh token that was used already",
      request: Effect.tap(refresh, call),
      status: 400,
      body: wrongRefreshToken
    },
    {
      rule: "a refresh token of another client",
      request: withHeaders(refresh, other),
      status: 400,
      body: wrongRefreshToken
    },
    {
      rule: "a refresh token in step 4 of the oauth family",
      request: Effect.map(refresh, (request) => ({ ...request, path: "/v1/auth/oauth/token" })),
      status: 400,
      body: wrongRefreshToken
    },
    {
      rule: "a refresh token that has expired",
      request: after(1_209_600, refresh),
      status: 400,
      body: wrongRefreshToken
    },
    {
      rule: "an access token after its revocation",
      request: Effect.flatMap(hostedTokens, ({ accessToken }) =>
        Effect.as(call(revoke(accessToken)), userCall(accessToken))
      ),
      status: 401,
      body: unauthorized
    },
    {
      rule: "a refresh token after the revocation of its access token",
      request: Effect.flatMap(hostedTokens, ({ accessToken, refreshToken }) =>
        Effect.as(call(revoke(accessToken)), refreshWith(refreshToken))
      ),
      status: 200
    },
    {
      rule: "an access token after the revocation of its refresh token",
      request: Effect.flatMap(hostedTokens, ({ accessToken, refreshToken }) =>
        Effect.as(call(revoke(refreshToken)), userCall(accessToken))
      ),
      status: 401,
      body: unauthorized
    },
    {
      rule: "an access token in a revocation by another client",
      request: withHeaders(
        Effect.map(hostedTokens, ({ accessToken }) => revoke(accessToken)),
        other
      ),
      status: 400,
      body: oauth("invalid_grant", "The token was not issued to this client")
    }
  ])
})
