/** A session in memory when Baanx sends odd responses. `SessionSuite.ts` has the tests that run on every store. */
import { type PathFamily, TokenSession, type TokenSet, TokenStore } from "@effect-baanx/oauth"
import { answerText } from "@effect-baanx/oauth/testing/MockHttpClient"
import type { SandboxFaultName } from "@effect-baanx/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Option } from "effect"
import { key } from "./Fixtures.js"
import { scripted, sent } from "./ScriptedSession.js"
import { refreshTokenOf, text, world } from "./SessionWorld.js"
import { tokensOf } from "./StoreFixtures.js"

const steps = { oauth: "token", oauth2: "hostedToken" } as const satisfies Record<PathFamily, string>

/** Faults in the response with a pair of tokens, and the resulting lifetime of its access token in seconds. */
const pairs: ReadonlyArray<readonly [SandboxFaultName, number | "any"]> = [
  ["scope-list", 21_600],
  ["scope-null", 21_600],
  ["id-token-false", 21_600],
  ["token-type-empty", 21_600],
  ["refresh-expiry-zero", 21_600],
  ["expires-in-fraction", 3_599],
  ["expires-in-null", 300],
  ["expires-in-missing", 300],
  ["expires-in-text", 3_600],
  ["content-type-missing", 21_600],
  ["content-type-twice", 21_600],
  ["content-type-text", 21_600],
  ["long-headers", 21_600],
  ["odd-pair", "any"],
  ["continue-first", 21_600],
  ["long-tokens", 21_600]
]

const secondsOf = ({ expiresAt, issuedAt = expiresAt }: TokenSet) => DateTime.distance(issuedAt, expiresAt) / 1_000

describe("a valid pair of tokens in an odd response", () => {
  for (const family of ["oauth", "oauth2"] as const) {
    for (const [kind, seconds] of pairs) {
      it.scoped(`${kind} at the exchange and a refresh: the session works up to its sign-out (${family})`, () =>
        Effect.gen(function* () {
          const { arm, key, live, passTo, refreshes, session, signIn, stored, user } = yield* world({ family })
          yield* arm(kind, steps[family])
          const tokens = yield* signIn
          if (seconds !== "any") assert.strictEqual(secondsOf(tokens), seconds)
          assert.strictEqual(yield* user(), 200)
          yield* passTo(tokens)
          yield* arm(kind, steps[family])
          assert.strictEqual(yield* user(), 200)
          const renewed = Option.getOrThrow(yield* stored)
          if (seconds !== "any") assert.strictEqual(secondsOf(renewed), seconds)
          yield* passTo(renewed)
          assert.strictEqual(yield* user(), 200)
          assert.strictEqual(yield* refreshes, 2)
          yield* session.signOut(key)
          assert.deepStrictEqual(yield* live, [])
        })
      )
    }

    it.scoped(`tokens of 9,000 characters work from the exchange to the sign-out (${family})`, () =>
      Effect.gen(function* () {
        const { arm, key, live, passTo, session, signIn, stored, user } = yield* world({ family })
        yield* arm("long-tokens", steps[family], 3)
        let tokens: TokenSet = yield* signIn
        for (const _ of [1, 2]) {
          assert.strictEqual(text(tokens.accessToken).length, 9_000)
          assert.strictEqual(refreshTokenOf(tokens)?.length, 9_000)
          assert.strictEqual(yield* user(), 200)
          yield* passTo(tokens)
          yield* session.accessToken(key)
          tokens = Option.getOrThrow(yield* stored)
        }
        yield* session.signOut(key)
        assert.deepStrictEqual(yield* live, [])
      })
    )
  }
})

type Row = readonly [from: string, status: number, body: unknown, contentType?: string]

const html = "text/html; charset=utf-8"
const plain = "text/plain; charset=utf-8"
const amazon = "application/x-amz-json-1.1"
const page = (title: string) =>
  `<html>\n<head><title>${title}</title></head>\n<body><center><h1>${title}</h1></center></body>\n</html>`

