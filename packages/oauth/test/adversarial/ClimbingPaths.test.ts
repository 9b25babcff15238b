import { BaanxClient } from "@effect-baanx/oauth"
import { type HttpClient, HttpClientRequest } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Either, FastCheck, Layer, Redacted } from "effect"
import { inspect } from "node:util"
import { secretsIn } from "../Channels.js"
import { plainKeys } from "../Fixtures.js"
import { scriptedServer } from "../ScriptedServer.js"
import { runs } from "./Runs.js"
import { transports } from "./Transports.js"

/** A character in any spelling that a server or proxy may decode. */
const spelled = (...spellings: ReadonlyArray<string>): FastCheck.Arbitrary<string> =>
  FastCheck.tuple(FastCheck.constantFrom(...spellings), FastCheck.nat(3)).map(([spelling, times]) => {
    let text = spelling
    for (let time = 0; time < times; time++) text = text.replaceAll("%", "%25")
    return text
  })

const dot = spelled(".", "%2e", "%2E", "%u002e", "\uff0e", "%ef%bc%8e", "\u2024", "%c0%ae", "%e0%80%ae", "%f0%80%80%ae")
const slash = spelled(
  "/",
  "\\",
  "%2f",
  "%2F",
  "%5c",
  "%5C",
  "%u2215",
  "\u2215",
  "%e2%81%84",
  "\uff0f",
  "%ef%bc%bc",
  "%c0%af",
  "%c1%9c"
)
const invisible = FastCheck.oneof(
  { weight: 5, arbitrary: FastCheck.constant("") },
  {
    weight: 1,
    arbitrary: spelled("\t", "\n", "\r", "%09", "%0a", "%0D", "%00", "%20", "\u200b", "\ufeff", "%c2%ad", "%80")
  }
)
/** What a server may strip from a segment. */
const rest = FastCheck.oneof(
  { weight: 3, arbitrary: FastCheck.constant("") },
  { weight: 1, arbitrary: spelled(";", ";a=b", "%3b", "%3Ba", "%3f", "%23") }
)

const dots = FastCheck.oneof(
  FastCheck.tuple(dot, invisible, dot).map((parts) => parts.join("")),
  FastCheck.constantFrom("\u2025", "%e2%80%a5"),
  dot
)
const climb = FastCheck.tuple(slash, invisible, dots, invisible, rest).map((parts) => parts.join(""))

