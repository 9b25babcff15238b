/** `GET /v1/user`. */
import type { user as contract } from "@effect-baanx/api/BaanxApi"
import type { HttpApiEndpoint } from "@effect/platform/HttpApiEndpoint"
import * as Effect from "effect/Effect"
import { checkAnyToken } from "../checks/Bearer.js"

/** The user of a login token or of an access token. */
export const user = ({ headers }: HttpApiEndpoint.Request<typeof contract>) =>
  Effect.map(checkAnyToken(headers.authorization), (user) => ({
    id: user.id,
    email: user.email,
    verificationState: user.verificationState
  }))
