/**
 * Sessions of signed-in users: keeps an access token fresh for as long as Baanx lets the user stay signed in.
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
import * as Equal from "effect/Equal"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import {
  HttpError,
  InvalidTokenError,
  MissingTokenError,
  RateLimitedError,
  SessionLostError,
  StoreError
} from "./BaanxError.js"
import { BaanxClient } from "./BaanxClient.js"
import type { AccessToken } from "./Credentials.js"
import { discardResponse } from "./internal/discardResponse.js"
import { isRepeatable } from "./internal/isRepeatable.js"
import { isRefusedGrant } from "./internal/refreshRefusal.js"
import { noReason } from "./internal/refusal.js"
import { isByBearer } from "./internal/revocation.js"
import { requestError, requestReasonOf } from "./internal/runtime.js"
import { makeTurns } from "./internal/turns.js"
import { isAlive, isFresh, isJustRenewed, isRenewable } from "./internal/tokenLife.js"
import { UserResponse } from "./internal/UserResponse.js"
import { notMocked } from "./internal/notMocked.js"
import { type RevokeError, type TokenError, TokenService, TokenSet } from "./TokenService.js"
import { type Lease, type SessionKey, type StoredTokens, TokenStore } from "./TokenStore.js"

/**
 * Every error of a session. Only `SessionLostError` means that the user has to sign in again.
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
 * The methods of `TokenSession`.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenSessionShape {
  /**
   * Stores the tokens of a new sign-in. Earlier tokens under the key are revoked in the `oauth2`
   * family. In the `oauth` family they cannot be revoked separately: they end with the user's next sign-out. With
   * `signOutBy: "logout"` they are left to expire.
   */
  readonly start: (key: SessionKey, tokens: TokenSet) => Effect.Effect<void, TokenSessionError>
  /**
   * A fresh access token. It is renewed 300 to 400 seconds before it expires, depending on the key; if its lifetime is
   * less than 25 minutes, when a fifth to four fifteenths of it is left. It is renewed once for all callers, in this
   * process and in every other that shares the store. If a renewal fails temporarily or takes longer than 5 seconds,
   * the old token is returned for as long as it is valid.
   */
  readonly accessToken: (key: SessionKey) => Effect.Effect<AccessToken, TokenSessionError>
  /**
   * A client for the rest of Baanx's API. The URL of a request is a path that stays below the base URL, such as
   * `/v1/user`; the base URL, client key, region and bearer token are added, no redirect is followed, and the response
   * head has to arrive within the configured `timeout`. On a 401, the token is renewed and the request repeated once,
   * unless the token was renewed in the last minute or the body can be sent only once, like a stream. If the session
   * itself fails, the `cause` of the `RequestError` is the `TokenSessionError`.
   */
  readonly httpClient: (key: SessionKey) => Effect.Effect<HttpClient.HttpClient, TokenSessionError>
  /**
   * Revokes the tokens at Baanx, then forgets them. Waits for a renewal in flight, and renews the tokens first if the
   * call needs an access token and the stored one no longer works. On success, nothing of the session is alive at
   * Baanx; with `signOutBy: "logout"`, what the call ends is not documented. On failure, the session is kept, so that
   * you can try again. A session that is already lost counts as signed out.
   */
  readonly signOut: (key: SessionKey) => Effect.Effect<void, TokenSessionError>
  /**
   * Forgets the tokens without calling Baanx. Use it to sign a user out when `signOut` fails. At Baanx the tokens stay
   * alive until they expire: the access token for up to 6 hours, the refresh token for up to 184 days.
   */
  readonly forget: (key: SessionKey) => Effect.Effect<void, StoreError>
}

/** How long to wait for a renewal while the old token is valid. */
const patience = Duration.seconds(5)

/** The first wait before checking whether another process is done; it doubles each time, up to 2 seconds. */
const pollFirst = Duration.millis(200)
const longer = (wait: Duration.Duration): Duration.Duration =>
  Duration.min(Duration.times(wait, 2), Duration.seconds(2))

/**
 * The maximum number of concurrent renewals: on a transport that does not know when it sends, more would time out while
 * they wait.
 */
