import { SessionKey } from "@effect-baanx/oauth"
import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck, Schema } from "effect"

const decode = Schema.decodeUnknownEither(SessionKey)

describe("SessionKey", () => {
  it.prop(
    "is any well-formed text of 1 to 255 characters",
    // Each code point takes up to two characters.
    [
      FastCheck.oneof(
        FastCheck.string({ unit: "binary", minLength: 1, maxLength: 127 }),
        FastCheck.constant("x".repeat(255))
      )
    ],
    ([text]) => assert.deepStrictEqual(decode(text), Either.right(SessionKey.make(text)))
  )

  it.prop(
    "is refused with half a surrogate pair",
    [FastCheck.string(), FastCheck.integer({ min: 0xd800, max: 0xdfff }), FastCheck.string()],
    ([before, half, after]) =>
      assert.include(String(decode(before + String.fromCharCode(half) + after)), "expected well-formed Unicode")
  )

  for (const [title, text] of [
    ["empty", ""],
    ["longer than 255 characters", "x".repeat(256)]
  ] as const) {
    it(`is refused if it is ${title}`, () => assert.isTrue(Either.isLeft(decode(text))))
  }
})
