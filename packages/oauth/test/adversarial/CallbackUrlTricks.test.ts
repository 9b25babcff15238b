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
/** Stands in the attacks for the state, which is not known before the sign-in has begun. */
const placeholder = "STATE"

const tokens = calls.find(({ name }) => name === "exchange")?.answer

/** The callback as a backend may have it: whole, or only what follows the host. */
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

describe("callbacks full of tricks", () => {
  for (const parts of registered) {
    const redirectUri = RedirectUri.make(textOf(parts))

    it.effect.prop(
      `${redirectUri}: a code is spent only if the callback is there, with one code and the state`,
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
          // Where a browser would be that is sent there from the redirect URI.
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
      `${redirectUri}: and what is refused shows no secret`,
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
    "any text at all is an answer or a typed error",
    [FastCheck.oneof(FastCheck.string({ unit: "binary" }), FastCheck.webUrl({ withQueryParameters: true }))],
    ([text]) =>
      Effect.gen(function* () {
        const { flow } = yield* begun(redirectUri)
        assert.isTrue(Either.isLeft(yield* contained(flow.complete(text), secrets)))
        assert.strictEqual(yield* Effect.flatMap(MockHttpClient, (mock) => mock.unused), 2)
      }).pipe(inFamily),
    runs(50)
  )

  it.effect("a callback of a megabyte is read in time that grows with its length alone", () =>
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
