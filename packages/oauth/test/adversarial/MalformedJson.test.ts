import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, FastCheck, Redacted } from "effect"
import { secrets } from "../Fixtures.js"
import { answer, answering, authorizeCall, type Call, calls } from "./Calls.js"
import { contained, silent } from "./Contained.js"
import { some } from "../Size.js"
import { runs } from "./Runs.js"

const utf8 = (text: string) => new TextEncoder().encode(text)

/** A member of an object: its value is any text, JSON or not. */
type Pair = readonly [name: string, value: string]

const pairsOf = (answer: Call["answer"]): ReadonlyArray<Pair> =>
  Object.entries(answer).map(([name, value]) => [name, JSON.stringify(value)])

const object = (pairs: ReadonlyArray<Pair>): string =>
  `{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(",")}}`

const deep = (depth: number): FastCheck.Arbitrary<string> =>
  FastCheck.constantFrom(
    "[".repeat(depth) + "]".repeat(depth),
    "[".repeat(depth),
    '{"a":'.repeat(depth) + "1" + "}".repeat(depth),
    '{"message":'.repeat(depth),
    JSON.stringify(`{"error":`.repeat(depth))
  )

/** Secrets in places where other values belong, and quoted in prose. */
const leaks = (sent: ReadonlyArray<string>) =>
  FastCheck.constantFrom(...sent).chain((secret) =>
    FastCheck.constantFrom(
      JSON.stringify([secret]),
      JSON.stringify({ [secret]: secret }),
      JSON.stringify(`not allowed: ${secret} or ${encodeURIComponent(secret)} or ${JSON.stringify(secret)}`),
      JSON.stringify(JSON.stringify({ error: { message: secret, errorCode: secret } }))
    )
  )

/** Text in the place of a value: unusual JSON, or not JSON. */
const strange = FastCheck.oneof(
  FastCheck.json({ maxDepth: 3 }),
  FastCheck.string({ unit: "binary" }).map((text) => JSON.stringify(text)),
  FastCheck.string({ unit: "binary" }).map((text) => `"${text}"`),
  FastCheck.constantFrom(
    "1e999",
    "-1e999",
    "-0",
    "1e-999",
    "9".repeat(400),
    "9007199254740993",
    "0.1e1",
    "01",
    "+1",
    ".5",
    "0x10",
    "1_000",
    "NaN",
    "Infinity",
    "undefined",
    "True",
    "'text'",
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\u0000"',
    '"\0"',
    '"\n"',
    '"\\x41"',
    '"\\u{41}"',
    '"unended',
    "",
    "{}",
    "[]",
    '{"__proto__":{"success":false}}',
    '{"toString":1,"valueOf":1}'
  ),
  deep(20),
  deep(3000)
)

const hostileName = FastCheck.constantFrom(
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "message",
  "error",
  "error_description",
  "details",
  "success",
  ""
)

const around = FastCheck.constantFrom(
  "\ufeff",
  "\ufeff\ufeff",
  "\0",
  " ",
  "\u00a0",
  "\u2028",
  "\v",
  "}",
  "]",
  ",",
  ";",
  "null",
  "{}",
  "// comment",
  "/* comment */",
  ")]}',\n",
  "\u001e"
)