/** Each is about the user's token, or refuses in Baanx's own form without blaming the client or the request. */
const endTheSession: ReadonlyArray<Row> = [
  ["RFC 6749", 400, { error: "invalid_grant" }],
  ["Auth0", 403, { error: "invalid_grant", error_description: "Unknown or invalid refresh token." }],
  ["Keycloak", 400, { error: "invalid_grant", error_description: "Token is not active" }],
  ["Keycloak, session", 400, { error: "invalid_grant", error_description: "Session not active" }],
  [
    "Keycloak, reuse",
    400,
    { error: "invalid_grant", error_description: "Maximum allowed refresh token reuse exceeded" }
  ],
  ["Okta", 400, { error: "invalid_grant", error_description: "The refresh token is invalid or expired." }],
  ["Google", 400, { error: "invalid_grant", error_description: "Token has been expired or revoked." }],
  ["Cognito", 400, { error: "invalid_grant" }, "application/json;charset=UTF-8"],
  ["Cognito's API", 400, { __type: "NotAuthorizedException", message: "Refresh Token has been revoked" }, amazon],
  ["Cognito's API, invalid", 400, { __type: "NotAuthorizedException", message: "Invalid Refresh Token" }, amazon],
  [
    "Entra ID",
    400,
    {
      error: "invalid_grant",
      error_description: "AADSTS700082: The refresh token has expired due to inactivity.",
      error_codes: [700082]
    }
  ],
  [
    "Entra ID, multi-factor authentication",
    400,
    { error: "interaction_required", error_description: "AADSTS50076: you must use multi-factor authentication." }
  ],
  [
    "GitHub",
    200,
    { error: "bad_refresh_token", error_description: "The refresh token passed is incorrect or expired." }
  ],
  ["Slack", 200, { ok: false, error: "invalid_refresh_token" }],
  ["Slack, expired", 200, { ok: false, error: "token_expired" }],
  ["Slack, revoked", 200, { ok: false, error: "token_revoked" }],
  ["Express with jsonwebtoken", 401, { message: "jwt expired" }],
  ["NestJS", 401, { statusCode: 401, message: "Invalid refresh token", error: "Unauthorized" }],
  [
    "league/oauth2-server",
    401,
    { error: "invalid_request", error_description: "The refresh token is invalid.", hint: "Token has been revoked" }
  ],
  ["RFC 6750", 401, { error: "invalid_token", error_description: "The token expired" }],
  ["OpenID Connect", 400, { error: "login_required" }],
  ["plain text", 400, "invalid_grant", plain],
  ["a form", 400, "error=invalid_grant&error_description=gone", "application/x-www-form-urlencoded"],
  ["another status", 500, { error: "invalid_grant" }],
  ["nested JSON text", 400, { message: JSON.stringify({ error: "invalid_grant", error_description: "gone" }) }],
  ["nested JSON text of Baanx", 401, { message: JSON.stringify({ message: "Session expired" }) }],
  ["Baanx, 401", 401, { message: "Session expired" }],
  // Some gateways send the same text in the same form: they cannot be distinguished from Baanx.
  ["Baanx, 401 in one word", 401, { message: "unauthorized" }],
  ["Baanx, not authenticated", 401, { message: "Not authenticated" }],
  ["Baanx, 403 in one word", 403, { message: "Forbidden" }],
  ["only a code", 401, { code: "TOKEN_EXPIRED" }],
  ["Baanx, 404", 404, { message: "Refresh token not found" }],
  ...[
    "The session has expired",
    "Grant not found",
    "invalid session",
    "expired token",
    "unknown_grant",
    "revoked refresh token",
    "TokenExpired",
    "token_revoked",
    "jwt expired",
    "consent_required",
    "refreshToken: no such row"
  ].map((message) => ["words at 404", 404, { message }] as const),
  ["Baanx, unknown reason", 403, { message: "You are not allowed to do this" }],
  ["Baanx, user disabled", 400, { error: "user_disabled", error_description: "This user is disabled" }],
  ["Baanx, OAuth's error code", 401, { error: "access_denied", error_description: "The user was blocked" }]
]

