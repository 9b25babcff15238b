import { RedirectUri } from "@effect-baanx/oauth"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, FastCheck, Schema } from "effect"
import { authorize, secrets } from "../AuthorizeSuite.js"
import { answer, answering } from "./Calls.js"
import { contained, silent } from "./Contained.js"
import { runs } from "./Runs.js"
import { type Parts, plainParameters, registered, textOf, tricks } from "./UrlGrammar.js"

const { code, state } = secrets

const answerWith = (url: string) =>
  answer({ status: 200, body: new TextEncoder().encode(JSON.stringify({ url, code, state })) })

/** The registered place in its own spelling, and in that of the URL standard. */
const places = (parts: Parts): ReadonlyArray<string> =>
  [textOf(parts), new URL(textOf(parts)).href].map((text) => text.replace(/\?.*/s, ""))

describe("a hostile redirect URL", () => {
  for (const parts of registered) {
    const redirectUri = RedirectUri.make(textOf(parts))

    it.effect.prop(
      `is accepted only if it is ${redirectUri} with one code and one state`,
      [tricks(parts, code, state)],
      ([url]) =>
        Effect.gen(function* () {
          yield* answerWith(url)
          const end = yield* contained(authorize({ redirectUri }), secrets)
          if (Either.isLeft(end)) {
            // DecodeError: JSON in UTF-8 cannot carry half a surrogate pair.
            assert.include(["RedirectMismatchError", "DecodeError"], end.left._tag)
            return
          }
          const question = url.indexOf("?")
          assert.include(places(parts), url.slice(0, question))
          assert.notMatch(url, /[#\\\s]/)
          const said = plainParameters(url.slice(question + 1)).map(([name, value]) => `${name}=${value}`)
          const rest = said.filter((pair) => !/^(?:iss|app_id)=/.test(pair))
          assert.sameMembers(rest, [...(parts.query === "" ? [] : [parts.query]), `code=${code}`, `state=${state}`])
        }).pipe(answering),
      runs(80)
    )

    it.effect.prop(
      `shows no secret when it is rejected for ${redirectUri}`,
      [tricks(parts, code, state)],
      ([url]) =>
        Effect.zipRight(answerWith(url), Effect.asVoid(silent(authorize({ redirectUri }), secrets))).pipe(answering),
      runs(5)
    )

    it.effect(`differs from the plain URL, which is accepted: ${redirectUri}`, () =>
      Effect.gen(function* () {
        for (const place of places(parts)) {
          yield* answerWith(`${place}?${parts.query === "" ? "" : `${parts.query}&`}code=${code}&state=${state}`)
          assert.isTrue(Either.isRight(yield* contained(authorize({ redirectUri }), secrets)), place)
        }
      }).pipe(answering)
    )
  }
})

describe("a hostile redirect URI", () => {
  it.prop(
    "is a RedirectUri only if every URL parser finds the same host in it",
    [FastCheck.constantFrom(...registered).chain((parts) => tricks(parts, "x", "y"))],
    ([text]) => {
      const uri = text.replace(/\?.*/s, "")
      if (!Schema.is(RedirectUri)(uri)) return
      // RFC 3986, appendix B.
      const [, scheme = "", authority] = /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?/.exec(uri) ?? []
      const url = new URL(uri)
      assert.strictEqual(url.protocol, `${scheme.toLowerCase()}:`)
      assert.strictEqual(authority?.includes("@") ?? false, false)
      if (!/^https?$/i.test(scheme)) return
      const host = authority?.toLowerCase().replace(/:\d*$/, "")
      assert.strictEqual(url.hostname, host)
      if (/^http$/i.test(scheme)) assert.match(host ?? "", /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/)
    },
    runs(500)
  )
})
