import { AccessToken, CodeVerifier, isRetryable, RefreshToken, TokenService, TokenSet } from "@effect-baanx/oauth"
import { answerFailure, answerJson, answerText } from "@effect-baanx/oauth/testing/MockHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Redacted, Schema, Struct, TestClock } from "effect"
import * as Fixtures from "./Fixtures.js"
import { commonFailures, endsIn, requests, scripted, showsNothing } from "./StepSuite.js"

const { accessToken, assertFields, code, codeVerifier, issued, redirectUri, refreshToken } = Fixtures
const { clientKey, secretKey } = Fixtures.secrets
const secrets = Struct.pick(Fixtures.secrets, "code", "codeVerifier", "accessToken", "refreshToken")

const refreshTokenOf = ({ refreshToken }: TokenSet) => refreshToken && Redacted.value(refreshToken)
const exchange = Effect.flatMap(TokenService, (service) => service.exchange({ code, codeVerifier, redirectUri }))
const refresh = Effect.flatMap(TokenService, (service) => service.refresh({ refreshToken }))
const revoke = Effect.flatMap(TokenService, (service) => service.revoke({ accessToken, refreshToken }))

describe("TokenService", () => {
  it.effect("exchanges a code with the documented body and computes the expiry by the Clock", () =>
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

  for (const exchangeFields of [[], ["redirect_uri"], ["client_id"], ["redirect_uri", "client_id"]] as const) {
    it.effect(
      `exchanges a code in the oauth2 family with three fields and ${exchangeFields.join(" and ") || "no other"}`,
      () =>
        Effect.gen(function* () {
          yield* exchange
          const [sent] = yield* requests
          assert.strictEqual(`${sent?.method} ${sent?.url}`, "POST https://dev.api.baanx.com/v1/auth/oauth2/token")
          const all = { redirect_uri: "https://yourapp.com/callback", client_id: clientKey }
          assert.deepStrictEqual(JSON.parse(sent?.body ?? ""), {
            grant_type: "authorization_code",
            code: secrets.code,
            code_verifier: secrets.codeVerifier,
            ...Struct.pick(all, ...exchangeFields)
          })
        }).pipe(scripted([answerJson(200, issued)], { pathFamily: "oauth2", exchangeFields }))
    )
  }

  it.effect("refreshes in the region and path family of the tokens, and sends only the refresh token", () =>
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

  it.effect("sends the secret key with both grants if secretKeyOn includes token", () =>
    Effect.gen(function* () {
      yield* exchange
      yield* refresh
      assert.deepStrictEqual(
        (yield* requests).map(({ headers }) => headers["x-secret-key"]),
        [secretKey, secretKey]
      )
    }).pipe(scripted([answerJson(200, issued), answerJson(200, issued)], { secretKeyOn: ["token"] }))
  )

  it.effect("revokes both tokens with one call in the oauth family", () =>
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

  it.effect("reads a lifetime that is a string of digits", () =>
    Effect.map(exchange, (tokens) => assert.strictEqual(DateTime.toEpochMillis(tokens.expiresAt), 3_600_000)).pipe(
      scripted([answerJson(200, { ...issued, expires_in: "3600" })])
    )
  )

  for (const [title, changes, lifetime, refreshLifetime] of [
    ["a fraction", { expires_in: 3599.5, refresh_token_expires_in: 7199.5 }, 3599, 7199],
    ["digits", { expires_in: "3600", refresh_token_expires_in: "7200" }, 3600, 7200],
    ["nothing", { expires_in: undefined, refresh_token_expires_in: undefined }, 300, undefined],
    ["null", { expires_in: null, refresh_token_expires_in: null }, 300, undefined],
    ["zero", { expires_in: 0, refresh_token_expires_in: 0 }, 300, undefined],
    ["a negative number", { expires_in: -1, refresh_token_expires_in: -1 }, 300, undefined],
    ["words", { expires_in: "six hours", refresh_token_expires_in: "184 days" }, 300, undefined],
    ["ten years", { expires_in: 315_360_000, refresh_token_expires_in: 315_360_000 }, 315_360_000, 315_360_000],
    ["a date", { expires_in: 1_795_651_200, refresh_token_expires_in: 1_795_651_200 }, 300, undefined],
    [
      "a number beyond any date",
      { expires_in: Number.MAX_SAFE_INTEGER, refresh_token_expires_in: 1e300 },
      300,
      undefined
    ]
  ] as const) {
    it.effect(`keeps tokens whose lifetime is ${title}, as ${lifetime} seconds`, () =>
      Effect.gen(function* () {
        const tokens = yield* exchange
        assert.strictEqual(DateTime.toEpochMillis(tokens.expiresAt), lifetime * 1000)
        assert.strictEqual(
          tokens.refreshExpiresAt && DateTime.toEpochMillis(tokens.refreshExpiresAt),
          refreshLifetime && refreshLifetime * 1000
        )
        yield* refresh
      }).pipe(scripted([answerJson(200, { ...issued, ...changes }), answerJson(200, { ...issued, ...changes })]))
    )
  }

  for (const [title, changes] of [
    ["another token type", { token_type: "mac" }],
    ["an empty token type", { token_type: "" }],
    ["a list of scopes", { scope: ["openid"] }],
    ["an id_token that is false", { id_token: false }],
    ["null everywhere", { scope: null, id_token: null, token_type: null }],
    ["unknown members", { created_at: 1, user: { id: 1 } }]
  ] as const) {
    it.effect(`keeps tokens that come with ${title}`, () =>
      Effect.gen(function* () {
        for (const tokens of [yield* exchange, yield* refresh]) {
          assert.strictEqual(Redacted.value(tokens.accessToken), secrets.accessToken)
          assert.strictEqual(refreshTokenOf(tokens), secrets.refreshToken)
        }
      }).pipe(scripted([answerJson(200, { ...issued, ...changes }), answerJson(200, { ...issued, ...changes })]))
    )
  }

  for (const [title, headers] of [
    ["empty", { "content-type": "" }],
    ["text/plain", { "content-type": "text/plain" }],
    ["text/html", { "content-type": "text/html; charset=utf-8" }],
    ["JSON twice", { "content-type": "application/json, application/json" }],
    ["application/octet-stream", { "content-type": "application/octet-stream" }]
  ] as const) {
    it.effect(`keeps tokens whose content type is ${title}`, () =>
      Effect.gen(function* () {
        assert.strictEqual(Redacted.value((yield* exchange).accessToken), secrets.accessToken)
        assert.strictEqual(Redacted.value((yield* refresh).accessToken), secrets.accessToken)
        yield* revoke
      }).pipe(
        scripted([
          answerText(200, JSON.stringify(issued), headers),
          answerText(200, JSON.stringify(issued), headers),
          answerText(200, '{"success":true}', headers)
        ])
      )
    )
  }

  it.effect("keeps the old refresh token and its expiry if a refresh returns no new one", () =>
    Effect.gen(function* () {
      const service = yield* TokenService
      const before = yield* exchange
      for (const _ of [undefined, null, "", " "]) {
        const after = yield* service.refresh(before)
        assert.strictEqual(refreshTokenOf(after), secrets.refreshToken)
        assert.deepStrictEqual(after.refreshExpiresAt, before.refreshExpiresAt)
      }
    }).pipe(
      scripted([
        answerJson(200, issued),
        ...[undefined, null, "", " "].map((refresh_token) =>
          answerJson(200, { access_token: secrets.accessToken, expires_in: 60, refresh_token })
        )
      ])
    )
  )

  it.effect("accepts an access token without a refresh token", () =>
    Effect.map(exchange, (tokens) => assert.isUndefined(refreshTokenOf(tokens))).pipe(
      scripted([answerJson(200, { ...issued, refresh_token: undefined })])
    )
  )

  for (const [title, changes, path] of [
    ["no access token", { access_token: undefined }, "access_token"],
    ["an empty access token", { access_token: "" }, "access_token"],
    ["a blank access token", { access_token: "  " }, "access_token"],
    ["an access token that a header cannot carry", { access_token: "a\nb" }, "access_token"],
    ["an access token over the limit", { access_token: "x".repeat(16_385) }, "access_token"],
    ["a refresh token over the limit", { refresh_token: "x".repeat(16_385) }, "refresh_token"],
    ["a refresh token that RFC 6749 does not allow", { refresh_token: "r\u0000" }, "refresh_token"]
  ] as const) {
    it.effect(`fails with DecodeError when Baanx sends ${title}`, () =>
      endsIn(
        exchange,
        [answerJson(200, { ...issued, ...changes })],
        { _tag: "DecodeError", operation: "token", path },
        secrets
      )
    )
  }

  it.effect("says what it expected when a refresh returns a token that cannot be sent", () =>
    endsIn(
      refresh,
      [answerJson(200, { ...issued, refresh_token: "r\u0000" })],
      {
        _tag: "DecodeError",
        operation: "refresh",
        path: "refresh_token",
        expected: "a token that can be sent, within maxTokenLength"
      },
      secrets
    )
  )

  for (const [title, tokens, config] of [
    ["9,000 characters", { access_token: "a".repeat(9_000), refresh_token: "r".repeat(9_000) }, {}],
    [
      "20,000 characters, as maxTokenLength allows,",
      { access_token: "a".repeat(20_000), refresh_token: "r".repeat(20_000) },
      { maxTokenLength: 20_000 }
    ],
    ["two words", { refresh_token: "one two" }, {}]
  ] as const) {
    it.effect(`tokens of ${title} can be refreshed and revoked`, () =>
      Effect.gen(function* () {
        const service = yield* TokenService
        const issued = yield* exchange
        yield* service.revoke(yield* service.refresh(issued))
      }).pipe(
        scripted(
          [answerJson(200, { ...issued, ...tokens }), answerJson(200, { ...issued, ...tokens }), answerJson(200, {})],
          config
        )
      )
    )
  }

  for (const family of ["oauth", "oauth2"] as const) {
    for (const [title, status, body, headers] of [
      ["an empty object", 200, "{}", { "content-type": "application/json" }],
      ["an empty body", 200, "", {}],
      ["204", 204, "", {}],
      ["a word", 200, "ok", { "content-type": "text/plain" }],
      ["a word as JSON", 200, "ok", { "content-type": "application/json" }],
      ["null", 200, "null", { "content-type": "application/json" }],
      ["202", 202, '{"status":"accepted"}', { "content-type": "application/json" }]
    ] as const) {
      it.effect(`a revocation in the ${family} family succeeds when Baanx responds with ${title}`, () =>
        revoke.pipe(
          scripted([answerText(status, body, headers), answerText(status, body, headers)], { pathFamily: family })
        )
      )
    }

    for (const [title, status, body, type, tag] of [
      ["success: false", 200, '{"success":false}', "application/json", "InvalidRequestError"],
      ['success: "false"', 200, '{"success":"false"}', "application/json", "InvalidRequestError"],
      ["an error at status 200", 200, '{"error":"invalid_client"}', "application/json", "InvalidRequestError"],
      ["a page at status 200", 200, "<html>", "text/html", "UnexpectedResponseError"],
      ["invalid_client", 401, '{"error":"invalid_client"}', "application/json", "UnauthorizedError"],
      ["498", 498, '{"message":"Invalid client key"}', "application/json", "UnauthorizedError"],
      ["503", 503, "", "text/html", "ServerError"]
    ] as const) {
      const answer = answerText(status, body, { "content-type": type })
      it.effect(`a revocation in the ${family} family fails with ${tag} when Baanx responds with ${title}`, () =>
        Effect.map(Effect.flip(revoke), (error) => assert.strictEqual(error._tag, tag)).pipe(
          scripted([answer, answer], { pathFamily: family })
        )
      )
    }
  }

  it.effect("revokes the access token even if revoking the refresh token fails, and reports the failure", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(revoke))._tag, "ServerError")
      assert.strictEqual((yield* requests).length, 2)
    }).pipe(scripted([answerJson(503, {}), answerJson(200, {})], { pathFamily: "oauth2" }))
  )

  for (const [title, tokens, hint] of [
    ["a refresh token", { refreshToken }, "refresh_token"],
    ["an access token", { accessToken }, "access_token"]
  ] as const) {
    it.effect(`revokes only ${title} in the oauth2 family if there is no other token`, () =>
      Effect.gen(function* () {
        const service = yield* TokenService
        yield* service.revoke(tokens)
        const [sent, ...more] = yield* requests
        assert.strictEqual(JSON.parse(sent?.body ?? "").token_hint, hint)
        assert.deepStrictEqual(more, [])
      }).pipe(scripted([answerJson(200, {})], { pathFamily: "oauth2" }))
    )
  }

  const broken = "a\nb"
  for (const [title, tokens, fields] of [
    ["no token", {}, { _tag: "MissingTokenError", missing: ["accessToken", "refreshToken"] }],
    [
      "a malformed access token",
      { accessToken: AccessToken.make(broken), refreshToken },
      { _tag: "InvalidTokenError", token: "accessToken", reason: "ForbiddenCharacter" }
    ],
    [
      "a malformed access token alone",
      { accessToken: AccessToken.make(broken) },
      { _tag: "InvalidTokenError", token: "accessToken", reason: "ForbiddenCharacter" }
    ],
    [
      "a malformed refresh token alone",
      { refreshToken: RefreshToken.make(broken) },
      { _tag: "InvalidTokenError", token: "refreshToken", reason: "ForbiddenCharacter" }
    ]
  ] as const) {
    it.effect(`a revocation of ${title} in the oauth2 family sends nothing and fails with ${fields._tag}`, () =>
      Effect.gen(function* () {
        const service = yield* TokenService
        assertFields(yield* Effect.flip(service.revoke(tokens)), fields)
        assert.deepStrictEqual(yield* requests, [])
      }).pipe(scripted([], { pathFamily: "oauth2" }))
    )
  }

  for (const pathFamily of ["oauth", "oauth2"] as const) {
    it.effect(`revokes by POST /v1/auth/logout in the ${pathFamily} family if signOutBy is logout`, () =>
      Effect.gen(function* () {
        yield* revoke
        const [sent, ...more] = yield* requests
        assert.strictEqual(`${sent?.method} ${sent?.url}`, "POST https://dev.api.baanx.com/v1/auth/logout")
        assert.strictEqual(sent?.headers["authorization"], `Bearer ${secrets.accessToken}`)
        assert.deepStrictEqual(more, [])
      }).pipe(scripted([answerJson(200, { success: true })], { pathFamily, signOutBy: "logout" }))
    )
  }

  for (const [title, status, body, tag] of [
    ["invalid_grant at 403", 403, { error: "invalid_grant" }, "InvalidGrantError"],
    ["INVALID_GRANT in capitals", 400, { error: "INVALID_GRANT" }, "InvalidGrantError"],
    ["invalid_grant at 200", 200, { error: "invalid_grant" }, "InvalidGrantError"],
    ["Baanx's words at 401", 401, { message: "Invalid refresh token" }, "InvalidGrantError"],
    ["Baanx's words at 400", 400, { message: "The refresh token is invalid, expired or revoked" }, "InvalidGrantError"],
    ["a message that names the field", 422, { message: "refresh_token field is not allowed" }, "InvalidRequestError"]
  ] as const) {
    it.effect(`a refresh refused with ${title} fails with ${tag}`, () =>
      Effect.map(Effect.flip(refresh), (error) => assert.strictEqual(error._tag, tag)).pipe(
        scripted([answerJson(status, body)])
      )
    )
  }

  for (const body of ["invalid_grant", '{"error":"invalid_grant"}', "error=invalid_grant&error_description=x"]) {
    it.effect(`a refresh refused with the text ${body} fails with InvalidGrantError`, () =>
      Effect.map(Effect.flip(refresh), (error) => assert.strictEqual(error._tag, "InvalidGrantError")).pipe(
        scripted([answerText(400, body, { "content-type": "text/plain" })])
      )
    )
  }

  for (const [operation, call] of [
    ["token", exchange],
    ["refresh", refresh]
  ] as const) {
    it.effect(`${operation} fails with InvalidGrantError when Baanx responds with invalid_grant`, () =>
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

    it.effect(`${operation} is not retryable once the request may have arrived`, () =>
      Effect.gen(function* () {
        const [sent, unsent, failed] = [yield* Effect.flip(call), yield* Effect.flip(call), yield* Effect.flip(call)]
        assert.isFalse(isRetryable(sent))
        assert.isTrue(isRetryable(unsent))
        assert.isFalse(isRetryable(failed))
        assert.strictEqual((yield* requests).length, 3)
      }).pipe(scripted([answerFailure("Closed", true), answerFailure("Connect", false), answerJson(503, {})]))
    )

    for (const [title, answer, fields] of commonFailures(secrets)) {
      it.effect(`${operation}, ${title}: fails with ${fields["_tag"]} and shows no secret`, () =>
        endsIn(call, [answer], { operation, ...fields }, secrets)
      )
    }

    it.effect(`${operation} shows no secret when it succeeds`, () =>
      showsNothing(call, [answerJson(200, issued)], secrets)
    )
  }

  // For a revocation, only the status counts.
  const failuresOfRevoke = commonFailures(secrets).filter(
    ([title]) => !["200 with HTML", "200 with text that is not JSON", "200 with a list of secrets"].includes(title)
  )
  for (const [title, answer, fields] of failuresOfRevoke) {
    it.effect(`revoke, ${title}: fails with ${fields["_tag"]} and shows no secret`, () =>
      endsIn(revoke, [answer], { operation: "revoke", ...fields }, secrets)
    )
  }

  it.effect("sends nothing without a code, a verifier or a token", () =>
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
  it.effect("encodes to plain JSON and decodes back unchanged", () =>
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