/** None is about the user's token. */
const keepTheSession: ReadonlyArray<Row> = [
  ["RFC 6749, client", 401, { error: "invalid_client" }],
  ["RFC 6749, client not authorized", 400, { error: "unauthorized_client" }],
  ["RFC 6749, request", 400, { error: "invalid_request" }],
  ["RFC 6749, grant type", 400, { error: "unsupported_grant_type" }],
  ["RFC 6749, scope", 400, { error: "invalid_scope" }],
  ["RFC 6749, server", 400, { error: "server_error" }],
  ["RFC 6749, temporarily unavailable", 400, { error: "temporarily_unavailable" }],
  ["Baanx, client key", 498, { message: "Invalid client key" }],
  ["Baanx, no client key", 499, { message: "Missing client key" }],
  ["Auth0, limit", 429, { error: "too_many_requests", error_description: "Global limit has been reached" }],
  [
    "Keycloak, client",
    401,
    { error: "invalid_client", error_description: "Invalid client or Invalid client credentials" }
  ],
  ["Keycloak, parameter", 400, { error: "invalid_request", error_description: "Missing form parameter: grant_type" }],
  ["Okta, headers", 400, { errorCode: "E0000021", errorSummary: "Bad request. Accept and/or Content-Type headers" }],
  [
    "Cognito's API, client",
    400,
    { __type: "ResourceNotFoundException", message: "User pool client abc does not exist." },
    amazon
  ],
  [
    "Cognito's API, secret",
    400,
    { __type: "NotAuthorizedException", message: "Unable to verify secret hash for client abc" },
    amazon
  ],
  ["AWS, throttled", 400, { __type: "ThrottlingException", message: "Rate exceeded" }, amazon],
  ["AWS, the gateway's own token", 403, { message: "The security token included in the request is invalid." }],
  ["AWS API Gateway, policy", 403, { Message: "User is not authorized to access this resource" }],
  ["AWS API Gateway, no such route", 403, { message: "Missing Authentication Token" }],
  ["AWS API Gateway, limit", 429, { message: "Limit Exceeded" }],
  ["AWS API Gateway, quota", 429, { message: "Too Many Requests" }],
  ["AWS API Gateway, time", 504, { message: "Endpoint request timed out" }],
  ["AWS API Gateway, server", 500, { message: null }],
  ["Kong, no key", 401, { message: "No API key found in request" }],
  ["Kong, key", 401, { message: "Invalid authentication credentials" }],
  ["Kong, ACL", 403, { message: "You cannot consume this service" }],
  ["Kong, address", 403, { message: "Your IP address is not allowed" }],
  ["Kong, route", 404, { message: "no Route matched with those values" }],
  ["Kong, limit", 429, { message: "API rate limit exceeded" }],
  ["Kong, upstream", 502, { message: "An invalid response was received from the upstream server" }],
  ["Azure APIM, no key", 401, { statusCode: 401, message: "Access denied due to missing subscription key." }],
  ["Azure APIM, key", 401, { statusCode: 401, message: "Access denied due to invalid subscription key." }],
  [
    "Azure APIM, quota",
    403,
    { statusCode: 403, message: "Out of call volume quota. Quota will be replenished in 00:10:00." }
  ],
  ["Azure APIM, route", 404, { statusCode: 404, message: "Resource not found" }],
  ["Apigee", 401, { fault: { faultstring: "Invalid ApiKey", detail: { errorcode: "oauth.v2.InvalidApiKey" } } }],
  ["Tyk", 401, { error: "Authorization field missing" }],
  [
    "Google Cloud",
    401,
    { error: { code: 401, message: "Request had invalid authentication credentials.", status: "UNAUTHENTICATED" } }
  ],
  ["nginx, 401", 401, page("401 Authorization Required"), html],
  ["nginx, 403", 403, page("403 Forbidden"), html],
  ["nginx, 413", 413, page("413 Request Entity Too Large"), html],
  ["nginx, TLS", 400, page("400 The plain HTTP request was sent to HTTPS port"), html],
  ["nginx, 502", 502, page("502 Bad Gateway"), html],
  ["Cloudflare, challenge", 403, page("Attention Required! | Cloudflare"), html],
  ["Cloudflare, rule", 403, "error code: 1020", plain],
  ["Cloudflare, origin", 521, page("521: Web server is down"), html],
  ["a sign-in page", 200, page("Sign in to continue"), html],
  ["Envoy, RBAC", 403, "RBAC: access denied", plain],
  ["Envoy, upstream", 503, "upstream connect error or disconnect/reset before headers", plain],
  ["Istio", 401, "Jwt is missing", plain],
  ["Traefik", 403, "Forbidden", plain],
  ["Express, route", 404, page("Error"), html],
  ["Express, JSON", 400, { message: "Unexpected token < in JSON at position 0" }],
  [
    "Fastify, required",
    400,
    { code: "FST_ERR_VALIDATION", error: "Bad Request", message: "body must have required property 'refresh_token'" }
  ],
  ["Fastify, type", 400, { error: "Bad Request", message: "body/refresh_token must be string" }],
  [
    "Fastify, length",
    400,
    { error: "Bad Request", message: "body/refresh_token must NOT have fewer than 20 characters" }
  ],
  ["Fastify, size", 413, { code: "FST_ERR_CTP_BODY_TOO_LARGE", message: "Request body is too large" }],
  ["Joi, required", 400, { message: '"refresh_token" is required' }],
  ["Joi, type", 400, { message: '"refresh_token" must be a string' }],
  ["Joi, length", 400, { message: '"refresh_token" length must be at least 20 characters long' }],
  ["Joi, pattern", 400, { message: '"refresh_token" with value "x" fails to match the required pattern: /^y/' }],
  ["Joi, unknown", 400, { message: '"refresh_token" is not allowed' }],
  ["class-validator", 400, { statusCode: 400, message: ["refresh_token should not be empty"], error: "Bad Request" }],
  ["class-validator, one message", 400, { message: "refresh_token should not be empty" }],
  ["express-validator", 400, { errors: [{ msg: "Invalid value", path: "refresh_token", location: "body" }] }],
  ["express-validator, message only", 400, { message: "Invalid value" }],
  ["Zod", 400, { message: "Expected string, received undefined" }],
  ["Laravel", 422, { message: "The given data was invalid.", errors: { refresh_token: ["required"] } }],
  ["Spring, 400", 400, { status: 400, error: "Bad Request", message: "", path: "/v1/auth/oauth/token" }],
  ["Spring, 415", 415, { status: 415, error: "Unsupported Media Type" }],
  [
    "Spring Security, client",
    401,
    { error: "unauthorized", error_description: "Full authentication is required to access this resource" }
  ],
  ["GitHub, client", 200, { error: "incorrect_client_credentials" }],
  ["GitHub, grant type", 200, { error: "unsupported_grant_type", error_description: "The grant type is unsupported." }],
  ["GitHub, route", 404, { error: "Not Found" }],
  ["Slack, client", 200, { ok: false, error: "invalid_client_id" }],
  ["Slack, client secret", 200, { ok: false, error: "bad_client_secret" }],
  ["Slack, limit", 200, { ok: false, error: "ratelimited" }],
  ["Slack, server", 200, { ok: false, error: "fatal_error" }],
  ["success: false", 200, { success: false, message: "Something went wrong" }],
  ...[
    "Invalid ApiKey",
    "Wrong client",
    "Rate limit hit",
    "ratelimited",
    "Upstream timeout",
    "The operation timed out",
    "Gateway time-out",
    "Server overloaded",
    "internal_server_error",
    "internal error",
    "server_error",
    "slow_down",
    "This field is not allowed",
    "Field not allowed",
    "A required parameter",
    "Wrong content type",
    "contentType",
    "Invalid input"
  ].map((message) => ["a message", 403, { message }] as const),
  ...["invalid_scope", "unsupported_response_type", "INVALID_REQUEST"].map(
    (error) => ["a code of RFC 6749", 400, { error, error_description: "No" }] as const
  ),
  ["a route with a code", 404, { code: "NOT_FOUND", message: "The requested resource could not be found" }],
  ["a conflict with a code", 409, { code: "CONFLICT", message: "Another request is in progress" }],
  ["nested JSON text, client", 400, { message: JSON.stringify({ error: "invalid_client" }) }],
  ["an empty body, 400", 400, ""],
  ["an empty body, 401", 401, ""],
  ["an empty body, 403", 403, ""],
  ["an empty object", 401, {}],
  ["a list", 401, [{ message: "Invalid refresh token" }]],
  ["null", 401, "null"],
  ["a JSON string", 400, '"no"'],
  ["a redirect", 302, ""],
  ["an empty success", 200, ""],
  ["a success without tokens", 200, {}]
]

