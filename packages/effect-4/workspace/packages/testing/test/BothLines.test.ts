import { BaanxApi } from "@effect-baanx/api/BaanxApi"
import { PendingAuthorization } from "@effect-baanx/oauth/PendingAuthorizations"
import { TokenSet } from "@effect-baanx/oauth/TokenService"
import { BaanxAuth, PasswordSignIn } from "@effect-baanx/server/BaanxAuth"
import * as KeyRing from "@effect-baanx/sql/KeyRing"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpApi from "effect/http-api/HttpApi"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as FastCheck from "fast-check"
import * as OtherLine from "../../../../dist/OtherLine.js"

const optional = <A>(value: FastCheck.Arbitrary<A>) => FastCheck.option(value, { nil: undefined })

const date = FastCheck.date({ min: new Date(0), max: new Date("2200-01-01T00:00:00Z"), noInvalidDate: true }).map(
  (date) => date.toISOString()
)

const region = FastCheck.constantFrom("international", "us")
const family = FastCheck.constantFrom("oauth", "oauth2")

const tokens = FastCheck.record({
  accessToken: FastCheck.string({ minLength: 1 }),
  refreshToken: optional(FastCheck.string({ minLength: 1 })),
  expiresAt: date,
  refreshExpiresAt: optional(date),
  region,
  pathFamily: optional(family),
  issuedAt: optional(date),
  grantType: optional(FastCheck.constantFrom("authorization_code", "refresh_token"))
})

const pending = FastCheck.record({
  state: FastCheck.string({ minLength: 1 }),
  codeVerifier: FastCheck.string({ minLength: 1 }),
  redirectUri: FastCheck.constantFrom(
    "https://yourapp.com/callback",
    "http://localhost:3000/callback?a=b",
    "app://back"
  ),
  region,
  pathFamily: family,
  baseUrl: FastCheck.webUrl(),
  expiresAt: date
})

const readAndWrite = <A>(schema: Schema.Codec<A, unknown>) => {
  const json = Schema.fromJsonString(schema)
  return (text: string): string => Schema.encodeSync(json)(Schema.decodeUnknownSync(json)(text))
}

const parsed = (text: string): unknown => JSON.parse(text)

describe("what one line has stored", () => {
  for (const [name, given, own, other] of [
    ["tokens", tokens, readAndWrite(TokenSet), OtherLine.readAndWrite.TokenSet],
    ["a sign-in", pending, readAndWrite(PendingAuthorization), OtherLine.readAndWrite.PendingAuthorization]
  ] as const) {
    it(`is read by the other, and the other way round: ${name}`, () => {
      FastCheck.assert(
        FastCheck.property(given, (value) => {
          const text = JSON.stringify(value)
          assert.deepStrictEqual(parsed(own(other(text))), parsed(text))
          assert.deepStrictEqual(parsed(other(own(text))), parsed(text))
        })
      )
    })
  }

  it("is opened by the other, and the other way round: a sealed row", async () => {
    const key = Buffer.alloc(32, 7).toString("base64")
    const place = { store: "TokenStore", row: "row" } as const
    const ring = await Effect.runPromise(KeyRing.make([Redacted.make(key)]))
    const sealed = await Effect.runPromise(ring.seal(place, Redacted.make("text")))
    assert.strictEqual(await OtherLine.open(key, sealed), "text")
    const opened = await Effect.runPromise(ring.open(place, await OtherLine.seal(key, "text")))
    assert.strictEqual(Redacted.value(opened), "text")
  })
})

describe("the OpenAPI document", () => {
  it("of Baanx is the same on both lines", () => {
    assert.deepStrictEqual<object>(OpenApi.fromApi(BaanxApi), OtherLine.openApi.BaanxApi())
  })

  it("of a backend with the sign-in is the same on both lines", () => {
    const api = HttpApi.make("app").add(BaanxAuth).add(PasswordSignIn)
    assert.deepStrictEqual<object>(OpenApi.fromApi(api), OtherLine.openApi.BaanxAuth())
  })
})
