import { CredentialName } from "@effect-baanx/oauth"
import { checkCredentials } from "@effect-baanx/oauth/Credentials"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, FastCheck, Redacted } from "effect"

type Texts = { readonly [name in CredentialName]?: string | undefined }

const redacted = (texts: Texts): { readonly [name in CredentialName]?: Redacted.Redacted<string> | undefined } =>
  Object.fromEntries(
    Object.entries(texts).map(([name, value]) => [name, value === undefined ? value : Redacted.make(value)])
  )

const check = (texts: Texts, maxTokenLength?: number) =>
  Effect.runSync(Effect.either(checkCredentials("authorize", redacted(texts), maxTokenLength)))

/** Asserts that the credentials are returned unchanged. */
const takes = (texts: Texts, maxTokenLength?: number) =>
  assert.deepStrictEqual<unknown>(check(texts, maxTokenLength), Either.right(redacted(texts)))

/** Why a credential was rejected. */
const flawOf = (texts: Texts, maxTokenLength?: number) =>
  Either.match(check(texts, maxTokenLength), {
    onLeft: (error) => (error._tag === "InvalidTokenError" ? error.reason : error._tag),
    onRight: () => undefined
  })

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
      assert.strictEqual(flawOf({ sessionToken: parts.join(".") }), "NotAJwt")
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

  const limits = {
    sessionToken: 8192,
    loginToken: 8192,
    authorizationCode: 8192,
    accessToken: 16_384,
    refreshToken: 16_384
  }
  for (const [name, limit] of Object.entries(limits)) {
    it(`accepts ${name} of up to ${limit} characters`, () => {
      const token = name === "sessionToken" ? `a.b.${"x".repeat(limit - 4)}` : "x".repeat(limit)
      takes({ [name]: token })
      assert.strictEqual(flawOf({ [name]: `${token}x` }), "TooLong")
    })
  }

  it("limits only access and refresh tokens by maxTokenLength", () => {
    for (const name of ["accessToken", "refreshToken"]) {
      takes({ [name]: "x".repeat(50) }, 50)
      assert.strictEqual(flawOf({ [name]: "x".repeat(51) }, 50), "TooLong")
    }
    takes({ loginToken: "x".repeat(51), authorizationCode: "x".repeat(51) }, 50)
  })

  it("accepts spaces in a refresh token, which is sent in a body, and in no other", () => {
    takes({ refreshToken: " a b " })
    for (const name of ["loginToken", "authorizationCode", "accessToken"]) {
      assert.strictEqual(flawOf({ [name]: "a b" }), "ForbiddenCharacter")
    }
  })

  it.prop(
    "rejects a refresh token with any character outside printable ASCII",
    [FastCheck.nat(2), FastCheck.string({ unit: "binary", minLength: 1, maxLength: 1 })],
    ([at, character]) => {
      FastCheck.pre(!/^[\x20-\x7e]$/.test(character))
      assert.strictEqual(
        flawOf({ refreshToken: `${"ab".slice(0, at)}${character}${"ab".slice(at)}` }),
        "ForbiddenCharacter"
      )
    }
  )

  it("accepts only verifiers of 43 to 128 unreserved characters", () => {
    for (const length of [43, 128]) takes({ codeVerifier: "~".repeat(length) })
    for (const verifier of ["a".repeat(42), "a".repeat(129), "+".repeat(43)]) {
      assert.strictEqual(flawOf({ codeVerifier: verifier }), "NotAVerifier")
    }
  })
})
