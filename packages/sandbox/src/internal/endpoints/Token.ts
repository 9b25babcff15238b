/** `POST /v1/auth/oauth/token`: step 4 and refresh. */
import type { token as contract } from "@effect-baanx/api/BaanxApi"
import { secretKeyHeader } from "@effect-baanx/api/Headers"
import type { HttpApiEndpoint } from "@effect/platform/HttpApiEndpoint"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { caller } from "../Call.js"
import { checkSecretKey } from "../checks/SecretKey.js"
import { exchangeCode, refresh } from "../Grants.js"
import { Store } from "../Store.js"

/** Exchanges a code or a refresh token. */
export const token = ({ headers, payload }: HttpApiEndpoint.Request<typeof contract>) =>
  Effect.gen(function* () {
    const { client } = yield* caller
    const { settings } = (yield* Store).state
    // One public client sends its client key here.
    const secretKeys = [client.secretKey, client.clientKey]
    yield* checkSecretKey(headers[secretKeyHeader], secretKeys, settings.secretKeyOnToken)
    return payload.grant_type === "refresh_token"
      ? yield* refresh("oauth", Redacted.value(payload.refresh_token))
      : yield* exchangeCode("oauth", {
          code: Redacted.value(payload.code),
          codeVerifier: Redacted.value(payload.code_verifier),
          redirectUri: payload.redirect_uri
        })
  })
