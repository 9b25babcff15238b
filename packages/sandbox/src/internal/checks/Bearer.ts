/** The bearer token of the `Authorization` header: a login token of step 2, or an access token of step 4. */
import { Unauthorized } from "@effect-baanx/api/WireError"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { caller, note, refuse } from "../Call.js"
import { now, Store, type Grant, type User } from "../Store.js"

const unauthorized = (detail: string) => refuse(new Unauthorized({ message: "unauthorized" }), detail)

const bearerToken = (authorization: Redacted.Redacted<string> | undefined) => {
  const header = authorization && Redacted.value(authorization)
  const [, token] = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i.exec(header ?? "") ?? []
  return token === undefined ? unauthorized("No bearer token") : Effect.succeed(token)
}

const userOf = (userId: string) =>
  Effect.gen(function* () {
    const user = (yield* Store).state.users.get(userId)
    if (user === undefined) return yield* unauthorized("The user of the bearer token no longer exists")
    yield* note({ userId })
    return user
  })

/** The user who signed in with step 2. */
export const checkLoginToken = (
  authorization: Redacted.Redacted<string> | undefined
): Effect.Effect<{ readonly token: string; readonly user: User }, Unauthorized, Store> =>
  Effect.gen(function* () {
    const token = yield* bearerToken(authorization)
    const { client, region } = yield* caller
    const login = (yield* Store).state.logins.get(token)
    if (login === undefined) return yield* unauthorized("The bearer token is not a login token, or was logged out")
    if (login.clientKey !== client.clientKey) return yield* unauthorized("The login token is another client's")
    if (login.region !== region) return yield* unauthorized(`The login token belongs to the ${login.region} region`)
    if (login.expiresAt <= (yield* now)) return yield* unauthorized("The login token has expired")
    return { token, user: yield* userOf(login.userId) }
  })

/** The grant that an access token stands for. */
export const checkAccessToken = (
  authorization: Redacted.Redacted<string> | undefined
): Effect.Effect<{ readonly token: string; readonly user: User; readonly grant: Grant }, Unauthorized, Store> =>
  Effect.gen(function* () {
    const token = yield* bearerToken(authorization)
    const { client, region } = yield* caller
    const { accessTokens, grants } = (yield* Store).state
    const access = accessTokens.get(token)
    const grant = access === undefined ? undefined : grants.get(access.grantId)
    if (access === undefined || grant === undefined)
      return yield* unauthorized("The bearer token is not an access token")
    if (grant.clientKey !== client.clientKey) return yield* unauthorized("The access token is another client's")
    if (grant.region !== region) return yield* unauthorized(`The access token belongs to the ${grant.region} region`)
    if (grant.revoked || access.spent) return yield* unauthorized("The access token was revoked or replaced")
    if (access.expiresAt <= (yield* now)) return yield* unauthorized("The access token has expired")
    return { token, user: yield* userOf(grant.userId), grant }
  })

/** Either kind of token; the grant is that of an access token. */
export const checkBearer = (
  authorization: Redacted.Redacted<string> | undefined
): Effect.Effect<{ readonly token: string; readonly user: User; readonly grant?: Grant }, Unauthorized, Store> =>
  Effect.gen(function* () {
    const token = yield* bearerToken(authorization)
    const { accessTokens } = (yield* Store).state
    return yield* accessTokens.get(token) === undefined
      ? checkLoginToken(authorization)
      : checkAccessToken(authorization)
  })

/** The user of either kind of token. */
export const checkAnyToken = (
  authorization: Redacted.Redacted<string> | undefined
): Effect.Effect<User, Unauthorized, Store> =>
  Effect.gen(function* () {
    const { user } = yield* checkBearer(authorization)
    return user.disabled ? yield* unauthorized("The account is disabled") : user
  })