const bodyOf = (body: unknown) => (typeof body === "string" ? body : JSON.stringify(body))

describe("a refused refresh", () => {
  const refusedBy = ([, status, body, contentType = "application/json"]: Row) =>
    Effect.gen(function* () {
      const session = yield* TokenSession
      yield* session.start(key, yield* tokensOf("1", { lifetime: 0 }))
      const error = yield* Effect.flip(session.accessToken(key))
      const isStored = Option.isSome(yield* (yield* TokenStore).get(key))
      const outcome = error._tag === "SessionLostError" ? error.reason : "kept"
      return { outcome, isStored, requests: (yield* sent).length }
    }).pipe(Effect.provide(scripted([answerText(status, bodyOf(body), { "content-type": contentType })])))

  for (const row of endTheSession) {
    it.effect(`ends the session: ${row[0]}, ${row[1]} ${bodyOf(row[2]).slice(0, 90)}`, () =>
      Effect.map(refusedBy(row), (found) =>
        assert.deepStrictEqual(found, { outcome: "RefreshTokenSpent", isStored: false, requests: 1 })
      )
    )
  }

  for (const row of keepTheSession) {
    it.effect(`keeps the session: ${row[0]}, ${row[1]} ${bodyOf(row[2]).slice(0, 90)}`, () =>
      Effect.map(refusedBy(row), (found) =>
        assert.deepStrictEqual(found, { outcome: "kept", isStored: true, requests: 1 })
      )
    )
  }
})
