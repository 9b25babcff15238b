import { isRetryable, LoginService } from "@effect-baanx/oauth"
import { answerJson, answerText, type MockAnswer } from "@effect-baanx/oauth/testing/MockHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Array as Arr, Effect, FastCheck, Redacted, Struct } from "effect"
import { inspect } from "node:util"
import * as Fixtures from "./Fixtures.js"
import { runs } from "./adversarial/Runs.js"
import { commonFailures, endsIn, requests, scripted, showsNothing } from "./StepSuite.js"

const { assertFields, email, loggedIn } = Fixtures
const secrets = Struct.pick(Fixtures.secrets, "password", "otp", "loginToken")
const password = Redacted.make(secrets.password)
const otp = Redacted.make(secrets.otp)

/** How a server may spell a text that it repeats. */
const spellings: ReadonlyArray<(typed: string) => string> = [
  (typed) => typed,
  (typed) => `${email} ${typed}`,
  (typed) => new URLSearchParams({ "": typed }).toString().slice(1),
  (typed) => encodeURIComponent(typed),
  (typed) => typed.replace(/./gsu, (letter) => `&#${letter.codePointAt(0)};`),
  (typed) => JSON.stringify(JSON.stringify(typed)),
  (typed) => typed.toUpperCase(),
  (typed) => typed.toLowerCase(),
  (typed) => typed.normalize("NFD"),
  (typed) => typed.replace(/\s+/g, " "),
  (typed) => Buffer.from(typed).toString("base64"),
  (typed) => Buffer.from(typed).toString("base64url"),
  (typed) => Buffer.from(typed).toString("hex"),
  (typed) => Arr.reverse(typed).join(""),
  (typed) => typed.slice(0, Math.ceil(typed.length / 2)),
  (typed) => typed.slice(Math.floor(typed.length / 2)),
  (typed) => [...typed].join(" "),
  (typed) => [...typed].join("-"),
  (typed) => `user-${typed}`,
  (typed) => `+44*****${typed}`
]

