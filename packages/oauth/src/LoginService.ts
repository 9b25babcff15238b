/**
 * Step 2: email and password, and a one-time code where the user has one, become a login token.
 *
 * @since 0.1.0
 */
import * as Api from "@effect-baanx/api/Login"
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
  OtpRequiredError
} from "./BaanxError.js"
import { BaanxClient } from "./BaanxClient.js"
import type { Region } from "./BaanxConfig.js"
import type { LoginToken } from "./Credentials.js"
import { repeats } from "./internal/withoutSecrets.js"

/**
 * What step 2 needs.
 *
 * @since 0.1.0
 * @category models
 */
export interface LoginRequest {
  readonly email: string
  readonly password: Redacted.Redacted<string>
  /** 6 digits, from the message that `sendOtp` made Baanx send. */
  readonly otp?: Redacted.Redacted<string> | undefined
  /** Default: the region of the configuration. */
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
 * What `LoginService` does.
 *
 * @since 0.1.0
 * @category models
 */
export interface LoginServiceShape {
  /**
   * `POST /v1/auth/login`. Status 200 is not yet a login: a second factor or an unfinished onboarding stands in the body,
   * and ends in an error of its own.
   */
  readonly login: (request: LoginRequest) => Effect.Effect<LoginToken, LoginError>
  /**
   * `POST /v1/auth/login/otp`: makes Baanx send the one-time code, or another one; it never does so by itself. `userId`
   * comes with the `OtpRequiredError`.
   */
  readonly sendOtp: (request: {
    readonly userId: string
    readonly region?: Region | undefined
  }) => Effect.Effect<void, HttpError>
}

const aboutOtp = /\botp\b|one-time|verification code/i
const disabled = /account has been disabled/i
const locked = /account (?:is )?locked|too many failed|temporarily disabled/i

/** Only Baanx's words distinguish these; clients have seen them at more than one status. */
const toLoginError = (error: HttpError, withOtp: boolean): LoginError => {
  if (error._tag !== "InvalidRequestError" && error._tag !== "UnauthorizedError" && error._tag !== "ForbiddenError") {
    return error
  }
  const { code, description } = error
  if (disabled.test(description)) return new AccountDisabledError({ reason: "Disabled", description })
  if (locked.test(description)) return new AccountDisabledError({ reason: "Locked", description })
  if (withOtp && error._tag !== "ForbiddenError" && aboutOtp.test(description)) {
    return new InvalidOtpError({ description })
  }
  return error._tag === "UnauthorizedError" && code !== "invalid_client_key" && code !== "missing_client_key"
    ? new InvalidCredentialsError({ description })
    : error
}

/** What Baanx says of a user, unless it repeats the password. */
const shown = (words: Redacted.Redacted<string> | null | undefined, password: Redacted.Redacted<string>) =>
  words == null || repeats(Redacted.value(words), Redacted.value(password)) ? undefined : Redacted.value(words)

/**
 * Step 2 over whichever `BaanxClient` is provided.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<LoginServiceShape, never, BaanxClient> = Effect.map(BaanxClient, (client) => {
  const sendLogin = client.operation("login", Api.login)
  const sendOtp = client.operation("login", Api.sendOtp)

  return {
    login: ({ email, otp, password, region }) =>
      Effect.gen(function* () {
        const user = yield* Effect.mapError(
          sendLogin({ region, payload: { email, password, otpCode: otp } }),
          (error) => toLoginError(error, otp !== undefined)
        )
        const userId = shown(user.userId, password)
        if (user.isOtpRequired === true) {
          if (otp !== undefined) return yield* new InvalidOtpError({ description: "Baanx asks for a code again" })
          if (userId === undefined) {
            const expected = "the user that a code is sent to"
            return yield* new DecodeError({ operation: "login", path: "userId", expected })
          }
          return yield* new OtpRequiredError({ userId, phoneNumber: shown(user.phoneNumber, password) })
        }
        if (user.phase != null) return yield* new OnboardingIncompleteError({ phase: user.phase, userId })
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
  /** @since 0.1.0 */
  static readonly layer: Layer.Layer<LoginService, never, BaanxClient> = Layer.effect(LoginService, make)

  /**
   * For tests. Calling a method you did not mock dies with an error that names it.
   *
   * @since 0.1.0
   */
  static readonly layerMock = (service: Partial<LoginServiceShape>): Layer.Layer<LoginService> =>
    Layer.mock(LoginService, service)
}
