/** Fixtures of the tests that run on every store. */
import {
  AccessToken,
  CodeVerifier,
  type PathFamily,
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
import { DateTime, Duration, Effect, Option, Schema } from "effect"

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
  options: {
    readonly lifetime?: Duration.DurationInput
    readonly refreshFor?: Duration.DurationInput
    readonly family?: PathFamily
  } = {}
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
        pathFamily: options.family ?? "oauth"
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
