/** `POST /v1/auth/logout`. */
import type { logout as contract } from "@effect-baanx/api/BaanxApi"
import type { HttpApiEndpoint } from "@effect/platform/HttpApiEndpoint"
import * as Effect from "effect/Effect"
import { checkBearer } from "../checks/Bearer.js"
import { Store } from "../Store.js"

/** Ends a login token at once, or an access token with its whole grant. */
export const logout = ({ headers }: HttpApiEndpoint.Request<typeof contract>) =>
  Effect.gen(function* () {
    const { grant, token } = yield* checkBearer(headers.authorization)
    const { grants, logins } = (yield* Store).state
    if (grant === undefined) logins.delete(token)
    else grants.update(grant.id, { revoked: true })
    return { success: true }
  })
