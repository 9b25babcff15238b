import { BaanxApi, Seconds, TokenAnswer } from "@effect-baanx/api"
import { OpenApi } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Either, Schema } from "effect"

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

  it("takes the hosted token request as JSON and as a form", () => {
    const body = document.paths["/v1/auth/oauth2/token"]?.post?.requestBody
    assert.deepStrictEqual(Object.keys(body?.content ?? {}).sort(), [
      "application/json",
      "application/x-www-form-urlencoded"
    ])
  })

  it("names the client key, its two refusals and no key for the hosted page", () => {
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

  it("reads the documented answer, and null or any case where real servers send them", () => {
    assert.isTrue(Either.isRight(decode(documented)))
    assert.isTrue(Either.isRight(decode({ ...documented, token_type: "bEaReR", refresh_token_expires_in: null })))
  })

  it("refuses another token type and a lifetime that is missing or no whole number of seconds", () => {
    assert.isTrue(Either.isLeft(decode({ ...documented, token_type: "mac" })))
    for (const expires_in of [undefined, null, 0, -1, 1.5, "1e3", " 5", "", "soon", Number.POSITIVE_INFINITY]) {
      assert.isTrue(Either.isLeft(decode({ ...documented, expires_in })), String(expires_in))
    }
  })

  it("reads seconds that came as text", () => {
    assert.strictEqual(Schema.decodeUnknownSync(Seconds)("21600"), 21600)
  })
})
