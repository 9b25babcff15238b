/**
 * A signed-in user: an access token that is always fresh, for as long as Baanx lets the user stay.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { HttpError, InvalidTokenError, MissingTokenError, SessionLostError, StoreError } from "./BaanxError.js"
import { BaanxClient } from "./BaanxClient.js"
import type { AccessToken } from "./Credentials.js"
import { requestError, requestReasonOf } from "./internal/runtime.js"
import { UserResponse } from "./internal/UserResponse.js"
import { type TokenError, TokenService, type TokenSet } from "./TokenService.js"
import { type SessionKey, type StoredTokens, TokenStore } from "./TokenStore.js"

/**
 * Everything that a session can end in. Only `SessionLostError` means that the user has to sign in again.
 *
 * @since 0.1.0
 * @category errors
 */
export const TokenSessionError = Schema.Union(
  HttpError,
  SessionLostError,
  StoreError,
  MissingTokenError,
  InvalidTokenError
)
export type TokenSessionError = typeof TokenSessionError.Type

/**
 * What `TokenSession` does.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenSessionShape {
  /** Keeps the tokens of a user who has just signed in. */
  readonly start: (key: SessionKey, tokens: TokenSet) => Effect.Effect<void, TokenSessionError>
  /**
   * A fresh access token. It is renewed 300 seconds before its end, once for everybody who asks in this process and in
   * every other that shares the store. A renewal that fails for a time, or takes longer than 5 seconds, gives the old
   * token for as long as it is good.
   */
  readonly accessToken: (key: SessionKey) => Effect.Effect<AccessToken, TokenSessionError>
  /**
   * A client for the rest of Baanx's API: a request's URL is a path, such as `/v1/user`; the base URL, client key,
   * region and bearer are added, no redirect is followed, and the head of the response has to come within the `timeout`
   * of the configuration. On a 401 the token is renewed and the request repeated, once. Where the session itself fails, the `cause` of the `RequestError` is the `TokenSessionError`.
   */
  readonly httpClient: (key: SessionKey) => Effect.Effect<HttpClient.HttpClient, TokenSessionError>
  /**
   * Revokes the tokens at Baanx, then forgets them. If Baanx cannot be reached they are kept, so that it can be tried
   * again. A session that is lost already is signed out.
   */
  readonly signOut: (key: SessionKey) => Effect.Effect<void, TokenSessionError>
}

/** How long before its end a token is renewed. */
const renewBefore = Duration.toMillis(Duration.seconds(300))

/** How long a renewal is waited for while the old token is good. */
const patience = Duration.seconds(5)

/** How often to look whether another process is done. */
const pollEvery = Duration.millis(200)

const isFresh = (tokens: TokenSet, now: number): boolean => DateTime.toEpochMillis(tokens.expiresAt) - renewBefore > now

const isAlive = (tokens: TokenSet, now: number): boolean => DateTime.toEpochMillis(tokens.expiresAt) > now

const lost = (reason: SessionLostError["reason"]) => new SessionLostError({ reason })

/** Whether Baanx may have renewed the tokens although the renewal failed here. */
const mayHaveRenewed = (error: TokenError): boolean =>
  error._tag === "TransportError" ? error.sent : error._tag === "ServerError" || isUnreadable(error)

const isUnreadable = (error: TokenError): boolean =>
  error._tag === "DecodeError" || error._tag === "UnexpectedResponseError"

