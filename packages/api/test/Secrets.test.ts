import { BaanxApi } from "@effect-baanx/api"
import { HttpApi } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, FastCheck, Option, Schema, type SchemaAST } from "effect"
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

const covers = (title: string, { ast }: { readonly ast: SchemaAST.AST }, shown: (name: string) => boolean) => {
  const schema = Schema.make<unknown, unknown>(ast)
  const decode = Schema.decodeUnknownOption(schema)
  it.prop(title, [Arbitrary.make(Schema.encodedBoundSchema(schema))], ([encoded]) => {
    const decoded = decode(withCanaries(encoded, shown))
    // A lifetime of zero is not valid.
    FastCheck.pre(Option.isSome(decoded))
    const { value } = decoded
    for (const text of [String(value), JSON.stringify(value), inspect(value, { depth: 9, showHidden: true })]) {
      assert.notInclude(text, "canary")
    }
  })
}

describe("no secret prints, in any request or response of the contract", () => {
  HttpApi.reflect(BaanxApi, {
    onGroup: () => undefined,
    onEndpoint: ({ endpoint, payloads, successes }) => {
      const shown = (name: string) => open.has(name) || (openAt[endpoint.name] ?? []).includes(name)
      for (const [part, schema] of [
        ["query", endpoint.urlParamsSchema],
        ["headers", endpoint.headersSchema]
      ] as const) {
        if (Option.isSome(schema)) covers(`${endpoint.name}: ${part}`, schema.value, shown)
      }
      for (const [contentType, payload] of payloads) {
        covers(`${endpoint.name}: body, ${contentType}`, payload, shown)
      }
      for (const [status, { ast }] of successes) {
        if (Option.isSome(ast)) covers(`${endpoint.name}: ${status}`, { ast: ast.value }, shown)
      }
    }
  })
})
