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

/** What a server may make of a text that it repeats. */
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

/** So that what is only quoted or indented differently counts as shown. */
const withoutLayout = (text: string) => text.toLowerCase().replace(/[\s"'\\]/g, "")

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
  for (const phase of ["RETINA_SCAN", "SELFIE", "KYC_2", "employment-details", "REVIEW", "A"]) {
    ends(`hands on a phase that nobody knows: ${phase}`, [200, { ...loggedIn, accessToken: null, phase }], {
      _tag: "OnboardingIncompleteError",
      phase,
      userId: loggedIn.userId
    })
  }
  it.effect("shows a phase that is known, though the password is like it", () =>
    Effect.gen(function* () {
      const service = yield* LoginService
      const error = yield* Effect.flip(service.login({ email, password: Redacted.make("my-account-1") }))
      assertFields(error, { _tag: "OnboardingIncompleteError", phase: "ACCOUNT" })
    }).pipe(scripted([answerJson(200, { ...loggedIn, accessToken: null, phase: "ACCOUNT" })]))
  )
  for (const phase of ["See https://example.com", "<b>", "x".repeat(200) + "!", "1234567890"]) {
    ends(`does not show a phase that does not look like one: ${phase.slice(0, 30)}`, [200, { ...loggedIn, phase }], {
      _tag: "OnboardingIncompleteError",
      phase: "UNKNOWN"
    })
  }
  for (const accessToken of [null, "", "  "]) {
    ends(`refuses a login without a token: ${JSON.stringify(accessToken)}`, [200, { ...loggedIn, accessToken }], {
      _tag: "DecodeError",
      path: "accessToken"
    })
  }
  for (const status of [400, 401, 403, 404, 422]) {
    for (const message of ["Incorrect email or password", "incorrect email or password.", "Invalid credentials"]) {
      for (const call of [login, loginWithOtp]) {
        ends(
          `wrong password at ${status}, ${call === login ? "without" : "with"} a code: ${message}`,
          [status, { message }],
          { _tag: "InvalidCredentialsError", description: "Incorrect email or password" },
          call
        )
      }
    }
    ends(
      `wrong code, at ${status}`,
      [status, { message: "Invalid OTP code" }],
      { _tag: "InvalidOtpError", description: "Invalid OTP code" },
      loginWithOtp
    )
  }
  ends("wrong password in the words of another version", [401, { message: "Unauthorized" }], {
    _tag: "InvalidCredentialsError"
  })
  for (const status of [400, 401, 402, 403, 404, 409, 418, 422, 423, 429, 451, 500, 503]) {
    for (const [message, reason] of [
      ["Your account has been disabled. Please contact support.", "Disabled"],
      ["Account locked", "Locked"],
      ["Too many failed attempts", "Locked"],
      ["This account is temporarily disabled", "Locked"]
    ] as const) {
      ends(`${message}, at ${status}`, [status, { message }], {
        _tag: "AccountDisabledError",
        reason,
        description: message
      })
    }
  }
  ends("a disabled account in JSON text", [403, { message: '{"error":"Your account has been disabled."}' }], {
    _tag: "AccountDisabledError",
    reason: "Disabled"
  })
  for (const [status, body] of [
    [401, { message: "Invalid client key" }],
    [403, { message: "Missing client key" }],
    [401, { error: "invalid_client" }],
    [498, { message: "Invalid Token" }]
  ] as const) {
    ends(`a client that is refused is no wrong password: ${status} ${JSON.stringify(body)}`, [status, body], {
      _tag: "UnauthorizedError",
      code: "invalid_client_key"
    })
  }

  const html = { "content-type": "text/html", "www-authenticate": 'Basic realm="gateway"' }
  for (const status of [401, 403]) {
    for (const [title, answer] of [
      ["a page", answerText(status, "<html><h1>401 Authorization Required</h1></html>", html)],
      ["a page by the name of JSON", answerText(status, "<html>Request blocked</html>")],
      ["a page that speaks of passwords", answerText(status, "Incorrect email or password", html)],
      ["text", answerText(status, "error code: 1020", { "content-type": "text/plain" })],
      ["nothing", answerText(status, "")],
      ["JSON of a gateway that asks for a password of its own", answerJson(status, { message: "Unauthorized" }, html)],
      ["a list", answerText(status, '["Unauthorized"]')],
      ["a text in JSON", answerText(status, '"Unauthorized"')],
      ["more than 64 KiB", answerText(status, `{"message":"${"x".repeat(70_000)}"}`)]
    ] as const) {
      it.effect(`${status} with ${title} is from something in front of Baanx`, () =>
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
    it.effect(`a wrong password is one beside a challenge too: ${scheme}`, () =>
      Effect.map(Effect.flip(login), (error) => assert.strictEqual(error._tag, "InvalidCredentialsError")).pipe(
        scripted([answerJson(401, { message: "Incorrect email or password" }, { "www-authenticate": scheme })])
      )
    )
  }

  for (const odd of [7, true, [], {}, "x"]) {
    it.effect(`does not fail for what it does not need: ${JSON.stringify(odd)}`, () =>
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
  ends("a phone number that is a number", [200, { ...loggedIn, isOtpRequired: true, phoneNumber: 44 }], {
    _tag: "OtpRequiredError",
    userId: loggedIn.userId,
    phoneNumber: undefined
  })
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
    "shows nothing of a password or a code, whatever a server makes of them",
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
        // A shorter piece stands in the words of any error.
        FastCheck.pre(spelled.length >= 5)
        assert.notInclude(withoutLayout(shown), spelled)
      }).pipe(scripted([place(spell(typed))])),
    runs(300)
  )

  it.effect("shows no secret when it succeeds", () => showsNothing(loginWithOtp, [answerJson(200, loggedIn)], secrets))
})
