import { AuthorizationFlow, type OtpChallenge, type SignInOptions } from "@effect-baanx/oauth"
import { answerJson, type MockAnswer } from "@effect-baanx/oauth/testing/MockHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { email, redirectUri, secrets } from "./Fixtures.js"
import { requests, scripted } from "./StepSuite.js"

const otpRequired = answerJson(200, { accessToken: null, userId: "u-1", isOtpRequired: true, phoneNumber: "+44*****1" })
const sent = answerJson(200, { success: true })
/** Ends the flow after the login: these tests look no further. */
const stop = answerJson(503, {})

const calls = (otp: SignInOptions["otp"], script: ReadonlyArray<MockAnswer>) =>
  Effect.gen(function* () {
    const flow = yield* AuthorizationFlow
    const error = yield* Effect.flip(
      flow.signIn({ email, password: Redacted.make(secrets.password), otp, redirectUri })
    )
    return {
      error: error._tag,
      calls: (yield* requests).map(
        ({ body, url }) => `${new URL(url).pathname} ${/"otpCode":"(\d+)"/.exec(body ?? "")?.[1] ?? ""}`
      )
    }
  }).pipe(scripted(script))

describe("signIn with a one-time code", () => {
  it.effect("sends a code that is already known with the first login, and requests no other", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* calls(Redacted.make("123456"), [stop]), {
        error: "ServerError",
        calls: ["/v1/auth/login 123456"]
      })
    })
  )

  it.effect("has Baanx send a code, then calls the function that asks the user for it", () =>
    Effect.gen(function* () {
      const asked: Array<OtpChallenge> = []
      const otp = (challenge: OtpChallenge) =>
        Effect.sync(() => {
          asked.push(challenge)
          return Redacted.make("123456")
        })
      assert.deepStrictEqual(yield* calls(otp, [otpRequired, sent, stop]), {
        error: "ServerError",
        calls: ["/v1/auth/login ", "/v1/auth/login/otp ", "/v1/auth/login 123456"]
      })
      assert.deepStrictEqual(asked, [{ userId: "u-1", phoneNumber: "+44*****1" }])
    })
  )

  it.effect("has no code sent and fails with OtpRequiredError if the caller cannot ask for one", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* calls(undefined, [otpRequired]), {
        error: "OtpRequiredError",
        calls: ["/v1/auth/login "]
      })
    })
  )
})