const maxRenewals = 64

/** Caps the pause that Baanx asks for. */
const maxRest = Duration.hours(1)

const lost = (reason: SessionLostError["reason"]) => new SessionLostError({ reason })

/** Whether Baanx may have renewed the tokens although the renewal failed here. */
const mayHaveRenewed = (error: TokenError): boolean =>
  error._tag === "TransportError" ? error.sent : error._tag === "ServerError" || isUnreadable(error)

/** Not `Intermediary`: if something in front of Baanx responded, Baanx has not seen the request. */
const isUnreadable = (error: TokenError): boolean =>
  error._tag === "DecodeError" || (error._tag === "UnexpectedResponseError" && error.reason !== "Intermediary")

const restAfter = (error: TokenError): Duration.Duration | undefined =>
  "retryAfter" in error && error.retryAfter !== undefined ? Duration.min(error.retryAfter, maxRest) : undefined

/**
 * Whether the bearer token was refused, and not the client. A 401 without Baanx's words may come from a gateway; then a
 * renewal shows which it is.
 */
const isBearerRefused = (error: RevokeError, isRenewable: boolean): boolean =>
  "code" in error &&
  (error.code === "invalid_token" ||
    (error._tag === "UnauthorizedError" &&
      !/client/.test(error.code) &&
      (isRenewable || error.description !== noReason)))

/** Whether revoking one set would end a token of the other. */
const shareToken = (one: TokenSet, other: TokenSet): boolean =>
  Equal.equals(one.accessToken, other.accessToken) ||
  (one.refreshToken !== undefined && Equal.equals(one.refreshToken, other.refreshToken))

type Leased = Lease & { readonly _tag: "Leased" }
type NoLease = Exclude<Lease, Leased>

