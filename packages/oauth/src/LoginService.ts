/**
 * Step 2: exchanges email and password, and a one-time code if the user has a second factor, for a login token.
 *
 * @since 0.1.0
 */
import * as Api from "@effect-baanx/api/Login"
import * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import {
  AccountDisabledError,
  DecodeError,
  HttpError,
  InvalidCredentialsError,
  InvalidOtpError,
  OnboardingIncompleteError,
  OtpRequiredError,
  UnauthorizedError
} from "./BaanxError.js"
import { BaanxClient } from "./BaanxClient.js"
import type { Region } from "./BaanxConfig.js"
import type { LoginToken } from "./Credentials.js"
import { loginWords, meaningOf } from "./internal/loginWords.js"
import { notMocked } from "./internal/notMocked.js"

/**
 * The input of step 2.
 *
 * @since 0.1.0
 * @category models
 */
export interface LoginRequest {
  readonly email: string
  readonly password: Redacted.Redacted<string>
  /** 6 digits, from the message that Baanx sends after `sendOtp`. */
  readonly otp?: Redacted.Redacted<string> | undefined
  /** Default: the configured region. */
  readonly region?: Region | undefined
}

/**
 * Every error of a login.
 *
 * @since 0.1.0
 * @category errors
 */
export const LoginError = Schema.Union(
  HttpError,
  InvalidCredentialsError,
  OtpRequiredError,
  InvalidOtpError,
  AccountDisabledError,
  OnboardingIncompleteError
)
export type LoginError = typeof LoginError.Type

/**
 * The methods of `LoginService`.
 *
 * @since 0.1.0
 * @category models
 */
export interface LoginServiceShape {
  /**
   * `POST /v1/auth/login`. Status 200 does not always mean a login: the body may ask for a second factor or report an
   * unfinished onboarding, and each fails with its own error.
   */
  readonly login: (request: LoginRequest) => Effect.Effect<LoginToken, LoginError>
  /**
   * `POST /v1/auth/login/otp`: makes Baanx send the one-time code, or another one. Baanx never sends one by itself.
   * `userId` is in the `OtpRequiredError`.
   */
  readonly sendOtp: (request: {
    readonly userId: string
    readonly region?: Region | undefined
  }) => Effect.Effect<void, HttpError>
}

/**
 * Baanx's words decide, and the status only if there are none: clients have seen the same error with more than one
 * status.
 */
const toLoginError = (error: HttpError, withOtp: boolean): LoginError => {
  if (!("description" in error)) return error
  const { description } = error
  switch (meaningOf(description)) {
    case "Disabled":
      return new AccountDisabledError({ reason: "Disabled", description })
    case "Locked":
      return new AccountDisabledError({ reason: "Locked", description })
    case "Credentials":
      return new InvalidCredentialsError({ description })
    case "Otp":
      return withOtp ? new InvalidOtpError({ description }) : error
    case "Client":
      return error.code.endsWith("_client_key")
        ? error
        : new UnauthorizedError({ operation: "login", code: "invalid_client_key", description })
    default:
      return error._tag === "UnauthorizedError" && !/client/.test(error.code)
        ? new InvalidCredentialsError({ description })
        : error
  }
}

const lettersAndDigits = (text: string): string =>
  text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "")

/** Whether a text repeats what the user typed, or a part of it, forwards or backwards. */
const repeats = (text: string, typed: string): boolean => {
  const shown = lettersAndDigits(text)
  const forwards = lettersAndDigits(typed)
  return [forwards, Arr.reverse(forwards).join("")].some(
    (secret) => (secret.length >= 4 && shown.includes(secret)) || (shown.length >= 3 && secret.includes(shown))
  )
}

/**
 * A value from Baanx's response if it has the expected form, or `undefined`: in any other form it could be what the
 * user typed.
 */
const inForm = (
  form: RegExp,
  text: Redacted.Redacted<string> | null | undefined,
  password: Redacted.Redacted<string>
): string | undefined =>
  text != null && form.test(Redacted.value(text)) && !repeats(Redacted.value(text), Redacted.value(password))
    ? Redacted.value(text)
    : undefined

/** A UUID, optionally prefixed with a region; or a short word and a number, which test servers use. */
const userIdForm = /^(?:(?:[A-Z]{2}_)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z]{1,6}[_-]?\d{1,6})$/

/** A masked phone number, with its first and last digits. */
const maskedForm = /^\+?\d{0,6}[*•]{2,12}\d{1,4}$/

const isKnownPhase = Schema.is(Api.OnboardingPhase)

/** Words in upper case, like the known phases, or in lower case. */
const phaseForm = /^(?:[A-Z]+(?:[_-][A-Z]+)*|[a-z]+(?:[_-][a-z]+)*)(?:_?\d{1,2})?$/

/**
 * Step 2 through the provided `BaanxClient`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<LoginServiceShape, never, BaanxClient> = Effect.map(BaanxClient, (client) => {
  const sendLogin = client.operation("login", Api.login, loginWords)
  const sendOtp = client.operation("login", Api.sendOtp, loginWords)

  return {
    login: ({ email, otp, password, region }) =>
      Effect.gen(function* () {
        const user = yield* Effect.mapError(
          sendLogin({ region, payload: { email, password, otpCode: otp } }),
          (error) => toLoginError(error, otp !== undefined)
        )
        const userId = inForm(userIdForm, user.userId, password)
        if (user.isOtpRequired === true) {
          if (otp !== undefined) return yield* new InvalidOtpError({ description: "Baanx asks for a code again" })
          if (userId === undefined) {
            const expected = "the id of the user to send a code to, a UUID"
            return yield* new DecodeError({ operation: "login", path: "userId", expected })
          }
          return yield* new OtpRequiredError({ userId, phoneNumber: inForm(maskedForm, user.phoneNumber, password) })
        }
        if (user.phase != null && Redacted.value(user.phase).trim() !== "") {
          const given = Redacted.value(user.phase)
          const phase = isKnownPhase(given) ? given : (inForm(phaseForm, user.phase, password) ?? "UNKNOWN")
          return yield* new OnboardingIncompleteError({ phase, userId })
        }
        if (user.accessToken == null || Redacted.value(user.accessToken).trim() === "") {
          return yield* new DecodeError({ operation: "login", path: "accessToken", expected: "a login token" })
        }
        return user.accessToken
      }),
    sendOtp: ({ region, userId }) => Effect.asVoid(sendOtp({ region, payload: { userId } }))
  }
})

/**
 * Step 2.
 *
 * @since 0.1.0
 * @category services
 */
export class LoginService extends Context.Tag("@effect-baanx/oauth/LoginService")<LoginService, LoginServiceShape>() {
  /**
   * Sends its requests through the provided `BaanxClient`.
   *
   * @since 0.1.0
   */
  static readonly layer: Layer.Layer<LoginService, never, BaanxClient> = Layer.effect(LoginService, make)

  /**
   * For tests. Calling a method you did not mock dies with an error that names it.
   *
   * @since 0.1.0
   */
  static readonly layerMock = (service: Partial<LoginServiceShape>): Layer.Layer<LoginService> =>
    Layer.succeed(LoginService, {
      login: notMocked(LoginService.key, "login"),
      sendOtp: notMocked(LoginService.key, "sendOtp"),
      ...service
    })
}
