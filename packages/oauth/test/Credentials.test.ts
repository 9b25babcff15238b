import { CredentialName } from "@effect-baanx/oauth"
import { checkCredentials } from "@effect-baanx/oauth/Credentials"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, FastCheck, Redacted } from "effect"

type Texts = { readonly [name in CredentialName]?: string | undefined }

const redacted = (texts: Texts): { readonly [name in CredentialName]?: Redacted.Redacted<string> | undefined } =>
  Object.fromEntries(
    Object.entries(texts).map(([name, value]) => [name, value === undefined ? value : Redacted.make(value)])
  )

const check = (texts: Texts) => Effect.runSync(Effect.either(checkCredentials("authorize", redacted(texts))))

/** They come back as they are. */
const takes = (texts: Texts) => assert.deepStrictEqual<unknown>(check(texts), Either.right(redacted(texts)))

const blank = FastCheck.option(FastCheck.stringMatching(/^[ \t\r\n]{0,5}$/), { nil: undefined })
const base64url = FastCheck.stringMatching(/^[A-Za-z0-9_-]{1,40}$/)
const visible = FastCheck.stringMatching(/^[\x21-\x7e]{1,60}$/)

describe("checkCredentials", () => {
  it.prop(
    "names exactly what is missing, all at once and in order",
    [FastCheck.subarray([...CredentialName.literals], { minLength: 1 }), blank],
    ([missing, value]) => {
      const result = check(Object.fromEntries(missing.map((name) => [name, value])))
      assert.isTrue(Either.isLeft(result))
      if (Either.isRight(result)) return
      assert.strictEqual(result.left._tag, "MissingTokenError")
      if (result.left._tag === "MissingTokenError") assert.deepStrictEqual([...result.left.missing], missing)
    }
  )

  it.prop("takes every token of visible ASCII", [visible], ([token]) => {
    takes({ loginToken: token, refreshToken: token })
  })

  it.prop("takes every session token of the form of a JWT", [base64url, base64url, base64url], (parts) => {
    takes({ sessionToken: parts.join(".") })
  })

  it.prop(
    "refuses a session token of another number of parts",
    [FastCheck.array(base64url, { minLength: 1 })],
    ([parts]) => {
      FastCheck.pre(parts.length !== 3)
      const result = check({ sessionToken: parts.join(".") })
      assert.isTrue(
        Either.isLeft(result) && result.left._tag === "InvalidTokenError" && result.left.reason === "NotAJwt"
      )
    }
  )

  it.prop(
    "refuses a token with one character that no header may carry, and does not quote it",
    [visible, visible, FastCheck.string({ unit: "binary", minLength: 1, maxLength: 1 })],
    ([before, after, character]) => {
      FastCheck.pre(!/^[\x21-\x7e]$/.test(character))
      const token = before + character + after
      const result = check({ loginToken: token })
      assert.isTrue(Either.isLeft(result))
      if (Either.isRight(result)) return
      assert.strictEqual(result.left._tag, "InvalidTokenError")
      assert.notInclude(JSON.stringify(result.left) + String(result.left), JSON.stringify(token).slice(1, -1))
    }
  )

  it("takes a token of 8,192 characters and none of one more", () => {
    takes({ loginToken: "x".repeat(8192) })
    const result = check({ loginToken: "x".repeat(8193) })
    assert.isTrue(Either.isLeft(result) && result.left._tag === "InvalidTokenError" && result.left.reason === "TooLong")
  })

  it("takes a verifier of 43 to 128 unreserved characters only", () => {
    for (const length of [43, 128]) takes({ codeVerifier: "~".repeat(length) })
    for (const verifier of ["a".repeat(42), "a".repeat(129), "+".repeat(43)]) {
      const result = check({ codeVerifier: verifier })
      assert.isTrue(
        Either.isLeft(result) && result.left._tag === "InvalidTokenError" && result.left.reason === "NotAVerifier"
      )
    }
  })
})
