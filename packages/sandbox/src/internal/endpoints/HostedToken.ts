/** `POST /v1/auth/oauth2/token`: step 4 and refresh of the `oauth2` family, as JSON or as a form. */
import type { hostedToken as contract } from "@effect-baanx/api/BaanxApi"
import type { HttpApiEndpoint } from "@effect/platform/HttpApiEndpoint"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { UnprocessableEntity } from "@effect-baanx/api/WireError"
import { caller, refuse } from "../Call.js"
import { checkClientId } from "../checks/ClientId.js"
import { exchangeCode, refresh } from "../Grants.js"
import { Store } from "../Store.js"

/**
 * Exchanges a code or a refresh token. The one client that is known to work sends neither `client_id` nor
 * `redirect_uri` with a code, and Baanx rejects unknown fields.
 */
export const hostedToken = ({ payload }: HttpApiEndpoint.Request<typeof contract>) =>
  Effect.gen(function* () {
    if (payload.grant_type === "refresh_token") return yield* refresh("oauth2", Redacted.value(payload.refresh_token))
    const { client } = yield* caller
    const { settings } = (yield* Store).state
    for (const name of ["redirect_uri", "client_id"] as const) {
      if (settings.hostedExchangeFields === "refused" && payload[name] !== undefined) {
        return yield* refuse(new UnprocessableEntity({ message: `${name} field is not allowed` }))
      }
    }
    if (payload.client_id !== undefined) yield* checkClientId(payload.client_id, client)
    return yield* exchangeCode("oauth2", {
      code: Redacted.value(payload.code),
      codeVerifier: Redacted.value(payload.code_verifier),
      redirectUri: payload.redirect_uri
    })
  })
