import { answerJson, LoginService } from "@effect-baanx/oauth"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Struct } from "effect"
import * as Fixtures from "./Fixtures.js"
import { commonFailures, endsIn, requests, scripted, showsNothing } from "./StepSuite.js"

const { email, loggedIn } = Fixtures
const secrets = Struct.pick(Fixtures.secrets, "password", "otp", "loginToken")
const password = Redacted.make(secrets.password)
const otp = Redacted.make(secrets.otp)

const login = Effect.flatMap(LoginService, (service) => service.login({ email, password }))
const loginWithOtp = Effect.flatMap(LoginService, (service) => service.login({ email, password, otp }))
const sendOtp = Effect.flatMap(LoginService, (service) => service.sendOtp({ userId: "user-1" }))

describe("LoginService", () => {
  it.effect("sends the documented body, without a code that nobody has", () =>
    Effect.gen(function* () {
      assert.strictEqual(Redacted.value(yield* login), secrets.loginToken)
      const [sent] = yield* requests
      assert.strictEqual(`${sent?.method} ${sent?.url}`, "POST https://dev.api.baanx.com/v1/auth/login")
      assert.deepStrictEqual(JSON.parse(sent?.body ?? ""), { email, password: secrets.password })
      assert.isUndefined(sent?.headers["authorization"])
      assert.isUndefined(sent?.headers["x-secret-key"])
    }).pipe(scripted([answerJson(200, loggedIn)]))
  )

  it.effect("sends the code as otpCode", () =>
    Effect.gen(function* () {
      yield* loginWithOtp
      const [sent] = yield* requests
      assert.deepStrictEqual(JSON.parse(sent?.body ?? ""), { email, password: secrets.password, otpCode: secrets.otp })
    }).pipe(scripted([answerJson(200, loggedIn)]))
  )

  it.effect("asks for a code with the user's id alone", () =>
    Effect.gen(function* () {
      yield* sendOtp
      const [sent] = yield* requests
      assert.strictEqual(sent?.url, "https://dev.api.baanx.com/v1/auth/login/otp")
      assert.deepStrictEqual(JSON.parse(sent?.body ?? ""), { userId: "user-1" })
    }).pipe(scripted([answerJson(200, { success: true })]))
  )

  it.effect("does not take a code that was not sent for sent", () =>
    endsIn(sendOtp, [answerJson(200, { success: false })], { _tag: "InvalidRequestError", operation: "login" }, secrets)
  )

  const ends = (
    title: string,
    answer: readonly [number, unknown],
    fields: Readonly<Record<string, unknown>>,
    call: typeof login = login
  ) => it.effect(title, () => endsIn(call, [answerJson(...answer)], { operation: "login", ...fields }, secrets))

  for (const accessToken of [null, undefined, secrets.loginToken]) {
    ends(
      `takes no token, ${accessToken === undefined ? "absent" : accessToken === null ? "null" : "given"}, before the code is entered`,
      [200, { ...loggedIn, accessToken, isOtpRequired: true, phoneNumber: "+445*****225" }],
      { _tag: "OtpRequiredError", userId: loggedIn.userId, phoneNumber: "+445*****225" }
    )
  }
  ends("needs to know whom a code is sent to", [200, { isOtpRequired: true, userId: null }], {
    _tag: "DecodeError",
    path: "userId"
  })
  for (const phase of ["ACCOUNT", "PHONE_NUMBER", "PERSONAL_INFORMATION", "PHYSICAL_ADDRESS", "MAILING_ADDRESS"]) {
    ends(`tells of the phase ${phase}`, [200, { ...loggedIn, accessToken: null, phase }], {
      _tag: "OnboardingIncompleteError",
      phase,
      userId: loggedIn.userId
    })
  }
  ends("does not guess at a phase that it does not know", [200, { ...loggedIn, phase: "RETINA_SCAN" }], {
    _tag: "DecodeError",
    path: "phase"
  })
  for (const accessToken of [null, "", "  "]) {
    ends(`refuses a login without a token: ${JSON.stringify(accessToken)}`, [200, { ...loggedIn, accessToken }], {
      _tag: "DecodeError",
      path: "accessToken"
    })
  }
  ends("wrong password", [401, { message: "Incorrect email or password" }], { _tag: "InvalidCredentialsError" })
  ends("wrong password in the words of another version", [401, { message: "Unauthorized" }], {
    _tag: "InvalidCredentialsError"
  })
  for (const message of ["Account locked", "Too many failed attempts", "This account is temporarily disabled"]) {
    ends(`locked out: ${message}`, [401, { message }], {
      _tag: "AccountDisabledError",
      reason: "Locked",
      description: message
    })
  }
  for (const status of [401, 403, 400]) {
    ends(`disabled, at ${status}`, [status, { message: "Your account has been disabled. Please contact support." }], {
      _tag: "AccountDisabledError",
      reason: "Disabled"
    })
  }
  for (const status of [400, 401, 422]) {
    ends(
      `wrong code, at ${status}`,
      [status, { message: "Invalid OTP code" }],
      { _tag: "InvalidOtpError" },
      loginWithOtp
    )
  }
  ends(
    "wrong code, as another challenge",
    [200, { ...loggedIn, isOtpRequired: true }],
    { _tag: "InvalidOtpError" },
    loginWithOtp
  )
  ends("a complaint about a code that was not sent stays what it is", [400, { message: "Invalid OTP code" }], {
    _tag: "InvalidRequestError"
  })
  ends(
    "a wrong password beside a code",
    [401, { message: "Incorrect email or password" }],
    { _tag: "InvalidCredentialsError" },
    loginWithOtp
  )

  for (const [title, answer, fields] of commonFailures(secrets)) {
    it.effect(`${title} is a ${fields["_tag"]} and shows no secret`, () =>
      endsIn(loginWithOtp, [answer], { operation: "login", ...fields }, secrets)
    )
  }

  const repeated = { userId: `user ${secrets.password}`, phoneNumber: encodeURIComponent(secrets.password) }
  it.effect("shows no secret when it succeeds and Baanx repeats the password", () =>
    showsNothing(login, [answerJson(200, { ...loggedIn, ...repeated, verificationState: secrets.password })], secrets)
  )
  ends(
    "a second factor whose phone number repeats the password",
    [200, { ...loggedIn, isOtpRequired: true, phoneNumber: repeated.phoneNumber }],
    {
      _tag: "OtpRequiredError",
      phoneNumber: undefined
    }
  )
  ends(
    "a second factor whose user repeats the password",
    [200, { ...loggedIn, isOtpRequired: true, userId: repeated.userId }],
    {
      _tag: "DecodeError",
      path: "userId"
    }
  )
  ends(
    "an onboarding whose user repeats the password",
    [200, { ...loggedIn, phase: "ACCOUNT", userId: repeated.userId }],
    {
      _tag: "OnboardingIncompleteError",
      userId: undefined
    }
  )

  it.effect("shows no secret when it succeeds", () => showsNothing(loginWithOtp, [answerJson(200, loggedIn)], secrets))
})