/**
 * Sessions on top of the provided `TokenStore`. Renewals and sign-outs run in the scope.
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
    const turns = yield* makeTurns(maxRenewals)
    // The lease outlasts the longest call and the save, so a live holder is never mistaken for a dead one.
    const leaseLifetime = Duration.sum(
      config.queueTimeout,
      Duration.sum(Duration.times(config.timeout, 2), Duration.seconds(30))
    )
    // A sign-out may revoke, renew, and revoke again.
    const signOutLifetime = Duration.times(leaseLifetime, 2)
    const renewing: Running<TokenSet> = new Map()
    const signingOut: Running<void> = new Map()

    const find = (key: SessionKey): Effect.Effect<StoredTokens, SessionLostError | StoreError> =>
      Effect.flatMap(
        tokenStore.get(key),
        Option.match({ onNone: () => lost("NotFound"), onSome: (stored) => Effect.succeed(stored) })
      )

    /** Runs `use` with the lease, without interruption; or returns why there is none. */
    const underLease = <A>(
      key: SessionKey,
      version: number,
      lifetime: Duration.Duration,
      use: (lease: Leased) => Effect.Effect<A, TokenSessionError>,
      despiteRest?: boolean
    ): Effect.Effect<A | NoLease, TokenSessionError> =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(
          restore(tokenStore.lease(key, version, lifetime, despiteRest)),
          (lease): Effect.Effect<A | NoLease, TokenSessionError> =>
            lease._tag === "Leased" ? undisturbed(use(lease)) : Effect.succeed(lease)
        )
      )

    /** Renews `stored`, or waits for the process that does. */
    const renew = (key: SessionKey, { version }: StoredTokens): Effect.Effect<TokenSet, TokenSessionError> =>
      Effect.gen(function* () {
        const renewal = underLease(key, version, leaseLifetime, (lease) => renewLeased(key, version, lease))
        for (let wait = pollFirst; ; wait = longer(wait)) {
          const outcome = yield* turns(renewal)
          if (!("_tag" in outcome)) return outcome
          switch (outcome._tag) {
            case "Gone":
              return yield* lost("NotFound")
            case "Changed":
              return outcome.stored.tokens
            case "Resting":
              return yield* new RateLimitedError({ operation: "refresh", retryAfter: outcome.remaining })
            case "Busy":
              yield* Effect.sleep(Duration.min(outcome.remaining, wait))
          }
        }
      })

    const renewLeased = (key: SessionKey, version: number, lease: Leased): Effect.Effect<TokenSet, TokenSessionError> =>
      Effect.gen(function* () {
        if (!isRenewable(lease.tokens, yield* Clock.currentTimeMillis)) {
          yield* tokenStore.remove(key, lease.fence)
          return yield* lost(lease.tokens.refreshToken === undefined ? "NoRefreshToken" : "RefreshTokenExpired")
        }
        const renewed = yield* refresh(key, lease)
        if (Option.isNone(renewed)) return yield* afterDeadGrant(key, version, lease)
        return (yield* save(key, lease, renewed.value)) ? renewed.value : (yield* find(key)).tokens
      })

    /** Returns the new tokens, or none if the refresh token is dead. Every other failure releases the lease. */
    const refresh = (key: SessionKey, lease: Leased): Effect.Effect<Option.Option<TokenSet>, TokenSessionError> =>
      Effect.matchEffect(tokenService.refresh(lease.tokens), {
        onFailure: (error) =>
          error._tag === "InvalidGrantError" || isRefusedGrant(error)
            ? Effect.succeedNone
            : Effect.zipRight(giveBack(key, lease, mayHaveRenewed(error), restAfter(error)), Effect.fail(error)),
        onSuccess: Effect.succeedSome
      })

    /** Releases a lease after an error. If that fails, the lease expires by itself. */
    const giveBack = (
      key: SessionKey,
      { fence }: Leased,
      unsettled: boolean,
      rest?: Duration.Duration
    ): Effect.Effect<void> => Effect.ignore(tokenStore.release(key, fence, unsettled, rest))

    /**
     * Saves the tokens, and returns whether they are stored now. The old refresh token is used up and these tokens
     * exist nowhere else, so an unavailable store is retried.
     */
    const save = (key: SessionKey, { fence }: Leased, tokens: TokenSet): Effect.Effect<boolean, StoreError> =>
      tokenStore.save(key, fence, tokens).pipe(
        Effect.retry(saveRetries),
        Effect.flatMap((saved) => (saved ? Effect.succeed(true) : isStored(key, tokens))),
        Effect.tap((stored) => (stored ? Effect.void : discard(tokens)))
      )

    /** A save that timed out may have succeeded before it was retried. */
    const isStored = (key: SessionKey, tokens: TokenSet): Effect.Effect<boolean, StoreError> =>
      Effect.map(
        tokenStore.get(key),
        Option.exists((stored) => shareToken(stored.tokens, tokens))
      )

    /** Revokes tokens that no store keeps, if they can be revoked separately. */
    const discard = (tokens: TokenSet): Effect.Effect<void> =>
      isByBearer(config, tokens.pathFamily)
        ? Effect.void
        : tokenService.revoke(tokens).pipe(
            Effect.retry(revokeRetries),
            Effect.catchAll(({ _tag }) =>
              Effect.annotateLogs(Effect.logWarning("Tokens that no store keeps could not be revoked"), "error", _tag)
            ),
            Effect.forkIn(scope),
            Effect.asVoid
          )

    /**
     * Another process may have stored new tokens, even without a lease: checks the store once more before the session
     * counts as lost.
     */
    const afterDeadGrant = (
      key: SessionKey,
      version: number,
      lease: Leased
    ): Effect.Effect<TokenSet, SessionLostError | StoreError> =>
      Effect.flatMap(find(key), (now) =>
        now.version === version
          ? Effect.zipRight(
              tokenStore.remove(key, lease.fence),
              lost(lease.unsettled ? "RefreshNotSaved" : "RefreshTokenSpent")
            )
          : Effect.succeed(now.tokens)
      )

    /** Shares one run among all callers in this process; it continues when they stop waiting. */
    const once = <A>(
      running: Running<A>,
      key: SessionKey,
      run: Effect.Effect<A, TokenSessionError>
    ): Effect.Effect<A, TokenSessionError> =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(Deferred.make<A, TokenSessionError>(), (mine) => {
          const others = running.get(key)
          if (others !== undefined) return restore(Deferred.await(others))
          running.set(key, mine)
          return Effect.interruptible(run).pipe(
            Effect.onExit((exit) => {
              running.delete(key)
              return Deferred.done(mine, exit)
            }),
            Effect.forkIn(scope),
            Effect.zipRight(restore(Deferred.await(mine)))
          )
        })
      )

    const renewOnce = (key: SessionKey, stored: StoredTokens) => once(renewing, key, renew(key, stored))

    const freshTokens = (key: SessionKey): Effect.Effect<TokenSet, TokenSessionError> =>
      Effect.gen(function* () {
        const stored = yield* find(key)
        const { tokens } = stored
        const now = yield* Clock.currentTimeMillis
        if (isFresh(key, tokens, now) || (isAlive(tokens, now) && !isRenewable(tokens, now))) return tokens
        const old = Effect.map(Clock.currentTimeMillis, (now) =>
          isAlive(tokens, now) ? Option.some(tokens) : Option.none()
        )
        const renewed = renewOnce(key, stored).pipe(
          Effect.catchIf(
            (error) => error._tag !== "SessionLostError",
            (error) => Effect.flatMap(old, Option.match({ onNone: () => Effect.fail(error), onSome: Effect.succeed }))
          )
        )
        // The process that renews may have died without releasing its lease.
        const inTime = yield* Effect.timeoutOption(renewed, patience)
        if (Option.isSome(inTime)) return inTime.value
        return yield* Effect.flatMap(old, Option.match({ onNone: () => renewed, onSome: Effect.succeed }))
      })

    /**
     * After a 401: the stored tokens if they differ, or else a renewal if it can help. The renewal is returned
     * unstarted: it needs a connection, and the 401 response may hold the last one.
     */
    const otherTokens = (
      key: SessionKey,
      refused: TokenSet
    ): Effect.Effect<Option.Option<Effect.Effect<TokenSet, TokenSessionError>>, TokenSessionError> =>
      Effect.gen(function* () {
        const stored = yield* find(key)
        const { tokens } = stored
        if (Redacted.value(tokens.accessToken) !== Redacted.value(refused.accessToken)) {
          return Option.some(Effect.succeed(tokens))
        }
        const now = yield* Clock.currentTimeMillis
        if (isJustRenewed(tokens, now) || !isRenewable(tokens, now)) return Option.none()
        return Option.some(renewOnce(key, stored))
      })

    /**
     * Takes the session over from every renewal, here and in other processes, and revokes it. For that, the tokens are
     * renewed once if they have expired by the local clock, and once if Baanx says that they have.
     */
    const signOut = (key: SessionKey, renewalsLeft?: number): Effect.Effect<void, TokenSessionError> =>
      Effect.gen(function* () {
        for (let wait = pollFirst; ; wait = longer(wait)) {
          const renewal = renewing.get(key)
          if (renewal !== undefined) yield* Effect.exit(Deferred.await(renewal))
          const stored = yield* tokenStore.get(key)
          if (Option.isNone(stored)) return
          const { tokens, version } = stored.value
          const left = renewalsLeft ?? (isAlive(tokens, yield* Clock.currentTimeMillis) ? 1 : 2)
          const revoke = (rest?: Duration.Duration) =>
            underLease(
              key,
              version,
              signOutLifetime,
              (lease) => revokeLeased(key, lease, left > 0, rest),
              rest !== undefined
            )
          const first = yield* revoke()
          // Baanx asked for a pause before the next refresh, but can still be asked to revoke.
          const outcome = Predicate.isTagged(first, "Resting") ? yield* revoke(first.remaining) : first
          if (outcome === "Renewed") return yield* signOut(key, left - 1)
          if (outcome === "Removed" || outcome._tag === "Gone") return
          if (outcome._tag !== "Changed") yield* Effect.sleep(Duration.min(outcome.remaining, wait))
        }
      })

    /** Revokes and removes the tokens, or renews them if none of them can be used to revoke. */
    const revokeLeased = (
      key: SessionKey,
      lease: Leased,
      mayRenew: boolean,
      rest: Duration.Duration | undefined
    ): Effect.Effect<"Removed" | "Renewed", TokenSessionError> =>
      Effect.gen(function* () {
        const { tokens } = lease
        const now = yield* Clock.currentTimeMillis
        const accessToken = isAlive(tokens, now) || !mayRenew ? tokens.accessToken : undefined
        const refreshToken = isRenewable(tokens, now) ? tokens.refreshToken : undefined
        const byBearer = isByBearer(config, tokens.pathFamily)
        const isDead = accessToken === undefined && refreshToken === undefined
        const revoked = yield* isDead || (byBearer && accessToken === undefined)
          ? Effect.succeed(isDead)
          : tokenService.revoke({ ...tokens, accessToken, refreshToken }).pipe(
              Effect.as(true),
              Effect.catchIf(
                (error) => byBearer && mayRenew && isBearerRefused(error, refreshToken !== undefined),
                () => Effect.succeed(refreshToken === undefined)
              ),
              Effect.tapError(() => giveBack(key, lease, false))
            )
        if (!revoked && rest !== undefined) {
          yield* giveBack(key, lease, false)
          return yield* new RateLimitedError({ operation: "refresh", retryAfter: rest })
        }
        // If the refresh token is dead too, nothing is left to revoke.
        const renewed = revoked ? Option.none() : yield* refresh(key, lease)
        // If they could not be saved, another session has started under the key, and must not be ended.
        if (Option.isSome(renewed)) return (yield* save(key, lease, renewed.value)) ? "Renewed" : "Removed"
        yield* tokenStore.remove(key, lease.fence)
        return "Removed"
      })

    return {
      start: (key, tokens) =>
        Effect.gen(function* () {
          const before = isByBearer(config, tokens.pathFamily) ? Option.none() : yield* tokenStore.get(key)
          const issuedAt = tokens.issuedAt ?? (yield* DateTime.now)
          yield* tokenStore.put(key, new TokenSet({ ...tokens, issuedAt }))
          if (Option.isSome(before) && !shareToken(before.value.tokens, tokens)) {
            yield* discard(before.value.tokens)
          }
        }),

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
                const others = yield* Effect.onError(otherTokens(key, tokens), () => discardResponse(response))
                if (Option.isNone(others)) return response
                yield* discardResponse(response)
                return yield* send(yield* others.value)
              }).pipe(Effect.mapError((error) => (isTokenSessionError(error) ? failed(error.message, error) : error)))
            }),
            Effect.succeed
          )
        ),

      signOut: (key) =>
        Effect.suspend(() => {
          const others = signingOut.get(key)
          const mine = once(signingOut, key, signOut(key))
          // The sign-out in progress may have missed a session that has started since.
          return others === undefined ? mine : Effect.zipRight(Deferred.await(others), mine)
        }),

      forget: (key) => tokenStore.remove(key)
    }
  })

