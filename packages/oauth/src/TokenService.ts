/**
 * Step 4: a code becomes an access and a refresh token; later they are renewed and revoked.
 *
 * @since 0.1.0
 */
import * as Api from "@effect-baanx/api/BaanxApi"
import type { TokenAnswer } from "@effect-baanx/api/Token"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { constVoid } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { HttpError, InvalidGrantError, InvalidTokenError, MissingTokenError } from "./BaanxError.js"
import { BaanxClient } from "./BaanxClient.js"
import { PathFamily, Region } from "./BaanxConfig.js"
import {
  AccessToken,
  type AuthorizationCode,
  checkCredentials,
  type CodeVerifier,
  RefreshToken
} from "./Credentials.js"
import { withInvalidGrant } from "./internal/invalidGrant.js"
import type { RedirectUri } from "./RedirectUri.js"

/**
 * The tokens of a signed-in user; what `TokenStore` keeps. Its encoded form is plain, so whoever encodes it holds
 * secrets. `region` and `pathFamily` say where the tokens came from, and so where they are renewed and revoked.
 *
 * @since 0.1.0
 * @category models
 */
export class TokenSet extends Schema.Class<TokenSet>("@effect-baanx/oauth/TokenSet")({
  accessToken: AccessToken,
  refreshToken: RefreshToken,
  /** By our Clock, from `expires_in`. */
  expiresAt: Schema.DateTimeUtc,
  /** By our Clock, from `refresh_token_expires_in`, where Baanx told it. */
  refreshExpiresAt: Schema.optional(Schema.DateTimeUtc),
  region: Region,
  pathFamily: Schema.optional(PathFamily)
}) {}

/**
 * What the exchange of a code needs.
 *
 * @since 0.1.0
 * @category models
 */
export interface ExchangeRequest {
  readonly code: AuthorizationCode | undefined
  readonly codeVerifier: CodeVerifier | undefined
  /** What step 1 was started with, to the letter. */
  readonly redirectUri: RedirectUri
  /** Default: the region of the configuration. */
  readonly region?: Region | undefined
  /** The family that issued the code. Default: the one of the configuration. */
  readonly pathFamily?: PathFamily | undefined
}

/**
 * What a refresh needs; a `TokenSet` is one.
 *
 * @since 0.1.0
 * @category models
 */
export interface RefreshRequest {
  readonly refreshToken: RefreshToken | undefined
  readonly region?: Region | undefined
  readonly pathFamily?: PathFamily | undefined
}

/**
 * What a revocation needs; a `TokenSet` is one.
 *
 * @since 0.1.0
 * @category models
 */
export interface RevokeRequest extends RefreshRequest {
  readonly accessToken: AccessToken | undefined
}

/**
 * Everything that an exchange or a refresh can end in.
 *
 * @since 0.1.0
 * @category errors
 */
export const TokenError = Schema.Union(HttpError, MissingTokenError, InvalidTokenError, InvalidGrantError)

/**
 * @since 0.1.0
 * @category errors
 */
export type TokenError = typeof TokenError.Type

/**
 * Everything that a revocation can end in.
 *
 * @since 0.1.0
 * @category errors
 */
export const RevokeError = Schema.Union(HttpError, MissingTokenError, InvalidTokenError)

/**
 * @since 0.1.0
 * @category errors
 */
export type RevokeError = typeof RevokeError.Type

/**
 * What `TokenService` does.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenServiceShape {
  /** Step 4, `grant_type=authorization_code`. The code is spent by it, whatever the outcome. */
  readonly exchange: (request: ExchangeRequest) => Effect.Effect<TokenSet, TokenError>
  /** `grant_type=refresh_token`. Both tokens are replaced: save the new set before using it. */
  readonly refresh: (request: RefreshRequest) => Effect.Effect<TokenSet, TokenError>
  /**
   * `oauth`: ends every token that this client holds for the user. `oauth2`: ends these two tokens, the refresh token
   * first.
   */
  readonly revoke: (request: RevokeRequest) => Effect.Effect<void, RevokeError>
}

const accessToken = Schema.decodeSync(AccessToken)
const refreshToken = Schema.decodeSync(RefreshToken)

