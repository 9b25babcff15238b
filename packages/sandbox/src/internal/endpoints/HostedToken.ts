/** `POST /v1/auth/oauth2/token`: step 4 and refresh of the `oauth2` family, as JSON or as a form. */
import type { hostedToken as contract } from "@effect-baanx/api/BaanxApi"
import type { HttpApiEndpoint } from "@effect/platform/HttpApiEndpoint"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { caller } from "../Call.js"
import { checkClientId } from "../checks/ClientId.js"
import { exchangeCode, refresh } from "../Grants.js"

/**
 * Exchanges a code or a refresh token. Known clients leave `client_id` and `redirect_uri` out; one that is there must be
 * right.
 */
export const hostedToken = ({ payload }: HttpApiEndpoint.Request<typeof contract>) =>
  Effect.gen(function* () {
    if (payload.grant_type === "refresh_token") return yield* refresh("oauth2", Redacted.value(payload.refresh_token))
    const { client } = yield* caller
    if (payload.client_id !== undefined) yield* checkClientId(payload.client_id, client)
    return yield* exchangeCode("oauth2", {
      code: Redacted.value(payload.code),
      codeVerifier: Redacted.value(payload.code_verifier),
      redirectUri: payload.redirect_uri
    })
  })
