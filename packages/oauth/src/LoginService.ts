/**
 * Step 2: email and password, and a one-time code where the user has one, become a login token.
 *
 * @since 0.1.0
 */
import * as Api from "@effect-baanx/api/BaanxApi"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { constVoid } from "effect/Function"
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
import { LoginToken } from "./Credentials.js"
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
  /** 6 digits, from the message that `sendOtp` had sent. */
  readonly otp?: Redacted.Redacted<string> | undefined
  /** Default: the region of the configuration. */
  readonly region?: Region | undefined
}

/**
 * Everything that a login can end in.
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

/**
 * @since 0.1.0
 * @category errors
 */
export type LoginError = typeof LoginError.Type

/**
 * What `LoginService` does.
 *
 * @since 0.1.0
 * @category models
 */
export interface LoginServiceShape {
  /**
   * `POST /v1/auth/login`. Status 200 is not yet a login: a second factor, then an unfinished onboarding, are told
   * from the body and end in their own errors.
   */
  readonly login: (request: LoginRequest) => Effect.Effect<LoginToken, LoginError>
  /**
   * `POST /v1/auth/login/otp`: sends the one-time code, or another one. Baanx never does so by itself. `userId` comes
   * with the `OtpRequiredError`.
   */
  readonly sendOtp: (request: {
    readonly userId: string
    readonly region?: Region | undefined
  }) => Effect.Effect<void, HttpError>
}

const loginToken = Schema.decodeSync(LoginToken)

const aboutOtp = /\botp\b|one-time|verification code/i
const disabled = /account has been disabled/i
const locked = /account (?:is )?locked|too many failed|temporarily disabled/i

/** Baanx tells these apart by its words alone; clients have seen them at more than one status. */
const refined = (error: HttpError, withOtp: boolean): LoginError => {
  if (error._tag !== "InvalidRequestError" && error._tag !== "UnauthorizedError" && error._tag !== "ForbiddenError") {
    return error
  }
  const { operation, description, code } = error
  if (disabled.test(description)) return new AccountDisabledError({ operation, reason: "Disabled", description })
  if (locked.test(description)) return new AccountDisabledError({ operation, reason: "Locked", description })
  if (withOtp && error._tag !== "ForbiddenError" && aboutOtp.test(description)) {
    return new InvalidOtpError({ operation, description })
  }
  return error._tag === "UnauthorizedError" && code !== "invalid_client_key" && code !== "missing_client_key"
    ? new InvalidCredentialsError({ operation, description })
    : error
}

/** Baanx's words, unless they repeat the password. */
const told = (words: Redacted.Redacted<string | undefined>, password: Redacted.Redacted<string>) => {
  const text = Redacted.value(words)
  return text === undefined || repeats(text, Redacted.value(password)) ? undefined : text
}

/**
 * Step 2 over whichever `BaanxClient` is provided.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<LoginServiceShape, never, BaanxClient> = Effect.map(BaanxClient, (client) => {
  // Not even an answer that says yes is shown as it is: it may repeat what was sent.
  const sendLogin = client.operation(
    "login",
    Api.login,
    ({ accessToken, isOtpRequired, phase, phoneNumber, userId }) => ({
      isOtpRequired,
      phase,
      userId: Redacted.make(userId ?? undefined),
      phoneNumber: Redacted.make(phoneNumber ?? undefined),
      token: accessToken == null || accessToken.trim() === "" ? undefined : loginToken(accessToken)
    })
  )
  const sendOtp = client.operation("login", Api.sendOtp, constVoid)

  return {
    login: ({ email, otp, password, region }) =>
      sendLogin({
        region,
        body: {
          email,
          password: Redacted.value(password),
          ...(otp === undefined ? {} : { otpCode: Redacted.value(otp) })
        }
      }).pipe(
        Effect.mapError((error) => refined(error, otp !== undefined)),
        Effect.flatMap((answer): Effect.Effect<LoginToken, LoginError> => {
          const userId = told(answer.userId, password)
          if (answer.isOtpRequired === true && otp !== undefined) {
            return new InvalidOtpError({ operation: "login", description: "Baanx asks for a code again" })
          }
          if (answer.isOtpRequired === true) {
            return userId === undefined
              ? new DecodeError({ operation: "login", path: "userId", expected: "the user that a code is sent to" })
              : new OtpRequiredError({ operation: "login", userId, phoneNumber: told(answer.phoneNumber, password) })
          }
          if (answer.phase != null) {
            return new OnboardingIncompleteError({ operation: "login", phase: answer.phase, userId })
          }
          return answer.token === undefined
            ? new DecodeError({ operation: "login", path: "accessToken", expected: "a login token" })
            : Effect.succeed(answer.token)
        })
      ),
    sendOtp: ({ region, userId }) => sendOtp({ region, body: { userId } })
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
   * For tests: a method that is not given dies with a message that names it.
   *
   * @since 0.1.0
   */
  static readonly layerMock = (service: Partial<LoginServiceShape>): Layer.Layer<LoginService> =>
    Layer.mock(LoginService, service)
}
