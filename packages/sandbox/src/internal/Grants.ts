/** The two grants of step 4, shared by both families: each code and each refresh token can be exchanged once. */
import { AccessToken, RefreshToken } from "@effect-baanx/api/Credentials"
import { OAuthError } from "@effect-baanx/api/WireError"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { caller, note, refuse } from "./Call.js"
import { matchesChallenge } from "./checks/Pkce.js"
import { SandboxRandom } from "../SandboxRandom.js"
import { now, Store, type Grant, type PathFamily } from "./Store.js"

const invalidGrant = (description: string, detail?: string) =>
  refuse(new OAuthError({ error: "invalid_grant", error_description: description }), detail)

const invalidCode = (detail: string) => invalidGrant("The authorization code is invalid, expired or used", detail)

const invalidRefreshToken = (detail: string) => invalidGrant("The refresh token is invalid, expired or revoked", detail)

const issueTokens = (grant: Grant) =>
  Effect.gen(function* () {
    const { state } = yield* Store
    const random = yield* SandboxRandom
    const time = yield* now
    const { settings } = state
    const hosted = grant.pathFamily === "oauth2"
    const refreshSeconds = hosted ? settings.hostedRefreshTokenSeconds : settings.refreshTokenSeconds
    const accessToken = `access_token_${yield* random.uuid}`
    const refreshToken = `refresh_token_${yield* random.uuid}`
    const row = { grantId: grant.id, spent: false }
    state.accessTokens.set(accessToken, { ...row, expiresAt: time + settings.accessTokenSeconds * 1000 })
    state.refreshTokens.set(refreshToken, { ...row, accessToken, expiresAt: time + refreshSeconds * 1000 })
    yield* note({ sessionId: grant.sessionId, userId: grant.userId })
    return {
      access_token: AccessToken.make(accessToken),
      expires_in: settings.accessTokenSeconds,
      refresh_token: RefreshToken.make(refreshToken),
      ...(hosted
        ? { scope: grant.scope === undefined ? undefined : Redacted.make(grant.scope), token_type: "Bearer" }
        : { refresh_token_expires_in: refreshSeconds }),
      ...(!hosted && settings.tokenType ? { token_type: "Bearer" } : {})
    }
  })

/**
 * Exchanges a code. A wrong verifier or redirect URI uses it up; a second use ends the tokens of the first (RFC 6749
 * section 4.1.2).
 */
export const exchangeCode = (
  pathFamily: PathFamily,
  given: { readonly code: string; readonly codeVerifier: string; readonly redirectUri: string | undefined }
) =>
  Effect.gen(function* () {
    const { client, region } = yield* caller
    const { state } = yield* Store
    const code = state.codes.get(given.code)
    if (code === undefined) return yield* invalidCode("The code is unknown")
    const { session } = code
    yield* note({ sessionId: session.id, userId: code.userId })
    if (session.clientKey !== client.clientKey) return yield* invalidCode("The code is another client's")
    if (session.region !== region) return yield* invalidCode(`The code belongs to the ${session.region} region`)
    if (session.pathFamily !== pathFamily)
      return yield* invalidCode(`The code belongs to the ${session.pathFamily} family`)
    if (code.spent) {
      if (code.grantId !== undefined) state.grants.update(code.grantId, { revoked: true })
      return yield* invalidCode("The code was used before; its tokens were revoked")
    }
    state.codes.update(given.code, { spent: true })
    if (code.expiresAt <= (yield* now)) return yield* invalidCode("The code has expired")
    if (given.redirectUri !== undefined && given.redirectUri !== session.redirectUri) {
      return yield* invalidGrant(
        "The redirect_uri is not the one of the authorization request",
        `It was ${session.redirectUri}`
      )
    }
    if (!matchesChallenge(given.codeVerifier, session.codeChallenge)) {
      return yield* invalidGrant("The code_verifier does not match the code_challenge")
    }
    const grant: Grant = {
      id: yield* (yield* SandboxRandom).uuid,
      sessionId: session.id,
      userId: code.userId,
      clientKey: client.clientKey,
      region,
      pathFamily,
      scope: session.scope,
      revoked: false
    }
    state.grants.set(grant.id, grant)
    state.codes.update(given.code, { grantId: grant.id })
    state.sessions.update(session.id, { stage: "exchanged" })
    return yield* issueTokens(grant)
  })

/**
 * Exchanges a refresh token. Both tokens rotate; using the old refresh token again ends them all (RFC 9700 section
 * 2.2.2).
 */
export const refresh = (pathFamily: PathFamily, refreshToken: string) =>
  Effect.gen(function* () {
    const { client, region } = yield* caller
    const { state } = yield* Store
    const row = state.refreshTokens.get(refreshToken)
    const grant = row === undefined ? undefined : state.grants.get(row.grantId)
    if (row === undefined || grant === undefined) return yield* invalidRefreshToken("The refresh token is unknown")
    yield* note({ sessionId: grant.sessionId, userId: grant.userId })
    if (grant.clientKey !== client.clientKey) return yield* invalidRefreshToken("The refresh token is another client's")
    if (grant.region !== region)
      return yield* invalidRefreshToken(`The refresh token belongs to the ${grant.region} region`)
    if (grant.pathFamily !== pathFamily) {
      return yield* invalidRefreshToken(`The refresh token belongs to the ${grant.pathFamily} family`)
    }
    if (grant.revoked) return yield* invalidRefreshToken("The refresh token was revoked")
    if (row.spent) {
      if (state.settings.refreshReuseRevokes) state.grants.update(grant.id, { revoked: true })
      return yield* invalidRefreshToken("The refresh token was used before")
    }
    if (row.expiresAt <= (yield* now)) return yield* invalidRefreshToken("The refresh token has expired")
    state.refreshTokens.update(refreshToken, { spent: true })
    if (state.settings.refreshEndsAccessToken) {
      state.accessTokens.update(row.accessToken, { spent: true })
    }
    return yield* issueTokens(grant)
  })
