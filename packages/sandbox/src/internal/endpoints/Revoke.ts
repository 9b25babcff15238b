/** `DELETE /v1/auth/oauth/revoke`. */
import type { revoke as contract } from "@effect-baanx/api/BaanxApi"
import type { HttpApiEndpoint } from "@effect/platform/HttpApiEndpoint"
import * as Effect from "effect/Effect"
import { checkAccessToken } from "../checks/Bearer.js"
import { Store } from "../Store.js"

/** Ends every token that the client holds for the user, in this region. */
export const revoke = ({ headers }: HttpApiEndpoint.Request<typeof contract>) =>
  Effect.gen(function* () {
    const { grant } = yield* checkAccessToken(headers.authorization)
    const { grants } = (yield* Store).state
    for (const [id, other] of grants.entries()) {
      const same = other.clientKey === grant.clientKey && other.userId === grant.userId && other.region === grant.region
      if (same) grants.update(id, { revoked: true })
    }
    return { success: true }
  })
