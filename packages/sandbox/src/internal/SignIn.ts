/** Email, password and one-time code: what a login and the hosted page both check. */
import { Forbidden } from "@effect-baanx/api/WireError"
import * as Effect from "effect/Effect"
import { note } from "./Call.js"
import { now, Store, type Region, type User } from "./Store.js"

/** What Baanx says about a disabled account. */
export const accountDisabled = new Forbidden({ message: "Your account has been disabled. Please contact support." })

/** The outcome of a sign-in with email and password. */
export type PasswordOutcome =
  | { readonly outcome: "wrong" | "locked" | "disabled" }
  | { readonly outcome: "right"; readonly user: User }

/** Compares a password, counts failures, and locks the user after too many. */
export const checkPassword = (
  email: string,
  password: string,
  region: Region
): Effect.Effect<PasswordOutcome, never, Store> =>
  Effect.gen(function* () {
    const { settings, users } = (yield* Store).state
    const user = users
      .entries()
      .map(([, user]) => user)
      .find((user) => user.email.toLowerCase() === email.toLowerCase() && (user.region ?? region) === region)
    if (user === undefined) {
      yield* note({ detail: "No user has this email in this region" })
      return { outcome: "wrong" }
    }
    yield* note({ userId: user.id })
    if (user.locked) return { outcome: "locked" }
    if (user.password !== password) {
      const failedLogins = user.failedLogins + 1
      const locked = failedLogins >= settings.loginAttempts
      users.update(user.id, { failedLogins, locked })
      yield* note({ detail: locked ? "Wrong password; the user is locked now" : "Wrong password" })
      return { outcome: "wrong" }
    }
    if (user.disabled) return { outcome: "disabled" }
    users.update(user.id, { failedLogins: 0 })
    return { outcome: "right", user }
  })

/**
 * "Sends" the one-time code of a user, for the first time or again. Nothing leaves the sandbox: the code is the one in
 * the seed.
 */
export const sendOtpTo = (user: User): Effect.Effect<void, never, Store> =>
  Effect.gen(function* () {
    const { settings, users } = (yield* Store).state
    users.update(user.id, { sentOtp: { expiresAt: (yield* now) + settings.otpSeconds * 1000, attempts: 0 } })
  })

/** Whether a one-time code is right: sent before, not expired, not tried too often. A right one is used up. */
export const checkOtp = (user: User, otp: string): Effect.Effect<boolean, never, Store> =>
  Effect.gen(function* () {
    const { settings, users } = (yield* Store).state
    const { sentOtp } = user
    if (sentOtp === undefined) {
      yield* note({ detail: "No code was sent: POST /v1/auth/login/otp comes first" })
      return false
    }
    if (sentOtp.expiresAt <= (yield* now)) {
      yield* note({ detail: "The code has expired" })
      return false
    }
    if (user.otp === otp) {
      users.update(user.id, { sentOtp: undefined })
      return true
    }
    const attempts = sentOtp.attempts + 1
    const over = attempts >= settings.otpAttempts
    users.update(user.id, { sentOtp: over ? undefined : { ...sentOtp, attempts } })
    yield* note({ detail: over ? "Wrong code, too many times: request another one" : "Wrong code" })
    return false
  })

/** A phone number as responses show it: the first four characters and the last three. */
export const maskedPhoneNumber = (user: User): string | null =>
  user.phoneNumber === undefined ? null : `${user.phoneNumber.slice(0, 4)}*****${user.phoneNumber.slice(-3)}`
