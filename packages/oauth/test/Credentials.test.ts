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

/** Asserts that the credentials are returned unchanged. */
const takes = (texts: Texts) => assert.deepStrictEqual<unknown>(check(texts), Either.right(redacted(texts)))

const blank = FastCheck.option(FastCheck.stringMatching(/^[ \t\r\n]{0,5}$/), { nil: undefined })
const base64url = FastCheck.stringMatching(/^[A-Za-z0-9_-]{1,40}$/)
const visible = FastCheck.stringMatching(/^[\x21-\x7e]{1,60}$/)

describe("checkCredentials", () => {
  it.prop(
    "names every missing credential at once, in order, and no other",
    [FastCheck.subarray([...CredentialName.literals], { minLength: 1 }), blank],
    ([missing, value]) => {
      const result = check(Object.fromEntries(missing.map((name) => [name, value])))
      assert.isTrue(Either.isLeft(result))
      if (Either.isRight(result)) return
      assert.strictEqual(result.left._tag, "MissingTokenError")
      if (result.left._tag === "MissingTokenError") assert.deepStrictEqual([...result.left.missing], missing)
    }
  )

  it.prop("accepts any token of visible ASCII", [visible], ([token]) => {
    takes({ loginToken: token, refreshToken: token })
  })

  it.prop("accepts any session token in the form of a JWT", [base64url, base64url, base64url], (parts) => {
    takes({ sessionToken: parts.join(".") })
  })

  it.prop(
    "rejects a session token that does not have three parts",
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
    "rejects a token with any character that a header cannot carry, without quoting the token",
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

  it("accepts a token of 8,192 characters and rejects one of 8,193", () => {
    takes({ loginToken: "x".repeat(8192) })
    const result = check({ loginToken: "x".repeat(8193) })
    assert.isTrue(Either.isLeft(result) && result.left._tag === "InvalidTokenError" && result.left.reason === "TooLong")
  })

  it("accepts only verifiers of 43 to 128 unreserved characters", () => {
    for (const length of [43, 128]) takes({ codeVerifier: "~".repeat(length) })
    for (const verifier of ["a".repeat(42), "a".repeat(129), "+".repeat(43)]) {
      const result = check({ codeVerifier: verifier })
      assert.isTrue(
        Either.isLeft(result) && result.left._tag === "InvalidTokenError" && result.left.reason === "NotAVerifier"
      )
    }
  })
})
