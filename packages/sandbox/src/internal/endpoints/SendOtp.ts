/** `POST /v1/auth/login/otp`. */
import type { sendOtp as contract } from "@effect-baanx/api/BaanxApi"
import { BadRequest } from "@effect-baanx/api/WireError"
import type { HttpApiEndpoint } from "@effect/platform/HttpApiEndpoint"
import * as Effect from "effect/Effect"
import { caller, note, refuse } from "../Call.js"
import { sendOtpTo } from "../SignIn.js"
import { Store } from "../Store.js"

/** Sends the one-time code of a user, the first or another one. */
export const sendOtp = ({ payload }: HttpApiEndpoint.Request<typeof contract>) =>
  Effect.gen(function* () {
    const { region } = yield* caller
    const user = (yield* Store).state.users.get(payload.userId)
    if (user === undefined || (user.region ?? region) !== region) {
      return yield* refuse(new BadRequest({ message: "user not found" }))
    }
    yield* note({ userId: user.id })
    if (user.otp === undefined || user.phoneNumber === undefined) {
      return yield* refuse(new BadRequest({ message: "user has no phone number" }))
    }
    yield* sendOtpTo(user)
    return { success: true }
  })
