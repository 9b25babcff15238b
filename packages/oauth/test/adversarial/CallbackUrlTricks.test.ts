import { AuthorizationFlow, RedirectUri } from "@effect-baanx/oauth"
import { answerJson, MockHttpClient } from "@effect-baanx/oauth/testing/MockHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, FastCheck, Redacted } from "effect"
import { requests, scripted } from "../StepSuite.js"
import { redirectUri, secrets } from "../Fixtures.js"
import { calls } from "./Calls.js"
import { contained, silent } from "./Contained.js"
import { runs } from "./Runs.js"
import { type Parts, plainParameters, registered, textOf, tricks } from "./UrlGrammar.js"

const code = secrets.code
/** Replaced in the attacks by the state, which is unknown until the sign-in has begun. */
const placeholder = "STATE"

const tokens = calls.find(({ name }) => name === "exchange")?.answer

/** The callback in each form that a backend may have: the whole URL, the path with the query, or only the query. */
const callback = (parts: Parts) =>
  FastCheck.tuple(tricks(parts, code, placeholder), FastCheck.constantFrom("whole", "path", "query")).map(
    ([text, form]) =>
      form === "whole"
        ? text
        : form === "path"
          ? text.slice(`${parts.scheme}:${parts.slashes}${parts.host}${parts.port}`.length)
          : text.slice(Math.max(0, text.indexOf("?")))
  )

const begun = (redirectUri: RedirectUri) =>
  Effect.flatMap(AuthorizationFlow, (flow) => Effect.map(flow.begin({ redirectUri }), ({ state }) => ({ flow, state })))

const inFamily = scripted([answerJson(200, tokens), answerJson(200, tokens)], {
  pathFamily: "oauth2",
  exchangeFields: ["redirect_uri"]
})

describe("a hostile callback", () => {
  for (const parts of registered) {
    const redirectUri = RedirectUri.make(textOf(parts))

    it.effect.prop(
      `is exchanged only at ${redirectUri}, with one code and the state`,
      [callback(parts)],
      ([text]) =>
        Effect.gen(function* () {
          const { flow, state } = yield* begun(redirectUri)
          const plain = Redacted.value(state)
          const attack = text.replaceAll(placeholder, plain)
          const end = yield* contained(flow.complete(attack), { ...secrets, state: plain })
          const sent = yield* requests
          if (Either.isLeft(end)) {
            assert.deepStrictEqual(sent, [])
            return
          }
          assert.strictEqual(sent.length, 1)
          assert.notInclude(attack, "#")
          // Resolved as a browser would resolve it at the redirect URI.
          const there = new URL(attack, redirectUri)
          const here = new URL(redirectUri)
          for (const part of ["protocol", "host"] as const) assert.strictEqual(there[part], here[part])
          assert.strictEqual(there.pathname || "/", here.pathname || "/")
          const said = plainParameters(there.search.slice(1))
          const values = (wanted: string) => said.flatMap(([name, value]) => (name === wanted ? [value] : []))
          assert.deepStrictEqual(values("state"), [plain])
          assert.lengthOf(values("code"), 1)
          const body: unknown = JSON.parse(sent[0]?.body ?? "")
          assert.deepInclude(body, { code: values("code")[0], redirect_uri: redirectUri })
        }).pipe(inFamily),
      runs(30)
    )

    it.effect.prop(
      `shows no secret when it is rejected at ${redirectUri}`,
      [callback(parts)],
      ([text]) =>
        Effect.gen(function* () {
          const { flow, state } = yield* begun(redirectUri)
          const plain = Redacted.value(state)
          yield* silent(flow.complete(text.replaceAll(placeholder, plain)), { ...secrets, state: plain })
        }).pipe(inFamily),
      runs(5)
    )
  }

  it.effect.prop(
    "is rejected with a typed error, whatever its text",
    [FastCheck.oneof(FastCheck.string({ unit: "binary" }), FastCheck.webUrl({ withQueryParameters: true }))],
    ([text]) =>
      Effect.gen(function* () {
        const { flow } = yield* begun(redirectUri)
        assert.isTrue(Either.isLeft(yield* contained(flow.complete(text), secrets)))
        assert.strictEqual(yield* Effect.flatMap(MockHttpClient, (mock) => mock.unused), 2)
      }).pipe(inFamily),
    runs(50)
  )

  it.effect("of a megabyte is rejected in linear time", () =>
    Effect.gen(function* () {
      const { flow, state } = yield* begun(redirectUri)
      const plain = Redacted.value(state)
      for (const filler of ["code=x&", "a=b&", "%", "&", "[", "\\", "/../", "\t"]) {
        const text = `/callback?state=${plain}&${filler.repeat(1_000_000 / filler.length)}`
        const end = yield* contained(flow.complete(text), { ...secrets, state: plain })
        assert.isTrue(Either.isLeft(end), filler)
      }
    }).pipe(inFamily)
  )
})
