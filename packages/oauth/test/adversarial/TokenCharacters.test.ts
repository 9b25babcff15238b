import {
  CredentialName,
  InitiateService,
  LoginService,
  SessionKey,
  State,
  TokenService,
  TokenSession
} from "@effect-baanx/oauth"
import { checkCredentials } from "@effect-baanx/oauth/Credentials"
import { secretEquals } from "@effect-baanx/oauth/State"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Redacted, Schema } from "effect"
import { authorize } from "../AuthorizeSuite.js"
import { codeChallenge, redirectUri, refreshToken, secrets } from "../Fixtures.js"
import { answer, answering } from "./Calls.js"
import { contained } from "./Contained.js"
import { some } from "../Size.js"

/** Every control character, format character, surrogate and separator in Unicode. */
const characters = Array.from({ length: 0x11_0000 }, (_, code) => String.fromCodePoint(code)).filter((character) =>
  /[\p{Cc}\p{Cf}\p{Cs}\p{Z}]/u.test(character)
)
/** The troublesome characters, which slower tests use with only some of the others. */
const notorious = [
  "\0",
  "\t",
  "\r",
  "\n",
  "\u001b",
  "\u007f",
  "\u0085",
  "\u00ad",
  "\u200b",
  "\u2028",
  "\u202e",
  "\ufeff"
]
const halves = ["\ud800", "\udbff", "\udc00", "\udfff"]
const sample = [...notorious, ...halves, ...some(characters.filter((_, index) => index % 100 === 0))]
const tried = [...notorious, ...halves, ...some(characters)]

const name = (character: string) => `U+${character.codePointAt(0)?.toString(16).padStart(4, "0")}`

/** The character before, inside and after the secret. */
const places = (secret: string, character: string) => [
  character + secret,
  secret.slice(0, 5) + character + secret.slice(5),
  secret + character
]

const utf8 = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))

const good = { ...secrets, authorizationCode: secrets.code }

describe("control, format and separator characters in a token", () => {
  it("are tested with about 2,300 characters", () => {
    assert.isAbove(characters.length, 2_290)
    for (const character of [...notorious, ...halves, "\u{e0001}"]) assert.include(characters, character)
  })

  for (const credential of CredentialName.literals) {
    it(`are rejected anywhere in ${credential} before it is sent, without quoting it`, () => {
      for (const character of tried) {
        // RFC 6749 appendix A.17 allows a space in a refresh token, which is sent in a body.
        if (credential === "refreshToken" && character === " ") continue
        for (const token of places(good[credential], character)) {
          const end = Effect.runSync(
            Effect.either(checkCredentials("authorize", { [credential]: Redacted.make(token) }))
          )
          if (Either.isRight(end)) assert.fail(name(character))
          assert.strictEqual(end.left._tag, "InvalidTokenError", name(character))
          const shown = end.left.message + JSON.stringify(end.left)
          assert.notInclude(shown, good[credential].slice(6))
        }
        const alone = Effect.runSync(
          Effect.either(checkCredentials("authorize", { [credential]: Redacted.make(character) }))
        )
        assert.isTrue(Either.isLeft(alone), name(character))
      }
    })
  }

  it("make a state differ", () => {
    for (const character of characters) {
      for (const state of places(secrets.state, character)) {
        assert.isFalse(secretEquals(Redacted.make(secrets.state), Redacted.make(state)), name(character))
      }
    }
  })

  it("are allowed in a session key, except for lone surrogates", () => {
    for (const character of characters) {
      const taken = Schema.is(SessionKey)(`user${character}`)
      assert.strictEqual(taken, !/\p{Cs}/u.test(character), name(character))
    }
  })
})

describe("control, format and separator characters in a secret", () => {
  it.effect("of the user: the login fails with a typed error without the secret, even if Baanx repeats it", () =>
    Effect.gen(function* () {
      const login = yield* LoginService
      for (const character of sample) {
        const password = `correct-horse${character}battery`
        const otp = `918${character}273`
        const email = `user${character}@example.com`
        yield* answer({
          status: 401,
          body: utf8({
            message: `no: ${password} or ${JSON.stringify(password)} or ${new URLSearchParams({ password })}`
          })
        })
        const end = yield* contained(
          login.login({ email, password: Redacted.make(password), otp: Redacted.make(otp) }),
          {}
        )
        assert.isTrue(Either.isLeft(end), name(character))
        if (Either.isLeft(end)) assert.notMatch(JSON.stringify(end.left), /horse|battery/, name(character))
      }
    }).pipe(answering)
  )

  it.effect("of the caller: step 1 with such a state is sent and ends like any other", () =>
    Effect.gen(function* () {
      const initiate = yield* InitiateService
      for (const character of sample) {
        const state = Schema.decodeSync(State)(`state-${character}-state`)
        for (const status of [200, 400]) {
          yield* answer({
            status,
            body: utf8({ token: secrets.sessionToken, message: `no: ${Redacted.value(state)}` })
          })
          const end = yield* contained(initiate.initiate({ redirectUri, state, codeChallenge }), secrets)
          assert.strictEqual(Either.isRight(end), status === 200, name(character))
        }
      }
    }).pipe(answering)
  )

  it.effect("of Baanx: a code or state that contains one is rejected", () =>
    Effect.gen(function* () {
      const url = `${redirectUri}?code=${secrets.code}&state=${secrets.state}`
      for (const character of sample) {
        for (const changed of [
          { url, code: secrets.code + character, state: secrets.state },
          { url, code: secrets.code, state: secrets.state + character },
          { url: url + character, code: secrets.code, state: secrets.state }
        ]) {
          yield* answer({ status: 200, body: utf8(changed) })
          assert.isTrue(Either.isLeft(yield* contained(authorize(), secrets)), name(character))
        }
      }
    }).pipe(answering)
  )

  it.effect("of Baanx: a token that contains one is never sent and ends in a typed error", () =>
    Effect.gen(function* () {
      const tokens = yield* TokenService
      const session = yield* TokenSession
      for (const character of sample) {
        for (const [access, refresh] of [
          [secrets.accessToken + character, secrets.refreshToken],
          [secrets.accessToken, character + secrets.refreshToken]
        ]) {
          yield* answer({ status: 200, body: utf8({ access_token: access, expires_in: 60, refresh_token: refresh }) })
          const end = yield* contained(tokens.refresh({ refreshToken }), secrets)
          if (Either.isLeft(end)) continue
          const key = SessionKey.make("user")
          yield* session.start(key, end.right)
          yield* contained(session.accessToken(key), secrets)
          const client = yield* session.httpClient(key)
          const exit = yield* Effect.exit(client.get("/v1/user"))
          assert.notInclude(String(exit), secrets.accessToken, name(character))
          yield* contained(session.signOut(key), secrets)
        }
      }
    }).pipe(Effect.orDie, answering)
  )

  it.effect("of Baanx: none of them is in the message of an error", () =>
    Effect.gen(function* () {
      for (const character of sample) {
        const message = `one${character}two ${"x ".repeat(95)}y${"\u{1f600}".repeat(9)}`
        for (const body of [{ message }, { error: `a${character}b`, error_description: message }]) {
          yield* answer({ status: 403, body: utf8(body) })
          const end = yield* contained(authorize(), secrets)
          if (Either.isRight(end)) assert.fail(name(character))
          assert.notMatch(end.left.message, /(?! )[\p{Cc}\p{Cf}\p{Cs}\p{Z}]/u, name(character))
        }
      }
    }).pipe(answering)
  )
})
