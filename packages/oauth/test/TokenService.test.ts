import { answerFailure, answerJson, CodeVerifier, isRetryable, TokenService, TokenSet } from "@effect-baanx/oauth"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Redacted, Schema, Struct, TestClock } from "effect"
import * as Fixtures from "./Fixtures.js"
import { commonFailures, endsIn, requests, scripted, showsNothing } from "./StepSuite.js"

const { accessToken, code, codeVerifier, issued, redirectUri, refreshToken } = Fixtures
const { clientKey, secretKey } = Fixtures.secrets
const secrets = Struct.pick(Fixtures.secrets, "code", "codeVerifier", "accessToken", "refreshToken")

const exchange = Effect.flatMap(TokenService, (service) => service.exchange({ code, codeVerifier, redirectUri }))
const refresh = Effect.flatMap(TokenService, (service) => service.refresh({ refreshToken }))
const revoke = Effect.flatMap(TokenService, (service) => service.revoke({ accessToken, refreshToken }))

describe("TokenService", () => {
  it.effect("exchanges a code with the documented body and dates the tokens by our clock", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2030, 0, 1))
      const tokens = yield* exchange
      assert.strictEqual(Redacted.value(tokens.accessToken), secrets.accessToken)
      assert.strictEqual(tokens.refreshToken && Redacted.value(tokens.refreshToken), secrets.refreshToken)
      assert.strictEqual(DateTime.formatIso(tokens.expiresAt), "2030-01-01T06:00:00.000Z")
      assert.strictEqual(
        tokens.refreshExpiresAt && DateTime.formatIso(tokens.refreshExpiresAt),
        "2030-07-04T00:00:00.000Z"
      )
      assert.strictEqual(tokens.region, "international")
      assert.strictEqual(tokens.pathFamily, "oauth")
      const [sent] = yield* requests
      assert.strictEqual(`${sent?.method} ${sent?.url}`, "POST https://dev.api.baanx.com/v1/auth/oauth/token")
      assert.deepStrictEqual(JSON.parse(sent?.body ?? ""), {
        grant_type: "authorization_code",
        code: secrets.code,
        redirect_uri: "https://yourapp.com/callback",
        code_verifier: secrets.codeVerifier
      })
      assert.deepStrictEqual(Object.keys(sent?.headers ?? {}).sort(), [
        "accept",
        "content-length",
        "content-type",
        "x-client-key",
        "x-us-env"
      ])
    }).pipe(scripted([answerJson(200, issued)]))
  )

  it.effect("refreshes where the tokens came from, with nothing but the refresh token", () =>
    Effect.gen(function* () {
      const service = yield* TokenService
      const tokens = yield* service.refresh({ refreshToken, region: "us", pathFamily: "oauth2" })
      assert.strictEqual(tokens.region, "us")
      assert.strictEqual(tokens.pathFamily, "oauth2")
      assert.isUndefined(tokens.refreshExpiresAt)
      const [sent] = yield* requests
      assert.strictEqual(sent?.url, "https://dev.api.baanx.com/v1/auth/oauth2/token")
      assert.strictEqual(sent?.headers["x-us-env"], "true")
      assert.deepStrictEqual(JSON.parse(sent?.body ?? ""), {
        grant_type: "refresh_token",
        refresh_token: secrets.refreshToken
      })
    }).pipe(scripted([answerJson(200, { ...issued, refresh_token_expires_in: null, token_type: "bearer" })]))
  )

  it.effect("sends the secret key with both grants where the configuration says so", () =>
    Effect.gen(function* () {
      yield* exchange
      yield* refresh
      assert.deepStrictEqual(
        (yield* requests).map(({ headers }) => headers["x-secret-key"]),
        [secretKey, secretKey]
      )
    }).pipe(scripted([answerJson(200, issued), answerJson(200, issued)], { secretKeyOn: ["token"] }))
  )

  it.effect("revokes everything with one call in the oauth family", () =>
    Effect.gen(function* () {
      yield* revoke
      const [sent] = yield* requests
      assert.strictEqual(`${sent?.method} ${sent?.url}`, "DELETE https://dev.api.baanx.com/v1/auth/oauth/revoke")
      assert.strictEqual(sent?.headers["authorization"], `Bearer ${secrets.accessToken}`)
      assert.strictEqual(sent?.headers["x-client-key"], clientKey)
      assert.isUndefined(sent?.body)
    }).pipe(scripted([answerJson(200, { success: true })]))
  )

  it.effect("revokes the refresh token, then the access token, in the oauth2 family", () =>
    Effect.gen(function* () {
      yield* revoke
      assert.deepStrictEqual(
        (yield* requests).map(({ body, url }) => [url, JSON.parse(body ?? "")]),
        [
          [
            "https://dev.api.baanx.com/v1/auth/oauth2/revoke",
            { token: secrets.refreshToken, token_hint: "refresh_token" }
          ],
          [
            "https://dev.api.baanx.com/v1/auth/oauth2/revoke",
            { token: secrets.accessToken, token_hint: "access_token" }
          ]
        ]
      )
    }).pipe(
      scripted([answerJson(200, { success: true }), answerJson(200, { success: true })], { pathFamily: "oauth2" })
    )
  )

  it.effect("reads a lifetime that came as digits", () =>
    Effect.map(exchange, (tokens) => assert.strictEqual(DateTime.toEpochMillis(tokens.expiresAt), 3_600_000)).pipe(
      scripted([answerJson(200, { ...issued, expires_in: "3600" })])
    )
  )

  for (const [title, changes, path] of [
    ["no lifetime", { expires_in: undefined }, "expires_in"],
    ["a lifetime of zero", { expires_in: 0 }, "expires_in"],
    ["a lifetime in words", { expires_in: "six hours" }, "expires_in"],
    ["a lifetime beyond any date", { expires_in: Number.MAX_SAFE_INTEGER }, "expires_in"],
    ["no refresh token", { refresh_token: undefined }, "refresh_token"],
    ["an empty access token", { access_token: "" }, "access_token"],
    ["a token of another type", { token_type: "mac" }, "token_type"]
  ] as const) {
    it.effect(`refuses ${title} instead of guessing`, () =>
      endsIn(
        exchange,
        [answerJson(200, { ...issued, ...changes })],
        { _tag: "DecodeError", operation: "token", path },
        secrets
      )
    )
  }

  for (const [operation, call] of [
    ["token", exchange],
    ["refresh", refresh]
  ] as const) {
    it.effect(`invalid_grant on ${operation} is its own error`, () =>
      endsIn(
        call,
        [
          answerJson(400, {
            error: "invalid_grant",
            error_description: "The refresh token is invalid, expired or revoked"
          })
        ],
        { _tag: "InvalidGrantError", operation, description: "The refresh token is invalid, expired or revoked" },
        secrets
      )
    )

    it.effect(`${operation} is never to be repeated once it may have arrived`, () =>
      Effect.gen(function* () {
        const [sent, unsent, failed] = [yield* Effect.flip(call), yield* Effect.flip(call), yield* Effect.flip(call)]
        assert.isFalse(isRetryable(sent))
        assert.isTrue(isRetryable(unsent))
        assert.isFalse(isRetryable(failed))
        assert.strictEqual((yield* requests).length, 3)
      }).pipe(scripted([answerFailure("Closed", true), answerFailure("Connect", false), answerJson(503, {})]))
    )

    for (const [title, answer, fields] of commonFailures(secrets)) {
      it.effect(`${title} on ${operation} is a ${fields["_tag"]} and shows no secret`, () =>
        endsIn(call, [answer], { operation, ...fields }, secrets)
      )
    }

    it.effect(`${operation} shows no secret when it succeeds`, () =>
      showsNothing(call, [answerJson(200, issued)], secrets)
    )
  }

  for (const [title, answer, fields] of commonFailures(secrets)) {
    it.effect(`${title} on revoke is a ${fields["_tag"]} and shows no secret`, () =>
      endsIn(revoke, [answer], { operation: "revoke", ...fields }, secrets)
    )
  }

  it.effect("sends nothing without a code, a verifier, or a refresh token", () =>
    Effect.gen(function* () {
      const service = yield* TokenService
      const missing = yield* Effect.flip(service.exchange({ code: undefined, codeVerifier: undefined, redirectUri }))
      assert.deepStrictEqual(missing._tag === "MissingTokenError" && [...missing.missing], [
        "authorizationCode",
        "codeVerifier"
      ])
      const short = yield* Effect.flip(
        service.exchange({ code, codeVerifier: Schema.decodeSync(CodeVerifier)("short"), redirectUri })
      )
      assert.strictEqual(short._tag, "InvalidTokenError")
      assert.strictEqual((yield* Effect.flip(service.refresh({ refreshToken: undefined })))._tag, "MissingTokenError")
      assert.strictEqual(
        (yield* Effect.flip(service.revoke({ accessToken: undefined, refreshToken })))._tag,
        "MissingTokenError"
      )
      assert.deepStrictEqual(yield* requests, [])
    }).pipe(scripted([]))
  )
})

describe("TokenSet", () => {
  it.effect("comes back whole from its encoded form, which is plain", () =>
    Effect.gen(function* () {
      const tokens = yield* exchange.pipe(scripted([answerJson(200, issued)]))
      const encoded = yield* Schema.encode(Schema.parseJson(TokenSet))(tokens)
      assert.include(encoded, secrets.refreshToken)
      const decoded = yield* Schema.decode(Schema.parseJson(TokenSet))(encoded)
      assert.deepStrictEqual(decoded, tokens)
      assert.notInclude(JSON.stringify(tokens), secrets.refreshToken)
    })
  )
})