/** A good response that is changed in some way. */
const malformed = ({ answer, sends }: Call): FastCheck.Arbitrary<Uint8Array> => {
  const leak = leaks(sends.map((name) => secrets[name]))
  const value = FastCheck.oneof(strange, leak)
  const pairs = pairsOf(answer)
  const whole = object(pairs)
  const index = FastCheck.nat(pairs.length - 1)
  const swapped = FastCheck.tuple(index, value).map(([at, text]) =>
    object(pairs.map(([name, old], i) => [name, i === at ? text : old]))
  )
  const doubled = FastCheck.tuple(index, value, FastCheck.boolean()).map(([at, text, first]) => {
    const double: Pair = [pairs[at]?.[0] ?? "", text]
    return object(first ? [double, ...pairs] : [...pairs, double])
  })
  const added = FastCheck.tuple(hostileName, value, FastCheck.boolean()).map(([name, text, first]) =>
    object(first ? [[name, text], ...pairs] : [...pairs, [name, text]])
  )
  const quoted = FastCheck.tuple(
    FastCheck.constantFrom("message", "error_description", "error", "code", "errorCode"),
    leak
  ).map(([name, text]) => object([[name, text]]))
  const inherited = FastCheck.constantFrom("__proto__", "constructor", "prototype").map((name) =>
    object([[name, whole]])
  )
  const wrapped = FastCheck.tuple(FastCheck.oneof(around, value), FastCheck.oneof(around, value)).map(
    ([before, after]) => before + whole + after
  )
  const changed = FastCheck.tuple(FastCheck.nat(whole.length - 1), FastCheck.nat(255)).map(([at, byte]) => {
    const bytes = utf8(whole)
    bytes[at] = byte
    return bytes
  })
  const recoded = FastCheck.constantFrom(
    Buffer.from(whole, "utf16le"),
    Buffer.from(`\ufeff${whole}`, "utf16le"),
    Buffer.from(whole, "utf16le").swap16(),
    Buffer.concat([utf8(whole), Buffer.of(0xc0, 0x80)]),
    Buffer.concat([Buffer.of(0xed, 0xa0, 0x80), utf8(whole)]),
    Buffer.concat([utf8(whole), Buffer.of(0xff)])
  )
  return FastCheck.oneof(
    { weight: 5, arbitrary: FastCheck.oneof(swapped, doubled, added, quoted).map(utf8) },
    { weight: 2, arbitrary: FastCheck.oneof(value, inherited, wrapped).map(utf8) },
    { weight: 1, arbitrary: FastCheck.oneof(changed, recoded, FastCheck.uint8Array({ maxLength: 300 })) }
  )
}

const status = FastCheck.constantFrom(200, 200, 200, 201, 400, 401, 403, 409, 422, 429, 498, 500, 503)

const unpolluted = () => {
  for (const name of Object.keys({ ...secrets, success: 1, message: 1, error: 1, token: 1, url: 1, a: 1 })) {
    assert.isUndefined(Reflect.get({}, name))
  }
}

describe("malformed JSON", () => {
  for (const call of calls) {
    const { answer: good, name, run } = call

    it.effect(`${name} fails for a good response that is cut after any byte`, () =>
      Effect.gen(function* () {
        const whole = utf8(JSON.stringify(good))
        for (const end of some(Array.from(whole.keys()))) {
          yield* answer({ status: 200, body: whole.slice(0, end) })
          // For a revocation, only the status counts (RFC 7009 section 2.2).
          assert.strictEqual(Either.isLeft(yield* contained(run, secrets)), name !== "revoke", `${end} bytes`)
        }
        yield* answer({ status: 200, body: whole })
        assert.isTrue(Either.isRight(yield* contained(run, secrets)))
      }).pipe(answering)
    )

    it.effect.prop(
      `${name} succeeds or fails with a typed error for any body`,
      [malformed(call), status],
      ([body, status]) =>
        Effect.gen(function* () {
          yield* answer({ status, body })
          const result = yield* contained(run, secrets)
          if (status >= 300) assert.isTrue(Either.isLeft(result))
          unpolluted()
        }).pipe(answering),
      runs(50)
    )

    it.effect.prop(
      `${name} shows no secret in any channel for any body`,
      [malformed(call), status],
      ([body, status]) =>
        Effect.zipRight(answer({ status, body }), Effect.asVoid(silent(run, secrets))).pipe(answering),
      runs(10)
    )
  }

  it.effect.prop(
    "authorize returns only values from the JSON's own members",
    [malformed(authorizeCall)],
    ([body]) =>
      Effect.gen(function* () {
        yield* answer({ status: 200, body })
        const result = yield* contained(authorizeCall.run, secrets)
        if (Either.isLeft(result)) return
        const grant = result.right
        const said: unknown = JSON.parse(new TextDecoder().decode(body))
        assert.isTrue(typeof said === "object" && said !== null)
        const own = new Map(Object.entries(Object(said)))
        assert.strictEqual(own.get("code"), Redacted.value(grant.code))
        assert.strictEqual(own.get("state"), secrets.state)
        assert.strictEqual(own.get("url"), Redacted.value(grant.redirectUrl))
      }).pipe(answering),
    runs(150)
  )
})
