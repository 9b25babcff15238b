import { BaanxApi } from "@effect-baanx/api"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as HttpApi from "effect/http-api/HttpApi"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { inspect } from "node:util"

/** The names of the fields that are not secret: every other text is. */
const open = new Set([
  "client_id",
  "code_challenge",
  "code_challenge_method",
  "email",
  "expires_in",
  "grant_type",
  "mode",
  "phase",
  "prompt",
  "redirect_uri",
  "refresh_token_expires_in",
  "region",
  "response_type",
  "token_hint",
  "token_type",
  "x-us-env"
])

/** Fields that are not secret at one endpoint: a program shows the user, and requests a code by the user's id. */
const openAt: Readonly<Record<string, ReadonlyArray<string>>> = {
  user: ["id", "email", "verificationState"],
  sendOtp: ["userId"],
  hostedPage: ["scope"]
}

/** Valid as a verifier, as a state and as any other text. */
const canary = "canary-0123456789-0123456789-0123456789-012"

const withCanaries = (encoded: unknown, shown: (name: string) => boolean): unknown =>
  typeof encoded === "object" && encoded !== null
    ? Object.fromEntries(
        Object.entries(encoded).map(([name, value]) => [
          name,
          typeof value === "string" && !shown(name) ? canary : value
        ])
      )
    : encoded

const covers = (title: string, { ast }: Schema.Top, shown: (name: string) => boolean) => {
  const schema = Schema.make<Schema.Codec<unknown>>(ast)
  const decode = Schema.decodeUnknownOption(schema)
  const encoded = Arbitrary.schema(Schema.toEncoded(schema)).pipe(
    Arbitrary.map((encoded) => decode(withCanaries(encoded, shown))),
    // A lifetime of zero is not valid.
    Arbitrary.filter(Option.isSome)
  )
  it.effect(title, () =>
    Effect.map(
      Arbitrary.checkEffect(encoded, ({ value }) => {
        for (const text of [
          String(value),
          String(JSON.stringify(value)),
          inspect(value, { depth: 9, showHidden: true })
        ]) {
          assert.notInclude(text, "canary")
        }
        return true
      }),
      (result) => assert.strictEqual(result._tag, "Passed", Arbitrary.formatCheckFailure(result))
    )
  )
}

describe("no secret prints, in any request or response of the contract", () => {
  HttpApi.reflect(BaanxApi, {
    onGroup: () => undefined,
    onEndpoint: ({ endpoint, successes }) => {
      const shown = (name: string) => open.has(name) || (openAt[endpoint.identifier] ?? []).includes(name)
      if (endpoint.query !== undefined) covers(`${endpoint.identifier}: query`, endpoint.query, shown)
      if (endpoint.headers !== undefined) covers(`${endpoint.identifier}: headers`, endpoint.headers, shown)
      for (const [contentType, { schemas }] of endpoint.payload) {
        for (const schema of schemas) covers(`${endpoint.identifier}: body, ${contentType}`, schema, shown)
      }
      for (const [status, schemas] of successes) {
        for (const schema of schemas) covers(`${endpoint.identifier}: ${status}`, schema, shown)
      }
    }
  })
})
