/**
 * The user who is signed in, as an endpoint sees them.
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
 * A session that the store has.
 *
 * @since 0.1.0
 * @category models
 */
export interface CurrentSessionShape {
  /** What the tokens are kept under: a hash of the cookie. */
  readonly key: SessionKey
  /** A fresh access token, renewed when it has to be. */
  readonly accessToken: Effect.Effect<AccessToken, TokenSessionError>
  /** For the rest of Baanx's API, as `TokenSession.httpClient` gives it. */
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
