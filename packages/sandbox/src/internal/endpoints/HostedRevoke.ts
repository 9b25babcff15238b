/** `POST /v1/auth/oauth2/revoke`, modelled on RFC 7009. */
import type { hostedRevoke as contract } from "@effect-baanx/api/BaanxApi"
import { OAuthError } from "@effect-baanx/api/WireError"
import type { HttpApiEndpoint } from "@effect/platform/HttpApiEndpoint"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { caller, note, refuse } from "../Call.js"
import { Store } from "../Store.js"

const notTheirs = (detail: string) =>
  refuse(
    new OAuthError({ error: "invalid_grant", error_description: "The token was not issued to this client" }),
    detail
  )

/**
 * Ends an access token, or a refresh token with everything that descends from it. An unknown token counts as revoked
 * (RFC 7009 section 2.2).
 */
export const hostedRevoke = ({ payload }: HttpApiEndpoint.Request<typeof contract>) =>
  Effect.gen(function* () {
    const { client, region } = yield* caller
    const { accessTokens, grants, refreshTokens } = (yield* Store).state
    const token = Redacted.value(payload.token)
    const access = accessTokens.get(token)
    const refresh = refreshTokens.get(token)
    const grant = grants.get((access ?? refresh)?.grantId ?? "")
    if (grant === undefined) return { success: true }
    yield* note({ sessionId: grant.sessionId, userId: grant.userId })
    if (grant.clientKey !== client.clientKey) return yield* notTheirs("It is another client's")
    if (grant.region !== region) return yield* notTheirs(`It belongs to the ${grant.region} region`)
    if (grant.pathFamily !== "oauth2") return yield* notTheirs("It belongs to the oauth family")
    if (access === undefined) grants.update(grant.id, { revoked: true })
    else accessTokens.update(token, { spent: true })
    return { success: true }
  })