const readTokens = (answer: typeof TokenAnswer.Type) => ({
  accessToken: accessToken(answer.access_token),
  refreshToken: refreshToken(answer.refresh_token),
  expiresIn: answer.expires_in,
  refreshExpiresIn: answer.refresh_token_expires_in ?? undefined
})

const toTokenSet = (
  { accessToken, expiresIn, refreshExpiresIn, refreshToken }: ReturnType<typeof readTokens>,
  region: Region,
  pathFamily: PathFamily
): Effect.Effect<TokenSet> =>
  Effect.map(
    DateTime.now,
    (now) =>
      new TokenSet({
        accessToken,
        refreshToken,
        expiresAt: DateTime.add(now, { seconds: expiresIn }),
        refreshExpiresAt: refreshExpiresIn === undefined ? undefined : DateTime.add(now, { seconds: refreshExpiresIn }),
        region,
        pathFamily
      })
  )

const plain = (secret: Redacted.Redacted<string> | undefined): string =>
  secret === undefined ? "" : Redacted.value(secret)

/**
 * Step 4, refresh and revocation over whichever `BaanxClient` is provided.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<TokenServiceShape, never, BaanxClient> = Effect.map(BaanxClient, (client) => {
  const { config } = client
  const exchange = {
    oauth: client.operation("token", Api.token, readTokens),
    oauth2: client.operation("token", Api.hostedToken, readTokens)
  }
  const refresh = {
    oauth: client.operation("refresh", Api.token, readTokens),
    oauth2: client.operation("refresh", Api.hostedToken, readTokens)
  }
  const revoke = client.operation("revoke", Api.revoke, constVoid)
  const revokeOne = client.operation("revoke", Api.hostedRevoke, constVoid)

  return {
    exchange: (request) => {
      const { region = config.region, pathFamily = config.pathFamily } = request
      return checkCredentials("token", {
        authorizationCode: request.code,
        codeVerifier: request.codeVerifier
      }).pipe(
        Effect.zipRight(
          exchange[pathFamily]({
            region,
            body: {
              grant_type: "authorization_code",
              code: plain(request.code),
              redirect_uri: request.redirectUri,
              code_verifier: plain(request.codeVerifier)
            }
          }).pipe(withInvalidGrant)
        ),
        Effect.flatMap((answer) => toTokenSet(answer, region, pathFamily))
      )
    },
    refresh: (request) => {
      const { region = config.region, pathFamily = config.pathFamily } = request
      return checkCredentials("refresh", { refreshToken: request.refreshToken }).pipe(
        Effect.zipRight(
          refresh[pathFamily]({
            region,
            body: { grant_type: "refresh_token", refresh_token: plain(request.refreshToken) }
          }).pipe(withInvalidGrant)
        ),
        Effect.flatMap((answer) => toTokenSet(answer, region, pathFamily))
      )
    },
    revoke: (request) => {
      const { region = config.region, pathFamily = config.pathFamily } = request
      const check = checkCredentials("revoke", {
        accessToken: request.accessToken,
        ...(pathFamily === "oauth2" && { refreshToken: request.refreshToken })
      })
      const one = (token_hint: "access_token" | "refresh_token", token: Redacted.Redacted<string> | undefined) =>
        revokeOne({ region, body: { token: plain(token), token_hint } })
      return Effect.zipRight(
        check,
        pathFamily === "oauth"
          ? revoke({ region, bearer: request.accessToken })
          : Effect.zipRight(one("refresh_token", request.refreshToken), one("access_token", request.accessToken))
      )
    }
  }
})

/**
 * Step 4, refresh and revocation.
 *
 * @since 0.1.0
 * @category services
 */
export class TokenService extends Context.Tag("@effect-baanx/oauth/TokenService")<TokenService, TokenServiceShape>() {
  /** @since 0.1.0 */
  static readonly layer: Layer.Layer<TokenService, never, BaanxClient> = Layer.effect(TokenService, make)

  /**
   * For tests: a method that is not given dies with a message that names it.
   *
   * @since 0.1.0
   */
  static readonly layerMock = (service: Partial<TokenServiceShape>): Layer.Layer<TokenService> =>
    Layer.mock(TokenService, service)
}
