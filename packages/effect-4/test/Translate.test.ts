import { assert, describe, it } from "@effect/vitest"
import ts from "typescript"
import { translate } from "../src/Translate.js"

const translated = (code: string) =>
  translate(ts.createSourceFile("src/Example.ts", code, ts.ScriptTarget.ES2022, true), undefined, { everywhere: [] })

describe("the translation to Effect 4", () => {
  it("uses the new name and module of what the tables list, and leaves the rest as it is", () => {
    const code = translated(`/** A file. */
import * as Effect from "effect/Effect"
import type * as HttpClient from "@effect/platform/HttpClient"

/** A value. */
export const both = (client: HttpClient.HttpClient) => Effect.zipRight(Effect.void, Effect.succeed( client ))
`)
    assert.include(code, "/** A file. */")
    assert.include(code, 'import type * as HttpClient from "effect/http/HttpClient"')
    assert.include(code, "/** A value. */\nexport const both = (client: HttpClient.HttpClient) => Effect.andThen(")
    assert.include(code, "Effect.succeed( client )")
  })

  it("gives a service, an endpoint and a union their new shape", () => {
    const code = translated(`
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as Context from "effect/Context"
import * as Schema from "effect/Schema"

class Store extends Context.Tag("Store")<Store, { readonly size: number }>() {}
const either = Schema.Union(Schema.String, Schema.Literal("a", "b"))
const get = HttpApiEndpoint.get("get", "/get").addSuccess(either).addError(Schema.String)
`)
    assert.include(code, 'extends Context.Service<Store, { readonly size: number }>()("Store") {}')
    assert.include(code, 'Schema.Union([Schema.String, Schema.Literals(["a", "b"])])')
    assert.include(code, '"/get", { success: either, error: [Schema.String], disableCodecs: true })')
  })

  for (const [what, code, place] of [
    ["a name without a rule", "const a = Effect.blockedOn(1)", "src/Example.ts:2:11 effect/Effect.blockedOn"],
    ["a type without a rule", "type A = Effect.Blocked", "src/Example.ts:2:10 effect/Effect.Blocked"],
    ["a module that is passed on", "const a = [Effect]", "src/Example.ts:2:12 Effect"],
    [
      "a name whose rule is only for calls",
      "const a = Effect.dieMessage",
      "src/Example.ts:2:11 effect/Effect.dieMessage"
    ]
  ] as const) {
    it(`stops with file, line and name at ${what}`, () => {
      assert.throws(() => translated(`import * as Effect from "effect/Effect"\n${code}\n`), place)
    })
  }

  it("stops at a module without a rule", () => {
    assert.throws(
      () => translated('import * as Pool from "effect/Pool"\nPool.make()\n'),
      "src/Example.ts:2:1 effect/Pool has no rule"
    )
  })
})