/** Drops case, quotes and white space, so that a secret counts as shown however the output is quoted and indented. */
const withoutLayout = (text: string) => text.toLowerCase().replace(/[\s"'\\]/g, "")

const login = Effect.flatMap(LoginService, (service) => service.login({ email, password }))
const loginWithOtp = Effect.flatMap(LoginService, (service) => service.login({ email, password, otp }))
const sendOtp = Effect.flatMap(LoginService, (service) => service.sendOtp({ userId: "user-1" }))

describe("LoginService", () => {
  it.effect("sends the documented body, without otpCode if there is no code", () =>
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

  it.effect("requests a code with only the user's id", () =>
    Effect.gen(function* () {
      yield* sendOtp
      const [sent] = yield* requests
      assert.strictEqual(sent?.url, "https://dev.api.baanx.com/v1/auth/login/otp")
      assert.deepStrictEqual(JSON.parse(sent?.body ?? ""), { userId: "user-1" })
    }).pipe(scripted([answerJson(200, { success: true })]))
  )

  it.effect("fails with InvalidRequestError if Baanx did not send the code", () =>
    endsIn(sendOtp, [answerJson(200, { success: false })], { _tag: "InvalidRequestError", operation: "login" }, secrets)
  )

  const ends = (
    title: string,
    answer: readonly [number, unknown],
    fields: Readonly<Record<string, unknown>>,
    call: typeof login = login
  ) =>
    it.effect(`${title}: fails with ${fields["_tag"]}`, () =>
      endsIn(call, [answerJson(...answer)], { operation: "login", ...fields }, secrets)
    )

  for (const accessToken of [null, undefined, secrets.loginToken]) {
    ends(
      `an OTP challenge whose accessToken is ${accessToken === undefined ? "absent" : accessToken === null ? "null" : "present"}`,
      [200, { ...loggedIn, accessToken, isOtpRequired: true, phoneNumber: "+445*****225" }],
      { _tag: "OtpRequiredError", userId: loggedIn.userId, phoneNumber: "+445*****225" }
    )
  }
  ends("an OTP challenge without a userId", [200, { isOtpRequired: true, userId: null }], {
    _tag: "DecodeError",
    path: "userId"
  })
  for (const phase of ["ACCOUNT", "PHONE_NUMBER", "PERSONAL_INFORMATION", "PHYSICAL_ADDRESS", "MAILING_ADDRESS"]) {
    ends(`the onboarding phase ${phase}`, [200, { ...loggedIn, accessToken: null, phase }], {
      _tag: "OnboardingIncompleteError",
      phase,
      userId: loggedIn.userId
    })
  }
  for (const phase of ["RETINA_SCAN", "SELFIE", "KYC_2", "employment-details", "REVIEW", "A"]) {
    ends(
      `an onboarding phase that is not documented, kept as ${phase}`,
      [200, { ...loggedIn, accessToken: null, phase }],
      {
        _tag: "OnboardingIncompleteError",
        phase,
        userId: loggedIn.userId
      }
    )
  }
  it.effect("shows a documented phase even if the password resembles it", () =>
    Effect.gen(function* () {
      const service = yield* LoginService
      const error = yield* Effect.flip(service.login({ email, password: Redacted.make("my-account-1") }))
      assertFields(error, { _tag: "OnboardingIncompleteError", phase: "ACCOUNT" })
    }).pipe(scripted([answerJson(200, { ...loggedIn, accessToken: null, phase: "ACCOUNT" })]))
  )
  for (const phase of ["See https://example.com", "<b>", "x".repeat(200) + "!", "1234567890"]) {
    ends(
      `text that does not look like an onboarding phase, replaced by UNKNOWN: ${phase.slice(0, 30)}`,
      [200, { ...loggedIn, phase }],
      {
        _tag: "OnboardingIncompleteError",
        phase: "UNKNOWN"
      }
    )
  }
  for (const accessToken of [null, "", "  "]) {
    ends(`a login whose accessToken is ${JSON.stringify(accessToken)}`, [200, { ...loggedIn, accessToken }], {
      _tag: "DecodeError",
      path: "accessToken"
    })
  }
  for (const status of [400, 401, 403, 404, 422]) {
    for (const message of ["Incorrect email or password", "incorrect email or password.", "Invalid credentials"]) {
      for (const call of [login, loginWithOtp]) {
        ends(
          `a wrong password ${call === login ? "without" : "with"} a code, ${status} "${message}"`,
          [status, { message }],
          { _tag: "InvalidCredentialsError", description: "Incorrect email or password" },
          call
        )
      }
    }
    ends(
      `a wrong code, ${status}`,
      [status, { message: "Invalid OTP code" }],
      { _tag: "InvalidOtpError", description: "Invalid OTP code" },
      loginWithOtp
    )
  }
  ends('a wrong password, 401 "Unauthorized"', [401, { message: "Unauthorized" }], {
    _tag: "InvalidCredentialsError"
  })
  for (const status of [400, 401, 402, 403, 404, 409, 418, 422, 423, 429, 451, 500, 503]) {
    for (const [message, reason] of [
      ["Your account has been disabled. Please contact support.", "Disabled"],
      ["Account locked", "Locked"],
      ["Too many failed attempts", "Locked"],
      ["This account is temporarily disabled", "Locked"]
    ] as const) {
      ends(`a ${reason.toLowerCase()} account, ${status} "${message}"`, [status, { message }], {
        _tag: "AccountDisabledError",
        reason,
        description: message
      })
    }
  }
  ends(
    "a disabled account, in JSON text in message",
    [403, { message: '{"error":"Your account has been disabled."}' }],
    {
      _tag: "AccountDisabledError",
      reason: "Disabled"
    }
  )
  for (const [status, body] of [
    [401, { message: "Invalid client key" }],
    [403, { message: "Missing client key" }],
    [401, { error: "invalid_client" }],
    [498, { message: "Invalid Token" }]
  ] as const) {
    ends(`a refused client key, ${status} ${JSON.stringify(body)}`, [status, body], {
      _tag: "UnauthorizedError",
      code: "invalid_client_key"
    })
  }

  const html = { "content-type": "text/html", "www-authenticate": 'Basic realm="gateway"' }
  for (const status of [401, 403]) {
    for (const [title, answer] of [
      ["a page", answerText(status, "<html><h1>401 Authorization Required</h1></html>", html)],
      ["a page labelled as JSON", answerText(status, "<html>Request blocked</html>")],
      ["a page that mentions passwords", answerText(status, "Incorrect email or password", html)],
      ["text", answerText(status, "error code: 1020", { "content-type": "text/plain" })],
      ["an empty body", answerText(status, "")],
      ["JSON and a gateway's password challenge", answerJson(status, { message: "Unauthorized" }, html)],
      ["a JSON list", answerText(status, '["Unauthorized"]')],
      ["a JSON string", answerText(status, '"Unauthorized"')],
      ["more than 64 KiB", answerText(status, `{"message":"${"x".repeat(70_000)}"}`)]
    ] as const) {
      it.effect(`${status} with ${title} is from something in front of Baanx: UnexpectedResponseError`, () =>
        Effect.gen(function* () {
          for (const call of [login, loginWithOtp, sendOtp]) {
            const error = yield* Effect.flip(call)
            assertFields(error, { _tag: "UnexpectedResponseError", status, reason: "Intermediary" })
            assert.include(error.message, "in front of Baanx")
            assert.isFalse(isRetryable(error))
          }
        }).pipe(scripted([answer, answer, answer]))
      )
    }
  }

  for (const scheme of ['Basic realm="x"', "digest", "Negotiate", "NTLM"]) {
    it.effect(`a wrong password with the challenge ${scheme}: fails with InvalidCredentialsError`, () =>
      Effect.map(Effect.flip(login), (error) => assert.strictEqual(error._tag, "InvalidCredentialsError")).pipe(
        scripted([answerJson(401, { message: "Incorrect email or password" }, { "www-authenticate": scheme })])
      )
    )
  }

  for (const odd of [7, true, [], {}, "x"]) {
    it.effect(`ignores ${JSON.stringify(odd)} in a field that it does not need`, () =>
      Effect.gen(function* () {
        for (const _ of ["isLinked", "verificationState", "userId", "phoneNumber"]) {
          assert.strictEqual(Redacted.value(yield* login), secrets.loginToken)
        }
      }).pipe(
        scripted(
          ["isLinked", "verificationState", "userId", "phoneNumber"].map((name) =>
            answerJson(200, { ...loggedIn, [name]: odd })
          )
        )
      )
    )
  }
  ends("an OTP challenge whose phoneNumber is a number", [200, { ...loggedIn, isOtpRequired: true, phoneNumber: 44 }], {
    _tag: "OtpRequiredError",
    userId: loggedIn.userId,
    phoneNumber: undefined
  })
  ends(
    "an OTP challenge in response to a code",
    [200, { ...loggedIn, isOtpRequired: true }],
    { _tag: "InvalidOtpError" },
    loginWithOtp
  )
  ends('"Invalid OTP code" in response to a login without a code', [400, { message: "Invalid OTP code" }], {
    _tag: "InvalidRequestError"
  })
  ends(
    "a wrong password with a code",
    [401, { message: "Incorrect email or password" }],
    { _tag: "InvalidCredentialsError" },
    loginWithOtp
  )

  for (const [title, answer, fields] of commonFailures(secrets)) {
    it.effect(`${title}: fails with ${fields["_tag"]} and shows no secret`, () =>
      endsIn(loginWithOtp, [answer], { operation: "login", ...fields }, secrets)
    )
  }

  const repeated = { userId: `user ${secrets.password}`, phoneNumber: encodeURIComponent(secrets.password) }
  it.effect("shows no secret when it succeeds and Baanx repeats the password", () =>
    showsNothing(login, [answerJson(200, { ...loggedIn, ...repeated, verificationState: secrets.password })], secrets)
  )
  ends(
    "an OTP challenge whose phoneNumber repeats the password",
    [200, { ...loggedIn, isOtpRequired: true, phoneNumber: repeated.phoneNumber }],
    {
      _tag: "OtpRequiredError",
      phoneNumber: undefined
    }
  )
  ends(
    "an OTP challenge whose userId repeats the password",
    [200, { ...loggedIn, isOtpRequired: true, userId: repeated.userId }],
    {
      _tag: "DecodeError",
      path: "userId"
    }
  )
  ends(
    "an onboarding phase with a userId that repeats the password",
    [200, { ...loggedIn, phase: "ACCOUNT", userId: repeated.userId }],
    {
      _tag: "OnboardingIncompleteError",
      userId: undefined
    }
  )

  const { userId: uuid } = loggedIn
  /** What makes a login fail with an error that shows the field. */
  const unfinished = { userId: { phase: "ACCOUNT" }, phoneNumber: { isOtpRequired: true }, phase: {} }
  for (const [field, value, isShown] of [
    ["userId", uuid, true],
    ["userId", `US_${uuid}`, true],
    ["userId", "user1", true],
    ["userId", "user-123456", true],
    ["userId", "user_1", true],
    ["userId", `us_${uuid}`, false],
    ["userId", `USA_${uuid}`, false],
    ["userId", `${uuid}0`, false],
    ["userId", `0${uuid}`, false],
    ["userId", "user-1234567", false],
    ["userId", "longuser-1", false],
    ["userId", "user-1x", false],
    ["userId", "user--1", false],
    ["phoneNumber", "+445*****225", true],
    ["phoneNumber", "445••225", true],
    ["phoneNumber", "**1", true],
    ["phoneNumber", "445*225", false],
    ["phoneNumber", "x+445*****225", false],
    ["phoneNumber", "+445*****22512", false],
    ["phoneNumber", "+445*****", false],
    ["phase", "A_B-C", true],
    ["phase", "a_b-c", true],
    ["phase", "KYC", true],
    ["phase", "KYC2", true],
    ["phase", "KYC_12", true],
    ["phase", "KYC_123", false],
    ["phase", "Kyc", false],
    ["phase", "A__B", false],
    ["phase", "A_", false],
    ["phase", "_A", false]
  ] as const) {
    it.effect(`${isShown ? "shows" : "does not show"} ${value} as the ${field}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(login)
        const absent = field === "phase" ? "UNKNOWN" : undefined
        assert.strictEqual(Reflect.get(error, field), isShown ? value : absent)
      }).pipe(scripted([answerJson(200, { ...loggedIn, ...unfinished[field], [field]: value })]))
    )
  }

  for (const [typed, phase, isShown] of [
    ["selfie", "SELFIE", false],
    ["SELFIE", "selfie", false],
    ["my selfie 1", "SELFIE", false],
    ["s.e-l f!i_e", "SELFIE", false],
    ["eifles", "SELFIE", false],
    ["\uff53\uff45\uff4c\uff46\uff49\uff45", "SELFIE", false],
    ["elfi", "SELFIE", false],
    ["ifle", "SELFIE", false],
    ["1 kyc 2", "KYC", false],
    ["elf", "SELFIE", true],
    ["a kycx", "KY", true],
    ["secret", "SELFIE", true]
  ] as const) {
    it.effect(`${isShown ? "shows" : "does not show"} the phase ${phase} if the password is ${typed}`, () =>
      Effect.gen(function* () {
        const service = yield* LoginService
        const error = yield* Effect.flip(service.login({ email, password: Redacted.make(typed) }))
        assertFields(error, { _tag: "OnboardingIncompleteError", phase: isShown ? phase : "UNKNOWN" })
      }).pipe(scripted([answerJson(200, { ...loggedIn, phase })]))
    )
  }

  const unshown = "Baanx gave a reason that is not shown"
  for (const [message, shown] of [
    ["Too many requests, please try again later.", "Too many requests, please try again later"],
    ["The user has no phone number", "user has no phone number"],
    ["account has not been verified", "Account has not been verified"],
    ["Validation error: otpCode", "Validation error"],
    ["Invalid OTP code", "Invalid OTP code"],
    ["The one-time code is wrong", "Invalid OTP code"],
    ["one-time passcode expired", "Invalid OTP code"],
    ["wrong verification code", "Invalid OTP code"],
    ...["email", "password", "otpCode", "userId"].flatMap((field) =>
      [
        `${field} field is not allowed`,
        `${field} is required`,
        `${field} is not valid`,
        `Missing required parameter: ${field}`
      ].map((text) => [text, text] as const)
    ),
    ...["Unauthorized", "Forbidden", "Not authenticated", "Not authorized", "Internal server error", "Not Found"].map(
      (text) => [text, text] as const
    ),
    ["invalid_request", "invalid_request"],
    ["invalid_grant", "invalid_grant"],
    ["access_denied", "access_denied"],
    ["USER_NOT_VERIFIED", "USER_NOT_VERIFIED"],
    ["not found !. ", "Not Found"],
    ["Not. Found", unshown],
    ["Page not found", unshown],
    ["Not found here", unshown]
  ]) {
    it.effect(`shows "${shown}" for "${message}"`, () =>
      endsIn(login, [answerJson(400, { message })], { _tag: "InvalidRequestError", description: shown }, secrets)
    )
  }
  for (const [message, code, shown] of [
    ["Invalid client key.", "invalid_client_key", "Invalid client key"],
    ["missing client key", "invalid_client_key", "Missing client key"],
    ["invalid_client", "invalid_client_key", "invalid_client"],
    ["unauthorized_client", "invalid_client_key", "unauthorized_client"]
  ] as const) {
    it.effect(`reports the client key for "${message}"`, () =>
      endsIn(login, [answerJson(400, { message })], { _tag: "UnauthorizedError", code, description: shown }, secrets)
    )
  }

  const places: ReadonlyArray<(text: string) => MockAnswer> = [
    (text) => answerJson(200, { ...loggedIn, isOtpRequired: true, userId: text }),
    (text) => answerJson(200, { ...loggedIn, isOtpRequired: true, phoneNumber: text }),
    (text) => answerJson(200, { ...loggedIn, accessToken: null, phase: text }),
    (text) => answerJson(200, { ...loggedIn, accessToken: null, phase: "ACCOUNT", userId: text }),
    (text) => answerJson(200, { success: false, message: text }),
    ...[400, 401, 403, 404, 409, 422, 429, 498, 499, 500].flatMap((status) => [
      (text: string) => answerJson(status, { message: text }),
      (text: string) => answerJson(status, { message: `Incorrect email or password: ${text}` }),
      (text: string) => answerJson(status, { error: text, error_description: text }),
      (text: string) => answerJson(status, { code: text, errorCode: text }),
      (text: string) => answerJson(status, { message: JSON.stringify({ error: { message: text, errorCode: text } }) }),
      (text: string) => answerText(status, text, { "content-type": "text/plain" })
    ])
  ]

  it.effect.prop(
    "shows no password and no code, however a server spells them",
    [
      FastCheck.oneof(
        FastCheck.string({ minLength: 8, maxLength: 30 }),
        FastCheck.stringMatching(/^[A-Za-z]{4,10}[0-9!@#]{2,6}[A-Za-zäöüßéñ ]{2,8}$/),
        FastCheck.stringMatching(/^[0-9]{6}$/)
      ).filter((typed) => typed.trim().length >= 6),
      FastCheck.constantFrom(...spellings),
      FastCheck.constantFrom(...places)
    ],
    ([typed, spell, place]) =>
      Effect.gen(function* () {
        const service = yield* LoginService
        const call = service.login({ email, password: Redacted.make(typed) })
        const error = yield* Effect.flip(call)
        const shown = `${String(error)} ${JSON.stringify(error)} ${inspect(error, { depth: 9 })}`
        const spelled = withoutLayout(spell(typed))
        // A shorter piece may occur in any error by chance.
        FastCheck.pre(spelled.length >= 5)
        assert.notInclude(withoutLayout(shown), spelled)
      }).pipe(scripted([place(spell(typed))])),
    runs(300)
  )

  it.effect("shows no secret when it succeeds", () => showsNothing(loginWithOtp, [answerJson(200, loggedIn)], secrets))
})
