import { AuthorizationFlow, LoginService, LoginToken, TokenSession } from "@effect-baanx/oauth"
import { Sandbox } from "@effect-baanx/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Redacted, TestClock } from "effect"
import { visit } from "./Browser.js"
import { channels, secretsIn } from "./Channels.js"
import { email, key, sandboxPassword } from "./Fixtures.js"
import { inProcess, issued, overSocket, password, program, redirectUri, works } from "./FlowProgram.js"

const hosted = Effect.gen(function* () {
  const flow = yield* AuthorizationFlow
  const { browserUrl } = yield* flow.begin({ redirectUri: yield* redirectUri })
  return yield* flow.complete(yield* visit(browserUrl, yield* redirectUri))
})

/** Signs in with the login token of a login that the program did itself. */
const loggedIn = Effect.gen(function* () {
  const flow = yield* AuthorizationFlow
  const loginService = yield* LoginService
  const loginToken = yield* loginService.login({ email, password })
  return yield* flow.signInWithLoginToken({ loginToken, redirectUri: yield* redirectUri })
})

const api = Effect.gen(function* () {
  const flow = yield* AuthorizationFlow
  return yield* flow.signIn({ email, password, redirectUri: yield* redirectUri })
})

describe("AuthorizationFlow", () => {
  for (const [transport, sandbox] of [
    ["in process", inProcess],
    ["over a socket", overSocket]
  ] as const) {
    for (const [mode, signIn] of [
      ["hosted", hosted],
      ["api", api],
      ["api, from a login token", loggedIn]
    ] as const) {
      for (const region of ["international", "us"] as const) {
        for (const pathFamily of ["oauth", "oauth2"] as const) {
          it.effect(`signs in, stays signed in and signs out: ${mode}, ${region}, ${pathFamily}, ${transport}`, () =>
            Effect.gen(function* () {
              const session = yield* TokenSession
              const tokens = yield* signIn
              assert.strictEqual(tokens.region, region)
              // API mode exists only in the oauth family.
              assert.strictEqual(tokens.pathFamily, mode === "hosted" ? pathFamily : "oauth")
              assert.isTrue(yield* works(tokens.accessToken, region))
              yield* session.start(key, tokens)
              const client = yield* session.httpClient(key)
              assert.deepInclude(yield* Effect.flatMap(client.get("/v1/user"), (response) => response.json), { email })

              yield* TestClock.adjust(Duration.minutes(356))
              const renewed = yield* session.accessToken(key)
              assert.notStrictEqual(Redacted.value(renewed), Redacted.value(tokens.accessToken))
              assert.isTrue(yield* works(renewed, region))

              yield* session.signOut(key)
              assert.isFalse(yield* works(renewed, region))
              assert.strictEqual((yield* Effect.flip(session.accessToken(key)))._tag, "SessionLostError")
            }).pipe(Effect.provide(program({ region, pathFamily }, sandbox)))
          )
        }
      }
    }
  }

  describe("signIn", () => {
    const ends = (title: string, user: string, tag: string) =>
      it.effect(`fails with ${tag} for ${title}`, () =>
        Effect.gen(function* () {
          const flow = yield* AuthorizationFlow
          const error = yield* Effect.flip(flow.signIn({ email: user, password, redirectUri: yield* redirectUri }))
          assert.strictEqual(error._tag, tag)
        }).pipe(Effect.provide(program()))
      )
    ends("a user who needs a one-time code", "otp@example.com", "OtpRequiredError")
    ends("a user whose onboarding is incomplete", "onboarding@example.com", "OnboardingIncompleteError")
    ends("a disabled account", "disabled@example.com", "AccountDisabledError")
    ends("a locked account", "locked@example.com", "AccountDisabledError")
    ends("an unknown email", "nobody@example.com", "InvalidCredentialsError")

    it.effect("has Baanx send a one-time code and asks the caller for it", () =>
      Effect.gen(function* () {
        const flow = yield* AuthorizationFlow
        const tokens = yield* flow.signIn({
          email: "otp@example.com",
          password,
          otp: ({ phoneNumber }) => {
            assert.match(phoneNumber ?? "", /\*/)
            return Effect.succeed(Redacted.make("123456"))
          },
          redirectUri: yield* redirectUri
        })
        assert.isTrue(yield* works(tokens.accessToken))
      }).pipe(Effect.provide(program()))
    )

    for (const loginToken of [undefined, "", "  ", "two words", "x".repeat(9000)]) {
      it.effect(
        `sends nothing for a missing or malformed login token: ${JSON.stringify(loginToken)?.slice(0, 20)}`,
        () =>
          Effect.gen(function* () {
            const flow = yield* AuthorizationFlow
            const { requests } = yield* Sandbox
            const given = loginToken === undefined ? undefined : LoginToken.make(loginToken)
            const error = yield* Effect.flip(
              flow.signInWithLoginToken({ loginToken: given, redirectUri: yield* redirectUri })
            )
            assert.strictEqual(error._tag, (loginToken ?? "").trim() === "" ? "MissingTokenError" : "InvalidTokenError")
            assert.deepStrictEqual(yield* requests, [])
          }).pipe(Effect.provide(program()))
      )
    }

    it.effect("fails with UnauthorizedError for a login token that Baanx does not accept", () =>
      Effect.gen(function* () {
        const flow = yield* AuthorizationFlow
        const loginToken = LoginToken.make("a-token-of-nobody")
        const error = yield* Effect.flip(flow.signInWithLoginToken({ loginToken, redirectUri: yield* redirectUri }))
        assert.strictEqual(error._tag, "UnauthorizedError")
      }).pipe(Effect.provide(program()))
    )

    it.effect("starts the 10 minutes of a session only after the user has entered the one-time code", () =>
      Effect.gen(function* () {
        const flow = yield* AuthorizationFlow
        const tokens = yield* flow.signIn({
          email: "otp@example.com",
          password,
          otp: () => Effect.as(TestClock.adjust("11 minutes"), Redacted.make("123456")),
          redirectUri: yield* redirectUri
        })
        assert.isTrue(yield* works(tokens.accessToken))
      }).pipe(Effect.provide(program({}, Sandbox.layerHttpClient({ seed: "flow", settings: { otpSeconds: 900 } }))))
    )

    it.effect("shows no secret", () =>
      Effect.gen(function* () {
        const shown = yield* channels(Effect.orDie(api))
        assert.deepStrictEqual(secretsIn({ password: sandboxPassword, clientKey: "sandbox-client-key" }, shown), [])
        assert.notMatch(shown.join("\n"), issued)
      }).pipe(Effect.provide(program()))
    )
  })

  for (const pathFamily of ["oauth", "oauth2"] as const) {
    it.effect(`begin shows no secret, in the ${pathFamily} family`, () =>
      Effect.gen(function* () {
        const flow = yield* AuthorizationFlow
        const begin = Effect.orDie(flow.begin({ redirectUri: yield* redirectUri }))
        let begun: Effect.Effect.Success<typeof begin> | undefined
        const shown = yield* channels(Effect.tap(begin, (value) => Effect.sync(() => (begun = value))))
        const { browserUrl, state } = begun ?? assert.fail("nothing was begun")
        const { href, searchParams } = Redacted.value(browserUrl)
        assert.isAbove(searchParams.size, 0)
        const secrets = { href, state: Redacted.value(state), token: searchParams.get("token") ?? href }
        assert.deepStrictEqual(secretsIn(secrets, shown), [])
        assert.notMatch(shown.join("\n"), issued)
      }).pipe(Effect.provide(program({ pathFamily })))
    )
  }
})
