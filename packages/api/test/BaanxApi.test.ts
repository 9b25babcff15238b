import { BaanxApi, TokenAnswer } from "@effect-baanx/api"
import { HttpApi, OpenApi } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck, Redacted, Schema } from "effect"

describe("BaanxApi", () => {
  const document = OpenApi.fromApi(BaanxApi)

  it("describes every endpoint of both path families", () => {
    const operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`)
    )
    assert.deepStrictEqual(operations.sort(), [
      "DELETE /v1/auth/oauth/revoke",
      "GET /v1/auth/oauth/authorize/initiate",
      "GET /v1/auth/oauth2/authorize",
      "GET /v1/user",
      "POST /v1/auth/login",
      "POST /v1/auth/login/otp",
      "POST /v1/auth/logout",
      "POST /v1/auth/oauth/authorize",
      "POST /v1/auth/oauth/token",
      "POST /v1/auth/oauth2/revoke",
      "POST /v1/auth/oauth2/token"
    ])
  })

  it("accepts the token request of the oauth2 family as JSON and as a form", () => {
    const body = document.paths["/v1/auth/oauth2/token"]?.post?.requestBody
    assert.deepStrictEqual(Object.keys(body?.content ?? {}).sort(), [
      "application/json",
      "application/x-www-form-urlencoded"
    ])
  })

  it("describes no error of HttpApi itself, which Baanx does not send", () => {
    assert.notInclude(JSON.stringify(document), "HttpApiDecodeError")
    assert.deepStrictEqual(document.paths["/v1/auth/oauth/token"]?.post?.responses[400], {
      description: "The request cannot be read or a value is not allowed | The request violates RFC 6749 or RFC 7636",
      content: {
        "application/json": {
          schema: {
            anyOf: [{ $ref: "#/components/schemas/BadRequest" }, { $ref: "#/components/schemas/OAuthError" }]
          }
        }
      }
    })
  })

  it("can be a part of another API", () => {
    const { paths } = OpenApi.fromApi(HttpApi.make("app").addHttpApi(BaanxApi))
    assert.sameMembers(Object.keys(paths), Object.keys(document.paths))
  })

  it("requires the client key, with its two refusals, except for the hosted page", () => {
    const statuses = Object.keys(document.paths["/v1/auth/oauth/authorize"]?.post?.responses ?? {})
    assert.includeMembers(statuses, ["200", "400", "401", "403", "422", "429", "498", "499", "500"])
    assert.notInclude(Object.keys(document.paths["/v1/auth/oauth2/authorize"]?.get?.responses ?? {}), "499")
    assert.deepStrictEqual(document.components.securitySchemes, {
      clientKey: { type: "apiKey", name: "x-client-key", in: "header", description: "The public key of the tenant" }
    })
  })
})

describe("TokenAnswer", () => {
  const decode = Schema.decodeUnknownEither(TokenAnswer)
  const documented = {
    access_token: "access_token_100a99cf-f4d3-4fa1-9be9-2e9828b20ebc",
    expires_in: 21600,
    refresh_token: "refresh_token_100a99cf-f4d3-4fa1-9be9-2e9828b20ebd",
    refresh_token_expires_in: 15897600
  }

  it("reads the documented response, and null and any letter case where servers send them", () => {
    assert.isTrue(Either.isRight(decode(documented)))
    assert.isTrue(Either.isRight(decode({ ...documented, token_type: "bEaReR", refresh_token_expires_in: null })))
  })

  it.prop("reads the tokens, whatever the other members are", [FastCheck.object()], ([anything]) => {
    for (const name of ["expires_in", "refresh_token_expires_in", "token_type", "scope", "id_token"]) {
      for (const value of [anything, [anything], Object.values(anything)[0], null, false, "", 0, -1, "soon"]) {
        const tokens = Either.getOrThrow(decode({ ...documented, [name]: value }))
        assert.strictEqual(Redacted.value(tokens.access_token), documented.access_token)
        assert.strictEqual(tokens.refresh_token && Redacted.value(tokens.refresh_token), documented.refresh_token)
      }
    }
  })

  it("requires nothing but an access token", () => {
    assert.isTrue(Either.isRight(decode({ access_token: "a" })))
    for (const access_token of [undefined, null, "", 1, ["a"]]) {
      assert.isTrue(Either.isLeft(decode({ ...documented, access_token })))
    }
  })

  for (const [given, seconds] of [
    [21_600, 21_600],
    ["21600", 21_600],
    [3599.5, 3599],
    ["3599.5", 3599],
    ["1e3", 1000],
    [0.5, null],
    [0, null],
    [-1, null],
    ["soon", null],
    [Number.POSITIVE_INFINITY, null],
    [true, null]
  ] as const) {
    it(`reads a lifetime of ${JSON.stringify(given)} as ${seconds}`, () => {
      const tokens = Either.getOrThrow(decode({ ...documented, expires_in: given, refresh_token_expires_in: given }))
      assert.deepStrictEqual([tokens.expires_in, tokens.refresh_token_expires_in], [seconds, seconds])
    })
  }
})
