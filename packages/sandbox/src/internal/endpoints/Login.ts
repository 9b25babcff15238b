/** `POST /v1/auth/login`: step 2. */
import type { login as contract } from "@effect-baanx/api/BaanxApi"
import { LoginToken } from "@effect-baanx/api/Credentials"
import { BadRequest, Unauthorized } from "@effect-baanx/api/WireError"
import type { HttpApiEndpoint } from "@effect/platform/HttpApiEndpoint"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { caller, refuse } from "../Call.js"
import { SandboxRandom } from "../../SandboxRandom.js"
import { accountDisabled, checkOtp, checkPassword, maskedPhoneNumber } from "../SignIn.js"
import { now, Store, type User } from "../Store.js"
import { messageResponse } from "../WireResponse.js"

const refusals = {
  locked: new Unauthorized({ message: "Account locked" }),
  disabled: accountDisabled
}

const newToken = Effect.gen(function* () {
  const { region } = yield* caller
  const id = yield* (yield* SandboxRandom).uuid
  return LoginToken.make(region === "us" ? `US_${id}` : id)
})

const signIn = (user: User) =>
  Effect.gen(function* () {
    const { client, region } = yield* caller
    const { logins, settings } = (yield* Store).state
    const token = yield* newToken
    const expiresAt = (yield* now) + settings.loginTokenSeconds * 1000
    logins.set(Redacted.value(token), { userId: user.id, clientKey: client.clientKey, region, expiresAt })
    return token
  })

/** A token that no endpoint accepts, for a client that must cope with one. */
const pendingToken = Effect.gen(function* () {
  const { settings } = (yield* Store).state
  return settings.otpAccessToken === "string" ? yield* newToken : null
})

/**
 * Signs a user in. The status is 200 even if a one-time code is awaited or the onboarding is unfinished; the fields of
 * the response say so.
 */
export const login = ({ payload }: HttpApiEndpoint.Request<typeof contract>) =>
  Effect.gen(function* () {
    if (!/^[^\s@]+@[^\s@]+$/.test(payload.email))
      return yield* refuse(new BadRequest({ message: "email is not valid" }))
    const otpCode = payload.otpCode && Redacted.value(payload.otpCode)
    if (otpCode !== undefined && !/^[0-9]{6}$/.test(otpCode)) {
      return yield* refuse(new BadRequest({ message: "otpCode must have 6 digits" }))
    }
    const { region } = yield* caller
    const result = yield* checkPassword(payload.email, Redacted.value(payload.password), region)
    const { settings } = (yield* Store).state
    if (result.outcome === "wrong") {
      return messageResponse(settings.wrongPasswordStatus, "Incorrect email or password")
    }
    if (result.outcome !== "right") return yield* refuse(refusals[result.outcome])
    const { user } = result
    const answer = {
      userId: Redacted.make(user.id),
      phase: user.phase === undefined ? null : Redacted.make(user.phase),
      verificationState: Redacted.make(user.verificationState),
      isLinked: user.isLinked
    }
    if (user.otp !== undefined) {
      if (otpCode === undefined) {
        const accessToken = yield* pendingToken
        const masked = maskedPhoneNumber(user)
        const phoneNumber = masked === null ? null : Redacted.make(masked)
        return { accessToken, isOtpRequired: true, phoneNumber, ...answer }
      }
      if (!(yield* checkOtp(user, otpCode))) return messageResponse(settings.wrongOtpStatus, "Invalid OTP code")
    }
    const accessToken = user.phase === undefined ? yield* signIn(user) : null
    return { accessToken, isOtpRequired: false, phoneNumber: null, ...answer }
  })
