/** Fixtures of the stores' tests. */
import {
  AccessToken,
  CodeVerifier,
  PendingAuthorization,
  RedirectUri,
  RefreshToken,
  SessionKey,
  State,
  StoreError,
  TokenSet,
  type TokenStoreShape
} from "@effect-baanx/oauth"
import { pendingLifetime } from "@effect-baanx/oauth/PendingAuthorizations"
import { Lease, type StoredTokens } from "@effect-baanx/oauth/TokenStore"
import { expect } from "@effect/vitest"
import { DateTime, Duration, Effect, Logger, Option, Redacted, Schema, type Scope, TestClock } from "effect"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** With `FULL=1`, the tests use as many callbacks as on a busy day, and more chaos. */
export const full = process.env["FULL"] === "1"

/** A directory that is deleted when the scope closes. */
export const temporaryDirectory = (prefix: string): Effect.Effect<string, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), prefix))),
    (directory) => Effect.promise(() => rm(directory, { recursive: true, force: true }))
  )

const sleeps = Effect.map(TestClock.sleeps(), (fibers) => Array.from(fibers).length)

/**
 * Returns a function that waits until `TestClock` has this many sleeps more than now, including interrupted ones. Each
 * statement of a store sleeps once, for its time limit.
 */
export const countSleeps = Effect.map(
  sleeps,
  (before) => (more: number) =>
    Effect.repeat(Effect.yieldNow(), { until: () => Effect.map(sleeps, (now) => now >= before + more) })
)

/** Collects the lines of the log. */
export const logTo = (lines: Array<string>) =>
  Logger.replace(
    Logger.defaultLogger,
    Logger.map(Logger.logfmtLogger, (line) => {
      lines.push(line)
    })
  )

export const clientKey = Redacted.make("a-client-key")
export const user = SessionKey.make("user-1@example.com")
export const minute = Duration.minutes(1)

export const state = Schema.decodeSync(State)
const verifier = Schema.decodeSync(CodeVerifier)
const accessToken = Schema.decodeSync(AccessToken)
const refreshToken = Schema.decodeSync(RefreshToken)
export const encodeTokens = Schema.encodeSync(TokenSet)

export const pendingOf = (name: string, lifetime: Duration.DurationInput = pendingLifetime) =>
  Effect.map(
    DateTime.now,
    (now) =>
      new PendingAuthorization({
        state: state(`state-${name}`),
        codeVerifier: verifier(`verifier-${name}`),
        redirectUri: RedirectUri.make("https://app.example/callback?tenant=1"),
        region: "us",
        pathFamily: "oauth2",
        baseUrl: "https://dev.api.baanx.com",
        expiresAt: DateTime.addDuration(now, lifetime)
      })
  )

export const tokensOf = (
  name: string,
  options: { readonly lifetime?: Duration.DurationInput; readonly refreshFor?: Duration.DurationInput } = {}
) =>
  Effect.map(
    DateTime.now,
    (now) =>
      new TokenSet({
        accessToken: accessToken(`access_token_${name}`),
        refreshToken: refreshToken(`refresh_token_${name}`),
        expiresAt: DateTime.addDuration(now, options.lifetime ?? "6 hours"),
        refreshExpiresAt:
          options.refreshFor === undefined ? undefined : DateTime.addDuration(now, Duration.decode(options.refreshFor)),
        region: "international",
        pathFamily: "oauth"
      })
  )

export const stored = (option: Option.Option<StoredTokens>): StoredTokens => Option.getOrThrow(option)

export const leased = (lease: Lease) => {
  if (!Lease.$is("Leased")(lease)) throw new Error(`expected a lease, got ${lease._tag}`)
  return lease
}

export const tagOf = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.match(effect, { onFailure: (error): string => error._tag, onSuccess: () => "taken" })

/** The result of an operation of a store, in one word. */
export const reasonOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.match(effect, {
    onFailure: (error) => (error instanceof StoreError ? error.reason : "another error"),
    onSuccess: () => "success"
  })

/** Puts a session and leases it. */
export const leaseOf = (tokens: TokenStoreShape, user: SessionKey, name: string) =>
  Effect.gen(function* () {
    yield* tokens.put(user, yield* tokensOf(name))
    const { version } = stored(yield* tokens.get(user))
    const lease = leased(yield* tokens.lease(user, version, minute))
    return { ...lease, version }
  })

export const expectTokens = (tokens: TokenStoreShape, sessionKey: SessionKey, name: string) =>
  Effect.gen(function* () {
    const found = stored(yield* tokens.get(sessionKey))
    expect(encodeTokens(found.tokens).accessToken).toBe(`access_token_${name}`)
  })
