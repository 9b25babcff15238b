/**
 * Errors specific to a login.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { only } from "../internal/only.js"
import { taggedError } from "../internal/taggedError.js"

/**
 * Wrong email or password. Status 401.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidCredentialsError extends taggedError<InvalidCredentialsError>()(
  "InvalidCredentialsError",
  { operation: only("login"), description: Schema.String },
  401
) {
  override get message(): string {
    return "The email or the password is wrong. Ask the user for both again."
  }
}

/**
 * The user has a second factor. Baanx sends no code by itself: call `LoginService.sendOtp` with `userId`, then repeat
 * the login with the code. `phoneNumber` is masked by Baanx. Status 401.
 *
 * @since 0.1.0
 * @category errors
 */
export class OtpRequiredError extends taggedError<OtpRequiredError>()(
  "OtpRequiredError",
  { operation: only("login"), userId: Schema.String, phoneNumber: Schema.optional(Schema.String) },
  401
) {
  override get message(): string {
    return "The user has to enter a one-time code. Send one with LoginService.sendOtp, then repeat the login with it."
  }
}

/**
 * The one-time code is wrong or expired. Status 401.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidOtpError extends taggedError<InvalidOtpError>()(
  "InvalidOtpError",
  { operation: only("login"), description: Schema.String },
  401
) {
  override get message(): string {
    return "The one-time code is wrong or expired. Ask for it again, or send another one."
  }
}

/**
 * The account is disabled, or temporarily locked after failed logins. Status 403.
 *
 * @since 0.1.0
 * @category errors
 */
export class AccountDisabledError extends taggedError<AccountDisabledError>()(
  "AccountDisabledError",
  { operation: only("login"), reason: Schema.Literal("Disabled", "Locked"), description: Schema.String },
  403
) {
  override get message(): string {
    return this.reason === "Locked"
      ? `The account is locked after failed logins (${this.description}). Let the user wait before trying again.`
      : `The account is disabled (${this.description}). Send the user to Baanx's support.`
  }
}

/**
 * The user has not finished signing up; `phase` is the next phase. It is one of `OnboardingPhase`, a new one, or
 * `"UNKNOWN"` if what Baanx sent does not look like a phase. Status 403.
 *
 * @since 0.1.0
 * @category errors
 */
export class OnboardingIncompleteError extends taggedError<OnboardingIncompleteError>()(
  "OnboardingIncompleteError",
  { operation: only("login"), phase: Schema.String, userId: Schema.optional(Schema.String) },
  403
) {
  override get message(): string {
    return `The user has not finished signing up with Baanx: the next phase is ${this.phase}. Send them to the onboarding.`
  }
}