type Running<A> = Map<SessionKey, Deferred.Deferred<A, TokenSessionError>>

/**
 * Runs in a separate fiber that nothing interrupts: the code in it could act on an interruption that is only pending.
 */
const undisturbed = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.flatMap(Effect.forkDaemon(effect), Fiber.join)

const saveRetries = Schedule.exponential("50 millis").pipe(
  Schedule.union(Schedule.spaced("2 seconds")),
  Schedule.upTo("20 seconds")
)

const revokeRetries = Schedule.exponential("1 second").pipe(Schedule.upTo("2 minutes"))

const isTokenSessionError = Schema.is(TokenSessionError)

/**
 * The sessions of signed-in users.
 *
 * @since 0.1.0
 * @category services
 */
export class TokenSession extends Context.Tag("@effect-baanx/oauth/TokenSession")<TokenSession, TokenSessionShape>() {
  /**
   * A renewal in flight when the scope closes is still finished and saved.
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
    Layer.succeed(TokenSession, {
      start: notMocked(TokenSession.key, "start"),
      accessToken: notMocked(TokenSession.key, "accessToken"),
      httpClient: notMocked(TokenSession.key, "httpClient"),
      signOut: notMocked(TokenSession.key, "signOut"),
      forget: notMocked(TokenSession.key, "forget"),
      ...service
    })
}