/** A segment of a path: unreserved, other legal and encoded characters, and dots that do not climb. */
const name = FastCheck.oneof(
  FastCheck.stringMatching(/^[A-Za-z0-9_~-]{1,8}$/),
  FastCheck.stringMatching(/^[a-z]{1,3}[.!$&'()*+,;=:@]{1,3}[a-z]{1,3}$/),
  FastCheck.string({ unit: "grapheme" })
    .filter((text) => !/[\\/\u2044\u2215\uff0f\uff3c]/.test(text))
    .map((text) => `x${encodeURIComponent(text)}`),
  FastCheck.constantFrom(
    "v1.2",
    "...",
    "....",
    "a..b",
    "..a",
    "a..",
    ".well-known",
    "100%25",
    "%2e%2e.json",
    "a%2Fb",
    "a%5Cb"
  )
)
const path = FastCheck.array(name, { minLength: 1, maxLength: 5 }).map((names) => `/${names.join("/")}`)
const start = FastCheck.oneof(path, FastCheck.constant(""))
const query = FastCheck.constantFrom("", "?a=b", "?next=/../x", "?a=..%2f&b=\\", "#/../x")
const base = FastCheck.constantFrom("", "/base", "/base/v2")
const client = FastCheck.constantFrom(...transports)

/** Sends a request through `BaanxClient.http` and returns the paths that arrived. Fails if another host was asked. */
const arrivals = (transport: Layer.Layer<HttpClient.HttpClient>, base: string, url: (elsewhere: string) => string) =>
  Effect.gen(function* () {
    const arrived: Array<string> = []
    const server = yield* scriptedServer((request, response) => {
      arrived.push(request.url ?? "")
      response.end("{}")
    })
    const elsewhere = yield* scriptedServer((_, response) => response.end("{}"))
    const services = yield* Layer.build(
      Layer.provide(
        BaanxClient.layer({ baseUrl: `${server.baseUrl}${base}`, clientKey: Redacted.make(plainKeys.clientKey) }),
        transport
      )
    )
    const baanx = Context.get(services, BaanxClient).http("international")
    const request = HttpClientRequest.get(url(new URL(elsewhere.baseUrl).host), { urlParams: { page: "../.." } })
    const end = yield* Effect.either(Effect.tap(baanx.execute(request), (response) => response.text))
    assert.strictEqual(elsewhere.received(), 0)
    if (Either.isLeft(end)) {
      assert.deepInclude(end.left, { _tag: "RequestError", reason: "InvalidUrl" })
      assert.deepStrictEqual(arrived, [])
      const shown = [String(end.left), end.left.message, JSON.stringify(end.left), inspect(end.left, { depth: 9 })]
      assert.deepStrictEqual(secretsIn(plainKeys, shown), [])
    }
    return arrived
  })

/** The paths that a server may look up if it decodes the path up to four times. */
const places = (arrived: string): ReadonlyArray<string> => {
  const all = []
  let text = arrived.replace(/[?#].*/, "")
  for (let time = 0; time < 5; time++) {
    all.push(new URL(`http://localhost${text.replaceAll("\\", "/").replace(/;[^/]*/g, "")}`).pathname)
    text = text.replace(/%([\da-f]{2})/gi, (_, byte: string) => String.fromCharCode(parseInt(byte, 16)))
  }
  return all
}

describe("a path for the rest of Baanx's API", () => {
  it.scoped.prop(
    "that climbs is rejected in any spelling, and nothing is sent",
    [
      client,
      base,
      start,
      FastCheck.array(climb, { minLength: 1, maxLength: 3 }),
      FastCheck.constantFrom("", "/admin"),
      query
    ],
    ([[, transport], base, start, climbs, end, query]) =>
      Effect.map(
        arrivals(transport, base, () => `${start}${climbs.join("")}${end}${query}`),
        (arrived) => assert.deepStrictEqual(arrived, [])
      ),
    runs(600)
  )

  it.scoped.prop(
    "that does not climb arrives unchanged",
    [client, base, path, query],
    ([[, transport], base, path, query]) =>
      Effect.map(
        arrivals(transport, base, () => `${path}${query}`),
        ([arrived = "", ...others]) => {
          assert.strictEqual(arrived.replace(/\?.*/, ""), `${base}${path}`)
          assert.include(arrived, "page=..%2F..")
          assert.deepStrictEqual(others, [])
        }
      ),
    runs(600)
  )

  const tricks = (host: string) => [
    `//${host}`,
    `///${host}`,
    `/\\${host}`,
    `\\\\${host}`,
    `https://${host}`,
    `http://${host}`,
    `HTTP:${host}`,
    `http:/${host}`,
    `\thttp://${host}`,
    `h\nttp://${host}`,
    `@${host}`,
    `:@${host}`,
    `a:b@${host}`,
    `/@${host}`,
    `.${host}`,
    `:80@${host}`,
    `%2f%2f${host}`,
    `/%5c${host}`,
    `%40${host}`,
    `?@${host}`,
    `#@${host}`,
    ` //${host}`,
    `/\t/${host}`
  ]
  const trick = FastCheck.nat().map((index) => (host: string) => {
    const all = tricks(host)
    return all[index % all.length] ?? ""
  })
  const piece = FastCheck.oneof(climb, slash, dot, invisible, rest, path, name)

  it.scoped.prop(
    "of any other tricks stays below the base URL, however a server decodes it, or is rejected",
    [client, base, trick, FastCheck.array(piece, { maxLength: 4 })],
    ([[, transport], base, trick, pieces]) =>
      Effect.map(
        arrivals(transport, base, (elsewhere) => `${trick(elsewhere)}${pieces.join("")}`),
        (arrived) => {
          for (const place of arrived.flatMap(places)) assert.isTrue(place.startsWith(`${base}/`), place)
          // A server may treat a target that starts with `//` as a URL, and contact its host.
          for (const target of arrived) assert.notMatch(target, /^\/[/\\]/)
        }
      ),
    runs(600)
  )
})
