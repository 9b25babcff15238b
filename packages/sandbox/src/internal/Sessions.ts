/** A session from its start to its code. */
import * as Effect from "effect/Effect"
import { note } from "./Call.js"
import { sign } from "./Jwt.js"
import { SandboxRandom } from "../SandboxRandom.js"
import { now, Store, type Session } from "./Store.js"

/** Starts a session; its token is valid for step 3 and for the hosted page. */
export const startSession = (
  request: Pick<Session, "pathFamily" | "clientKey" | "region" | "redirectUri" | "state" | "codeChallenge" | "scope">
) =>
  Effect.gen(function* () {
    const { baseUrl, signingKey, state } = yield* Store
    const id = yield* (yield* SandboxRandom).uuid
    const startedAt = yield* now
    const expiresAt = startedAt + state.settings.sessionSeconds * 1000
    state.sessions.set(id, { ...request, id, startedAt, expiresAt, stage: "started", userId: undefined })
    yield* note({ sessionId: id })
    const token = sign(signingKey, {
      jti: id,
      client_id: request.clientKey,
      iat: Math.floor(startedAt / 1000),
      exp: Math.floor(expiresAt / 1000)
    })
    return { token, url: `${baseUrl}/hosted/sign-in?${new URLSearchParams({ token }).toString()}` }
  })

/** A redirect URI with these parameters after its own. */
export const redirectTo = (redirectUri: string, parameters: Readonly<Record<string, string>>): string =>
  `${redirectUri}${redirectUri.includes("?") ? "&" : "?"}${new URLSearchParams(parameters).toString()}`

/** Ends a session with a code for a user. */
export const issueCode = (session: Session, userId: string) =>
  Effect.gen(function* () {
    const { baseUrl, state } = yield* Store
    const code = `auth_code_${yield* (yield* SandboxRandom).uuid}`
    const expiresAt = Math.min((yield* now) + state.settings.codeSeconds * 1000, session.expiresAt)
    state.codes.set(code, { session, userId, expiresAt, spent: false, grantId: undefined })
    state.sessions.update(session.id, { stage: "code-issued", userId })
    yield* note({ userId })
    const parameters = { ...(session.state === undefined ? {} : { state: session.state }), code }
    const appId = state.clients.get(session.clientKey)?.appId ?? "SANDBOX"
    const url = redirectTo(
      session.redirectUri,
      session.pathFamily === "oauth"
        ? parameters
        : { ...parameters, iss: baseUrl, app_id: session.region === "us" ? `${appId}_US` : appId }
    )
    return { code, url }
  })
