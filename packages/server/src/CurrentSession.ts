/**
 * The signed-in user, as an endpoint sees them.
 *
 * @since 0.1.0
 */
import type { AccessToken } from "@effect-baanx/oauth/Credentials"
import type { SessionKey } from "@effect-baanx/oauth/TokenStore"
import type { TokenSessionError } from "@effect-baanx/oauth/TokenSession"
import type { HttpClient } from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"

/**
 * A session in the store.
 *
 * @since 0.1.0
 * @category models
 */
export interface CurrentSessionShape {
  /** The key of the tokens in the store: a hash of the cookie. */
  readonly key: SessionKey
  /** A fresh access token, renewed when necessary. */
  readonly accessToken: Effect.Effect<AccessToken, TokenSessionError>
  /** A client for the rest of Baanx's API, from `TokenSession.httpClient`. */
  readonly httpClient: HttpClient
}

/**
 * The session of the request, which `SignedIn` provides.
 *
 * @since 0.1.0
 * @category services
 */
export class CurrentSession extends Context.Tag("@effect-baanx/server/CurrentSession")<
  CurrentSession,
  CurrentSessionShape
>() {}