/**
 * Sessions over whichever `TokenStore` is provided. Renewals run in the scope.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<TokenSessionShape, never, BaanxClient | TokenService | TokenStore | Scope.Scope> =
  Effect.gen(function* () {
    const { config, http } = yield* BaanxClient
    const tokenService = yield* TokenService
    const tokenStore = yield* TokenStore
    const scope = yield* Effect.scope
    // A holder that is alive is never taken for dead: the lease outlasts the longest call and the saving.
    const leaseLifetime = Duration.sum(Duration.times(config.timeout, 2), Duration.seconds(30))
    const running = new Map<SessionKey, Deferred.Deferred<TokenSet, TokenSessionError>>()

    const find = (key: SessionKey): Effect.Effect<StoredTokens, SessionLostError | StoreError> =>
      Effect.flatMap(
        tokenStore.get(key),
        Option.match({ onNone: () => lost("NotFound"), onSome: (stored) => Effect.succeed(stored) })
      )

    /** Renews `stored`, or waits for the process that does. */
    const renew = (key: SessionKey, stored: StoredTokens): Effect.Effect<TokenSet, TokenSessionError> =>
      Effect.gen(function* () {
        while (true) {
          const lease = yield* tokenStore.lease(key, stored.version, leaseLifetime)
          switch (lease._tag) {
            case "Gone":
              return yield* lost("NotFound")
            case "Changed":
              return lease.stored.tokens
            case "Busy":
              yield* Effect.sleep(Duration.min(lease.remaining, pollEvery))
              continue
            case "Leased":
              // In a fiber of its own, which nobody interrupts: code below may act on an interruption that is only pending.
              return yield* Effect.uninterruptible(
                Effect.flatMap(Effect.forkDaemon(renewLeased(key, stored, lease)), Fiber.join)
              )
          }
        }
      })

    const renewLeased = (
      key: SessionKey,
      stored: StoredTokens,
      lease: { readonly fence: number; readonly tokens: TokenSet; readonly unsettled: boolean }
    ): Effect.Effect<TokenSet, TokenSessionError> =>
      tokenService.refresh(lease.tokens).pipe(
        Effect.matchEffect({
          onSuccess: (tokens) =>
            tokenStore.save(key, lease.fence, tokens).pipe(
              // The old refresh token is spent: these are the only ones, so a store that is away is waited for.
              Effect.retry(saving),
              Effect.flatMap((saved) =>
                saved ? Effect.succeed(tokens) : Effect.map(find(key), ({ tokens }) => tokens)
              )
            ),
          onFailure: (error) =>
            error._tag === "InvalidGrantError"
              ? afterInvalidGrant(key, stored, lease)
              : tokenStore.release(key, lease.fence, mayHaveRenewed(error)).pipe(
                  // The lease ends by itself too.
                  Effect.ignore,
                  Effect.zipRight(Effect.fail(error))
                )
        })
      )

    /** Another process may have won, without a lease even: one more look at the store, then the session is over. */
    const afterInvalidGrant = (
      key: SessionKey,
      stored: StoredTokens,
      lease: { readonly fence: number; readonly unsettled: boolean }
    ): Effect.Effect<TokenSet, TokenSessionError> =>
      Effect.flatMap(find(key), (now) =>
        now.version === stored.version
          ? Effect.zipRight(
              tokenStore.remove(key, lease.fence),
              lost(lease.unsettled ? "RefreshNotSaved" : "RefreshTokenSpent")
            )
          : Effect.succeed(now.tokens)
      )

    /** One renewal for everybody in this process; it goes on when those who wait for it give up. */
    const renewOnce = (key: SessionKey, stored: StoredTokens): Effect.Effect<TokenSet, TokenSessionError> =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(Deferred.make<TokenSet, TokenSessionError>(), (mine) => {
          const others = running.get(key)
          if (others !== undefined) return restore(Deferred.await(others))
          running.set(key, mine)
          return Effect.interruptible(renew(key, stored)).pipe(
            Effect.onExit((exit) => {
              running.delete(key)
              return Deferred.done(mine, exit)
            }),
            Effect.forkIn(scope),
            Effect.zipRight(restore(Deferred.await(mine)))
          )
        })
      )

    const freshTokens = (key: SessionKey): Effect.Effect<TokenSet, TokenSessionError> =>
      Effect.gen(function* () {
        const stored = yield* find(key)
        if (isFresh(stored.tokens, yield* Clock.currentTimeMillis)) return stored.tokens
        const old = Effect.flatMap(Clock.currentTimeMillis, (now) =>
          isAlive(stored.tokens, now) ? Effect.succeedSome(stored.tokens) : Effect.succeedNone
        )
        const renewed = renewOnce(key, stored).pipe(
          Effect.catchIf(
            (error) => error._tag !== "SessionLostError",
            (error) => Effect.flatMap(old, Option.match({ onNone: () => Effect.fail(error), onSome: Effect.succeed }))
          )
        )
        // The process that renews may be dead, its lease not over.
        const inTime = yield* Effect.timeoutOption(renewed, patience)
        if (Option.isSome(inTime)) return inTime.value
        return yield* Effect.flatMap(old, Option.match({ onNone: () => renewed, onSome: Effect.succeed }))
      })

    /** After a 401: whatever is stored now if that is another token, else a renewal. */
    const renewedTokens = (key: SessionKey, refused: TokenSet): Effect.Effect<TokenSet, TokenSessionError> =>
      Effect.flatMap(find(key), (stored) =>
        Redacted.value(stored.tokens.accessToken) === Redacted.value(refused.accessToken)
          ? renewOnce(key, stored)
          : Effect.succeed(stored.tokens)
      )

    return {
      start: (key, tokens) => tokenStore.put(key, tokens),

      accessToken: (key) => Effect.map(freshTokens(key), (tokens) => tokens.accessToken),

      httpClient: (key) =>
        Effect.map(find(key), () =>
          HttpClient.makeWith<HttpClientError.HttpClientError, never, HttpClientError.HttpClientError, never>(
            Effect.flatMap((request) => {
              const failed = (description: string, cause?: TokenSessionError) =>
                requestError(request, "Transport", { description, cause })
              const send = (tokens: TokenSet) =>
                http(tokens.region)
                  .execute(HttpClientRequest.bearerToken(request, tokens.accessToken))
                  .pipe(
                    Effect.mapBoth({
                      onFailure: (error) => requestError(request, requestReasonOf(error)),
                      onSuccess: (response) => new UserResponse(request, response)
                    }),
                    Effect.timeoutFail({
                      duration: config.timeout,
                      onTimeout: () => failed("Baanx did not respond in time")
                    })
                  )
              return Effect.gen(function* () {
                const tokens = yield* freshTokens(key)
                const response = yield* send(tokens)
                if (response.status !== 401 || !isRepeatable(request)) return response
                return yield* send(yield* renewedTokens(key, tokens))
              }).pipe(Effect.mapError((error) => (isTokenSessionError(error) ? failed(error.message, error) : error)))
            }),
            Effect.succeed
          )
        ),

      signOut: (key) =>
        freshTokens(key).pipe(
          Effect.flatMap((tokens) =>
            Effect.catchTag(tokenService.revoke(tokens), "UnauthorizedError", () => Effect.void)
          ),
          Effect.zipRight(tokenStore.remove(key)),
          Effect.catchTag("SessionLostError", () => Effect.void)
        )
    }
  })

const saving = Schedule.exponential("50 millis").pipe(
  Schedule.union(Schedule.spaced("2 seconds")),
  Schedule.upTo("20 seconds")
)

const isTokenSessionError = Schema.is(TokenSessionError)

const isRepeatable = (request: HttpClientRequest.HttpClientRequest): boolean => request.body._tag !== "Stream"

/**
 * Signed-in users.
 *
 * @since 0.1.0
 * @category services
 */
export class TokenSession extends Context.Tag("@effect-baanx/oauth/TokenSession")<TokenSession, TokenSessionShape>() {
  /**
   * A renewal that runs when the scope closes is still finished and saved.
   *
   * @since 0.1.0
   */
  static readonly layer: Layer.Layer<TokenSession, never, BaanxClient | TokenService | TokenStore> = Layer.scoped(
    TokenSession,
    make
  )

  /**
   * For tests. Calling a method you did not mock dies with an error that names it.
   *
   * @since 0.1.0
   */
  static readonly layerMock = (service: Partial<TokenSessionShape>): Layer.Layer<TokenSession> =>
    Layer.mock(TokenSession, service)
}
