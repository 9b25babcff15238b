/**
 * Step 4: exchanges a code for an access and a refresh token, and later renews and revokes them.
 *
 * @since 0.1.0
 */
import * as Api from "@effect-baanx/api/BaanxApi"
import type { TokenAnswer } from "@effect-baanx/api/Token"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
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
import { toInvalidGrant } from "./internal/invalidGrant.js"
import type { RedirectUri } from "./RedirectUri.js"

/**
 * The tokens of a signed-in user, as `TokenStore` keeps them. The encoded form holds them in plain text. `region` and
 * `pathFamily` say where the tokens came from, and so where they are renewed and revoked. Times are by our Clock.
 *
 * @since 0.1.0
 * @category models
 */
export class TokenSet extends Schema.Class<TokenSet>("@effect-baanx/oauth/TokenSet")({
  accessToken: AccessToken,
  /** Without one, the session ends with its access token. */
  refreshToken: Schema.optional(RefreshToken),
  /** From `expires_in`. */
  expiresAt: Schema.DateTimeUtc,
  /** From `refresh_token_expires_in`, if Baanx sent it. */
  refreshExpiresAt: Schema.optional(Schema.DateTimeUtc),
  region: Region,
  pathFamily: Schema.optional(PathFamily),
  issuedAt: Schema.optional(Schema.DateTimeUtc),
  /** The grant that issued the tokens (RFC 6749 sections 4.1.3 and 6). */
  grantType: Schema.optional(Schema.Literal("authorization_code", "refresh_token"))
}) {}

/**
 * What an exchange needs.
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
  readonly refreshToken?: RefreshToken | undefined
  /** Kept where the response brings no new refresh token. */
  readonly refreshExpiresAt?: DateTime.Utc | undefined
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
  readonly accessToken?: AccessToken | undefined
}

/**
 * Every error of an exchange or a refresh.
 *
 * @since 0.1.0
 * @category errors
 */
export const TokenError = Schema.Union(HttpError, MissingTokenError, InvalidTokenError, InvalidGrantError)
export type TokenError = typeof TokenError.Type

/**
 * Every error of a revocation.
 *
 * @since 0.1.0
 * @category errors
 */
export const RevokeError = Schema.Union(HttpError, MissingTokenError, InvalidTokenError)
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

const tokenSet = (tokens: typeof TokenAnswer.Type, region: Region, pathFamily: PathFamily): Effect.Effect<TokenSet> =>
  Effect.map(
    DateTime.now,
    (now) =>
      new TokenSet({
        accessToken: tokens.access_token,
        refreshToken: tokens.refresh_token,
        expiresAt: DateTime.add(now, { seconds: tokens.expires_in }),
        refreshExpiresAt:
          tokens.refresh_token_expires_in == null
            ? undefined
            : DateTime.add(now, { seconds: tokens.refresh_token_expires_in }),
        region,
        pathFamily
      })
  )

/**
 * Step 4, refresh and revocation over whichever `BaanxClient` is provided.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<TokenServiceShape, never, BaanxClient> = Effect.map(BaanxClient, (client) => {
  const { config } = client
  const exchange = {
    oauth: client.operation("token", Api.token),
    oauth2: client.operation("token", Api.hostedToken)
  }
  const refresh = {
    oauth: client.operation("refresh", Api.token),
    oauth2: client.operation("refresh", Api.hostedToken)
  }
  const revoke = client.operation("revoke", Api.revoke)
  const revokeOne = client.operation("revoke", Api.hostedRevoke)

  return {
    exchange: ({ code, codeVerifier, pathFamily = config.pathFamily, redirectUri, region = config.region }) =>
      Effect.gen(function* () {
        const credentials = yield* checkCredentials("token", { authorizationCode: code, codeVerifier })
        const payload = {
          grant_type: "authorization_code",
          code: credentials.authorizationCode,
          redirect_uri: redirectUri,
          code_verifier: credentials.codeVerifier
        } as const
        const tokens = yield* Effect.mapError(exchange[pathFamily]({ region, payload }), toInvalidGrant)
        return yield* tokenSet(tokens, region, pathFamily)
      }),

    refresh: ({ pathFamily = config.pathFamily, refreshToken, region = config.region }) =>
      Effect.gen(function* () {
        const credentials = yield* checkCredentials("refresh", { refreshToken })
        const payload = { grant_type: "refresh_token", refresh_token: credentials.refreshToken } as const
        const tokens = yield* Effect.mapError(refresh[pathFamily]({ region, payload }), toInvalidGrant)
        return yield* tokenSet(tokens, region, pathFamily)
      }),

    revoke: ({ accessToken, pathFamily = config.pathFamily, refreshToken, region = config.region }) =>
      Effect.gen(function* () {
        if (pathFamily === "oauth") {
          const bearer = (yield* checkCredentials("revoke", { accessToken })).accessToken
          return yield* Effect.asVoid(revoke({ region, bearer }))
        }
        const tokens = yield* checkCredentials("revoke", { accessToken, refreshToken })
        yield* revokeOne({ region, payload: { token: tokens.refreshToken, token_hint: "refresh_token" } })
        yield* revokeOne({ region, payload: { token: tokens.accessToken, token_hint: "access_token" } })
      })
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
   * For tests. Calling a method you did not mock dies with an error that names it.
   *
   * @since 0.1.0
   */
  static readonly layerMock = (service: Partial<TokenServiceShape>): Layer.Layer<TokenService> =>
    Layer.mock(TokenService, service)
}
