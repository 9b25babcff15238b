/** Checks the session token of step 1 for step 3. */
import { OAuthError } from "@effect-baanx/api/WireError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { caller, note, refuse } from "../Call.js"
import { verify } from "../Jwt.js"
import { now, Store, type Session } from "../Store.js"

const invalidRequest = (description: string, detail?: string) =>
  refuse(new OAuthError({ error: "invalid_request", error_description: description }), detail)

const invalidGrant = (description: string) =>
  refuse(new OAuthError({ error: "invalid_grant", error_description: description }))

/** The session that a token names, if it can still end in a code. */
export const openSession = (token: string): Effect.Effect<Session, OAuthError, Store> =>
  Effect.gen(function* () {
    const { signingKey, state } = yield* Store
    const claims = verify(signingKey, token)
    if (Option.isNone(claims)) return yield* invalidRequest("The session token is invalid")
    const session = state.sessions.get(claims.value.jti)
    if (session === undefined)
      return yield* invalidRequest("The session token is invalid", "Its session no longer exists")
    yield* note({ sessionId: session.id })
    if (session.expiresAt <= (yield* now)) return yield* invalidGrant("The session has expired")
    if (session.stage !== "started" && session.stage !== "signed-in") {
      return yield* invalidGrant("The session was used already")
    }
    return session
  })

/** The same, for a caller: the session must have the caller's client and region, and be of the `oauth` family. */
export const checkSessionToken = (token: string): Effect.Effect<Session, OAuthError, Store> =>
  Effect.gen(function* () {
    const session = yield* openSession(token)
    const { client, region } = yield* caller
    if (session.clientKey !== client.clientKey) {
      return yield* invalidRequest("The session token is invalid", "It is another client's")
    }
    if (session.region !== region) {
      return yield* invalidRequest("The session token is invalid", `It belongs to the ${session.region} region`)
    }
    if (session.pathFamily !== "oauth") {
      return yield* invalidRequest("The session token is invalid", "It belongs to the oauth2 family")
    }
    return session
  })
