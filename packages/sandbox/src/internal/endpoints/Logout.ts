/** `POST /v1/auth/logout`. */
import type { logout as contract } from "@effect-baanx/api/BaanxApi"
import type { HttpApiEndpoint } from "@effect/platform/HttpApiEndpoint"
import * as Effect from "effect/Effect"
import { checkLoginToken } from "../checks/Bearer.js"
import { Store } from "../Store.js"

/** Ends a login token at once. */
export const logout = ({ headers }: HttpApiEndpoint.Request<typeof contract>) =>
  Effect.gen(function* () {
    const { token } = yield* checkLoginToken(headers.authorization)
    const { logins } = (yield* Store).state
    logins.delete(token)
    return { success: true }
  })
