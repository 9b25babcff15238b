/**
 * The store for the tokens of signed-in users, and the lease that lets only one of many processes refresh them.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Brand from "effect/Brand"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { StoreError } from "./BaanxError.js"
import type { TokenSet } from "./TokenService.js"
import { notMocked } from "./internal/notMocked.js"

/**
 * The key of a session, such as a user's id: 1 to 255 characters of well-formed Unicode. Two keys that differ only in
 * half a surrogate pair would be the same in UTF-8.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SessionKey = Schema.String.pipe(
  Schema.minLength(1),
  Schema.maxLength(255),
  Schema.filter((key) => !/\p{Surrogate}/u.test(key), { message: () => "expected well-formed Unicode" }),
  Schema.brand("SessionKey")
)
export type SessionKey = string & Brand.Brand<"SessionKey">

/**
 * The tokens as they are stored. `version` changes with every `put` and `save`.
 *
 * @since 0.1.0
 * @category models
 */
export interface StoredTokens {
  readonly tokens: TokenSet
  readonly version: number
}

/**
 * The outcome of asking for the right to refresh.
 *
 * - `Leased`: refresh, then call `save` or `release` with this `fence`. `unsettled` is true if an earlier holder did
 *   neither, or could not tell whether Baanx had renewed the tokens: then the refresh token may already be used up. It
 *   stays true until the next `save` or `put`.
 * - `Busy`: another process is refreshing, for at most `remaining`.
 * - `Resting`: Baanx asked for a pause, of which `remaining` is left.
 * - `Changed`: another process was faster; these are its tokens.
 * - `Gone`: nothing is stored under the key.
 *
 * @since 0.1.0
 * @category models
 */
export type Lease = Data.TaggedEnum<{
  Leased: { readonly fence: number; readonly tokens: TokenSet; readonly unsettled: boolean }
  Busy: { readonly remaining: Duration.Duration }
  Resting: { readonly remaining: Duration.Duration }
  Changed: { readonly stored: StoredTokens }
  Gone: {}
}>

/**
 * @since 0.1.0
 * @category constructors
 */
export const Lease = Data.taggedEnum<Lease>()

/**
 * The contract of a token store. No call holds a lock after it returns.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenStoreShape {
  /** Returns the tokens under the key, if there are any. */
  readonly get: (key: SessionKey) => Effect.Effect<Option.Option<StoredTokens>, StoreError>
  /** Stores the tokens, replacing any under the same key, and invalidates a lease on them. */
  readonly put: (key: SessionKey, tokens: TokenSet) => Effect.Effect<void, StoreError>
  /**
   * Requests the right to refresh `version` for `lifetime`. `despiteRest` is for requests that Baanx accepts during a
   * rest.
   */
  readonly lease: (
    key: SessionKey,
    version: number,
    lifetime: Duration.Duration,
    despiteRest?: boolean | undefined
  ) => Effect.Effect<Lease, StoreError>
  /**
   * Stores the refreshed tokens and ends the lease. Returns false, and stores nothing, if the fence is no longer valid.
   */
  readonly save: (key: SessionKey, fence: number, tokens: TokenSet) => Effect.Effect<boolean, StoreError>
  /**
   * Ends the lease without new tokens. `unsettled` says that Baanx may have renewed them all the same. During `rest`, a
   * lease is granted only with `despiteRest`. Does nothing if the fence is no longer valid.
   */
  readonly release: (
    key: SessionKey,
    fence: number,
    unsettled: boolean,
    rest?: Duration.Duration | undefined
  ) => Effect.Effect<void, StoreError>
  /** Removes the tokens; with a `fence`, only if that is still valid. */
  readonly remove: (key: SessionKey, fence?: number | undefined) => Effect.Effect<void, StoreError>
}

/**
 * The store of tokens.
 *
 * @since 0.1.0
 * @category services
 */
export class TokenStore extends Context.Tag("@effect-baanx/oauth/TokenStore")<TokenStore, TokenStoreShape>() {
  /**
   * In memory, for a single process.
   *
   * @since 0.1.0
   */
  static readonly layerMemory: Layer.Layer<TokenStore> = Layer.sync(TokenStore, () => {
    interface Entry extends StoredTokens {
      readonly fence: number
      readonly leasedUntil: number
      readonly restsUntil: number
      readonly unsettled: boolean
    }
    const entries = new Map<SessionKey, Entry>()
    let counter = 0
    const holds = (key: SessionKey, fence: number) => entries.get(key)?.fence === fence

    const store = (key: SessionKey, tokens: TokenSet) => {
      counter += 1
      entries.set(key, { tokens, version: counter, fence: 0, leasedUntil: 0, restsUntil: 0, unsettled: false })
    }

    return {
      get: (key) => Effect.sync(() => Option.fromNullable(entries.get(key))),
      put: (key, tokens) => Effect.sync(() => store(key, tokens)),
      lease: (key, version, lifetime, despiteRest = false) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const entry = entries.get(key)
          if (entry === undefined) return Lease.Gone()
          if (entry.version !== version) return Lease.Changed({ stored: entry })
          if (entry.leasedUntil > now) return Lease.Busy({ remaining: Duration.millis(entry.leasedUntil - now) })
          if (entry.restsUntil > now && !despiteRest)
            return Lease.Resting({ remaining: Duration.millis(entry.restsUntil - now) })
          const unsettled = entry.unsettled || entry.leasedUntil > 0
          const fence = ++counter
          entries.set(key, { ...entry, fence, leasedUntil: now + Duration.toMillis(lifetime), unsettled })
          return Lease.Leased({ fence, tokens: entry.tokens, unsettled })
        }),
      save: (key, fence, tokens) =>
        Effect.sync(() => {
          if (!holds(key, fence)) return false
          store(key, tokens)
          return true
        }),
      release: (key, fence, unsettled, rest) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const entry = entries.get(key)
          if (entry?.fence !== fence) return
          entries.set(key, {
            ...entry,
            fence: 0,
            leasedUntil: 0,
            restsUntil: rest === undefined ? entry.restsUntil : now + Duration.toMillis(rest),
            unsettled: entry.unsettled || unsettled
          })
        }),
      remove: (key, fence) =>
        Effect.sync(() => {
          if (fence === undefined || holds(key, fence)) entries.delete(key)
        })
    }
  })

  /**
   * For tests. Calling a method you did not mock dies with an error that names it.
   *
   * @since 0.1.0
   */
  static readonly layerMock = (service: Partial<TokenStoreShape>): Layer.Layer<TokenStore> =>
    Layer.succeed(TokenStore, {
      get: notMocked(TokenStore.key, "get"),
      put: notMocked(TokenStore.key, "put"),
      lease: notMocked(TokenStore.key, "lease"),
      save: notMocked(TokenStore.key, "save"),
      release: notMocked(TokenStore.key, "release"),
      remove: notMocked(TokenStore.key, "remove"),
      ...service
    })
}
