import { generateState, SecureRandom, State } from "@effect-baanx/oauth"
import { secretEquals } from "@effect-baanx/oauth/State"
import { assert, describe, it, vi } from "@effect/vitest"
import { Effect, FastCheck, Redacted, Schema } from "effect"

const state = Schema.decodeSync(State)

describe("State", () => {
  it.effect("is 256 random bits in base64url", () =>
    Effect.gen(function* () {
      const states = yield* Effect.all(Array.from({ length: 200 }, () => generateState))
      const texts = states.map(Redacted.value)
      assert.strictEqual(new Set(texts).size, 200)
      for (const text of texts) assert.match(text, /^[A-Za-z0-9_-]{43}$/)
    })
  )

  it.effect("takes its bytes from SecureRandom, which a test can replace", () =>
    Effect.gen(function* () {
      const asked: Array<number> = []
      const generated = yield* Effect.provideService(generateState, SecureRandom, {
        bytes: (length) =>
          Effect.sync(() => {
            asked.push(length)
            return new Uint8Array(length).fill(255)
          })
      })
      assert.deepStrictEqual(asked, [32])
      assert.strictEqual(Redacted.value(generated), `${"_".repeat(42)}8`)
    })
  )

  it("prints as <redacted>", () => {
    assert.strictEqual(JSON.stringify({ state: state("secret") }), '{"state":"<redacted>"}')
  })
})

describe("secretEquals", () => {
  const equal = (left: string, right: string) => secretEquals(Redacted.make(left), Redacted.make(right))
  const text = FastCheck.string({ unit: "binary", maxLength: 80 })

  it.prop("returns the same as ===", [text, text], ([left, right]) => {
    assert.strictEqual(equal(left, right), left === right)
    assert.isTrue(equal(left, left))
  })

  it.prop(
    "is false if any one character differs",
    [FastCheck.string({ minLength: 1 }), FastCheck.nat()],
    ([left, at]) => {
      const index = at % left.length
      const changed = left.slice(0, index) + String.fromCharCode(left.charCodeAt(index) ^ 1) + left.slice(index + 1)
      assert.isFalse(equal(left, changed))
    }
  )

  it.prop(
    "is false if one text has extra characters",
    [text, FastCheck.string({ minLength: 1, maxLength: 3 })],
    ([left, more]) => {
      assert.isFalse(equal(left, left + more))
      assert.isFalse(equal(left + more, left))
      assert.isFalse(equal(left, more + left))
    }
  )

  it("does not treat NUL as the end of the text", () => {
    assert.isFalse(equal("state", "state\0"))
    assert.isFalse(equal("state\0", "state"))
    assert.isFalse(equal("", "\0"))
  })

  it("reads every character, wherever the first difference is", () => {
    const looks = (expected: string, received: string): number => {
      const look = vi.spyOn(String.prototype, "charCodeAt")
      equal(expected, received)
      const count = look.mock.calls.length
      look.mockRestore()
      return count
    }
    const expected = "a".repeat(43)
    assert.strictEqual(looks(expected, expected), 86)
    for (const index of [0, 21, 42]) {
      assert.strictEqual(looks(expected, `${"a".repeat(index)}b${"a".repeat(42 - index)}`), 86)
    }
  })
})
