/**
 * Step 4: exchanges a code for an access and a refresh token, and later renews and revokes them.
 *
 * @since 0.1.0
 */
import { hostedRevoke, logout, revoke } from "@effect-baanx/api/Revoke"
import { hostedToken, token, type TokenAnswer } from "@effect-baanx/api/Token"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { DecodeError, HttpError, InvalidGrantError, InvalidTokenError, MissingTokenError } from "./BaanxError.js"
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
import { toRefusedGrant } from "./internal/refreshRefusal.js"
import { isByBearer } from "./internal/revocation.js"
import { notMocked } from "./internal/notMocked.js"
import type { RedirectUri } from "./RedirectUri.js"

/**
 * The tokens of a signed-in user, as `TokenStore` keeps them. The encoded form holds them in plain text. `region` and
 * `pathFamily` record where the tokens were issued, which is where they are renewed and revoked. Times are measured by
 * the local `Clock`.
 *
 * @since 0.1.0
 * @category models
 */
export class TokenSet extends Schema.Class<TokenSet>("@effect-baanx/oauth/TokenSet")({
  accessToken: AccessToken,
  /** Without one, the session ends when the access token expires. */
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
 * The input of an exchange.
 *
 * @since 0.1.0
 * @category models
 */
export interface ExchangeRequest {
  readonly code: AuthorizationCode | undefined
  readonly codeVerifier: CodeVerifier | undefined
  /** Exactly the redirect URI that step 1 sent. */
  readonly redirectUri: RedirectUri
  /** Default: the configured region. */
  readonly region?: Region | undefined
  /** The family that issued the code. Default: the configured one. */
  readonly pathFamily?: PathFamily | undefined
}

/**
 * The input of a refresh; you can pass a `TokenSet`.
 *
 * @since 0.1.0
 * @category models
 */
export interface RefreshRequest {
  readonly refreshToken?: RefreshToken | undefined
  /** Kept if the response has no new refresh token. */
  readonly refreshExpiresAt?: DateTime.Utc | undefined
  readonly region?: Region | undefined
  readonly pathFamily?: PathFamily | undefined
}

/**
 * The input of a revocation; you can pass a `TokenSet`.
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
 * The methods of `TokenService`.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenServiceShape {
  /** Step 4, `grant_type=authorization_code`. It uses up the code, whatever the outcome. */
  readonly exchange: (request: ExchangeRequest) => Effect.Effect<TokenSet, TokenError>
  /**
   * `grant_type=refresh_token`. Both tokens are replaced: save the new set before using it. If the response has no
   * refresh token, the old one stays valid (RFC 6749 section 6).
   */
  readonly refresh: (request: RefreshRequest) => Effect.Effect<TokenSet, TokenError>
  /**
   * In the `oauth` family, revokes every token that this client holds for the user. In the `oauth2` family, revokes the
   * given tokens, the refresh token first; if that fails, the access token is revoked all the same. With `signOutBy:
   * "logout"`, ends the access token through `POST /v1/auth/logout`. The status says whether it succeeded (RFC 7009
   * section 2.2), unless the body is a page, `success: false` or an error.
   */
  readonly revoke: (request: RevokeRequest) => Effect.Effect<void, RevokeError>
}

/** The lifetime of an access token in seconds, if the response does not state it. */
const assumedSeconds = 300

/** Ten years. Anything longer is a date or a mistake. */
const maxLifetimeSeconds = 315_360_000

const lifetimeOf = (seconds: number | null | undefined): number | undefined =>
  seconds == null || seconds > maxLifetimeSeconds ? undefined : seconds

const isBlank = (token: RefreshToken): boolean => Redacted.value(token).trim() === ""

/**
 * Step 4, refresh and revocation through the provided `BaanxClient`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<TokenServiceShape, never, BaanxClient> = Effect.map(BaanxClient, (client) => {
  const { config } = client
  const exchange = {
    oauth: client.operation("token", token),
    oauth2: client.operation("token", hostedToken)
  }
  const refresh = {
    oauth: client.operation("refresh", token),
    oauth2: client.operation("refresh", hostedToken)
  }
  const revokeAll = client.operation("revoke", config.signOutBy === "logout" ? logout : revoke)
  const revokeOne = client.operation("revoke", hostedRevoke)
  const revokeToken = (
    region: Region,
    token_hint: "access_token" | "refresh_token",
    token: AccessToken | RefreshToken | undefined
  ): Effect.Effect<void, HttpError> =>
    token === undefined ? Effect.void : Effect.asVoid(revokeOne({ region, payload: { token, token_hint } }))

  /** Reads the tokens of a response, and checks that each can be sent where it is used. */
  const issued = (
    grantType: NonNullable<TokenSet["grantType"]>,
    response: typeof TokenAnswer.Type,
    origin: { readonly region: Region; readonly pathFamily: PathFamily },
    old: RefreshRequest = {}
  ): Effect.Effect<TokenSet, DecodeError> =>
    Effect.gen(function* () {
      const now = yield* DateTime.now
      const { access_token: accessToken, refresh_token: given } = response
      const refreshToken = given == null || isBlank(given) ? undefined : given
      const operation = grantType === "authorization_code" ? "token" : "refresh"
      const tokens = refreshToken === undefined ? { accessToken } : { accessToken, refreshToken }
      yield* Effect.mapError(checkCredentials(operation, tokens, config.maxTokenLength), (error) => {
        const path =
          error._tag === "InvalidTokenError" && error.token === "refreshToken" ? "refresh_token" : "access_token"
        return new DecodeError({ operation, path, expected: "a token that can be sent, within maxTokenLength" })
      })
      const refreshSeconds = lifetimeOf(response.refresh_token_expires_in)
      const oldEnd = refreshToken === undefined ? old.refreshExpiresAt : undefined
      return new TokenSet({
        ...origin,
        grantType,
        issuedAt: now,
        accessToken,
        expiresAt: DateTime.add(now, { seconds: lifetimeOf(response.expires_in) ?? assumedSeconds }),
        refreshToken: refreshToken ?? old.refreshToken,
        refreshExpiresAt: refreshSeconds === undefined ? oldEnd : DateTime.add(now, { seconds: refreshSeconds })
      })
    })

  return {
    exchange: ({ code, codeVerifier, pathFamily = config.pathFamily, redirectUri, region = config.region }) =>
      Effect.gen(function* () {
        const credentials = yield* checkCredentials("token", { authorizationCode: code, codeVerifier })
        const grant = {
          grant_type: "authorization_code",
          code: credentials.authorizationCode,
          code_verifier: credentials.codeVerifier
        } as const
        const response = yield* Effect.mapError(
          pathFamily === "oauth"
            ? exchange.oauth({ region, payload: { ...grant, redirect_uri: redirectUri } })
            : exchange.oauth2({
                region,
                payload: {
                  ...grant,
                  redirect_uri: config.exchangeFields.has("redirect_uri") ? redirectUri : undefined,
                  client_id: config.exchangeFields.has("client_id") ? Redacted.value(config.clientKey) : undefined
                }
              }),
          toInvalidGrant
        )
        return yield* issued("authorization_code", response, { region, pathFamily })
      }),

    refresh: (request) =>
      Effect.gen(function* () {
        const { pathFamily = config.pathFamily, region = config.region } = request
        const { refreshToken } = yield* checkCredentials(
          "refresh",
          { refreshToken: request.refreshToken },
          config.maxTokenLength
        )
        const payload = { grant_type: "refresh_token", refresh_token: refreshToken } as const
        const response = yield* Effect.mapError(refresh[pathFamily]({ region, payload }), toRefusedGrant)
        return yield* issued("refresh_token", response, { region, pathFamily }, request)
      }),

    revoke: ({ accessToken, pathFamily = config.pathFamily, refreshToken, region = config.region }) =>
      Effect.gen(function* () {
        if (isByBearer(config, pathFamily)) {
          const bearer = (yield* checkCredentials("revoke", { accessToken }, config.maxTokenLength)).accessToken
          return yield* Effect.asVoid(revokeAll({ region, bearer }))
        }
        // Either may be absent, but not both.
        const given = {
          ...(accessToken === undefined && refreshToken !== undefined ? {} : { accessToken }),
          ...(refreshToken === undefined && accessToken !== undefined ? {} : { refreshToken })
        }
        yield* checkCredentials("revoke", given, config.maxTokenLength)
        const ends = [
          yield* Effect.either(revokeToken(region, "refresh_token", refreshToken)),
          yield* Effect.either(revokeToken(region, "access_token", accessToken))
        ]
        return yield* Effect.asVoid(Either.all(ends))
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
  /**
   * Sends its requests through the provided `BaanxClient`.
   *
   * @since 0.1.0
   */
  static readonly layer: Layer.Layer<TokenService, never, BaanxClient> = Layer.effect(TokenService, make)

  /**
   * For tests. Calling a method you did not mock dies with an error that names it.
   *
   * @since 0.1.0
   */
  static readonly layerMock = (service: Partial<TokenServiceShape>): Layer.Layer<TokenService> =>
    Layer.succeed(TokenService, {
      exchange: notMocked(TokenService.key, "exchange"),
      refresh: notMocked(TokenService.key, "refresh"),
      revoke: notMocked(TokenService.key, "revoke"),
      ...service
    })
}
