/**
 * Hosted sign-ins in progress: `begin` stores them, and `complete` takes each one once.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { ExpiredStateError, ReplayedStateError, StoreError, UnknownStateError } from "./BaanxError.js"
import { PathFamily, Region } from "./BaanxConfig.js"
import { CodeVerifier } from "./Credentials.js"
import { RedirectUri } from "./RedirectUri.js"
import { State } from "./State.js"
import { notMocked } from "./internal/notMocked.js"

/**
 * How long a sign-in may take.
 *
 * @since 0.1.0
 * @category constants
 */
export const pendingLifetime: Duration.Duration = Duration.minutes(10)

/**
 * A sign-in in progress, with everything that its callback must match. The encoded form holds the secrets in plain
 * text.
 *
 * @since 0.1.0
 * @category models
 */
export class PendingAuthorization extends Schema.Class<PendingAuthorization>(
  "@effect-baanx/oauth/PendingAuthorization"
)({
  state: State,
  codeVerifier: CodeVerifier,
  redirectUri: RedirectUri,
  region: Region,
  pathFamily: PathFamily,
  /** The base URL of the Baanx server that the browser was sent to. */
  baseUrl: Schema.String,
  expiresAt: Schema.DateTimeUtc
}) {}

/**
 * Why a state was rejected.
 *
 * @since 0.1.0
 * @category errors
 */
export const StateError = Schema.Union(UnknownStateError, ExpiredStateError, ReplayedStateError)
export type StateError = typeof StateError.Type

/**
 * The contract of a store of pending sign-ins. A state is taken at most once, across all processes that share the
 * store. An expired or taken state is remembered as such for another `pendingLifetime`; after that it is unknown.
 *
 * @since 0.1.0
 * @category models
 */
export interface PendingAuthorizationsShape {
  /** Stores a sign-in until its state is taken. */
  readonly put: (pending: PendingAuthorization) => Effect.Effect<void, StoreError>
  /** Returns the sign-in of a state, once. If `check` fails, fails with its error and takes nothing. */
  readonly take: <E = never>(
    state: State,
    check?: (pending: PendingAuthorization) => Either.Either<void, E>
  ) => Effect.Effect<PendingAuthorization, StateError | StoreError | E>
  /**
   * Accepts a state that was not stored here, once: for a sign-in that you keep yourself after `prepare`. The state is
   * remembered until `expiresAt` and for another `pendingLifetime`, so that replicas whose clocks differ reject it too.
   */
  readonly accept: (state: State, expiresAt: DateTime.Utc) => Effect.Effect<void, ReplayedStateError | StoreError>
}

/**
 * `baanx_pending_authorizations`: the number of states that the in-memory store remembers, whether open, accepted or
 * expired.
 *
 * @since 0.1.0
 * @category metrics
 */
export const pendingAuthorizations = Metric.gauge("baanx_pending_authorizations", {
  description: "The number of states that the in-memory store remembers"
})

/**
 * Options of the in-memory store.
 *
 * @since 0.1.0
 * @category models
 */
export interface MemoryOptions {
  /**
   * The maximum number of states, each remembered for at most 20 minutes and taking about 740 bytes. Default 100,000.
   */
  readonly capacity?: number | undefined
}

/**
 * The store of pending sign-ins.
 *
 * @since 0.1.0
 * @category services
 */
export class PendingAuthorizations extends Context.Tag("@effect-baanx/oauth/PendingAuthorizations")<
  PendingAuthorizations,
  PendingAuthorizationsShape
>() {
  /**
   * In memory, for a single process, with the default capacity. Entries older than twice their lifetime are dropped.
   *
   * @since 0.1.0
   */
  static readonly layerMemory: Layer.Layer<PendingAuthorizations> = Layer.sync(PendingAuthorizations, () =>
    makeMemory({})
  )

  /**
   * Like `layerMemory`, with your own capacity. When it is reached, `put` and `accept` fail with `StoreError` and the
   * reason `Full` until earlier states have been forgotten.
   *
   * @since 0.1.0
   */
  static readonly layerMemoryWith = (options: MemoryOptions): Layer.Layer<PendingAuthorizations> =>
    Layer.sync(PendingAuthorizations, () => makeMemory(options))

  /**
   * For tests. Calling a method you did not mock dies with an error that names it.
   *
   * @since 0.1.0
   */
  static readonly layerMock = (service: Partial<PendingAuthorizationsShape>): Layer.Layer<PendingAuthorizations> =>
    Layer.succeed(PendingAuthorizations, {
      put: notMocked(PendingAuthorizations.key, "put"),
      take: notMocked(PendingAuthorizations.key, "take"),
      accept: notMocked(PendingAuthorizations.key, "accept"),
      ...service
    })
}

const makeMemory = ({ capacity = 100_000 }: MemoryOptions): PendingAuthorizationsShape => {
  const entries = new Map<string, { readonly expiresAt: number; readonly pending: PendingAuthorization | undefined }>()
  const lifetime = Duration.toMillis(pendingLifetime)

  const sweep = (now: number) => {
    // A Map iterates oldest first, so the first entry that is still remembered ends the sweep. An entry that expires
    // too far ahead is from before the clock was set back; if kept, it would end every sweep until the clock caught up.
    for (const [state, entry] of entries) {
      if (now < entry.expiresAt + lifetime && entry.expiresAt <= now + 2 * lifetime) return
      entries.delete(state)
    }
  }

  const count = Effect.suspend(() => Metric.set(pendingAuthorizations, entries.size))

  /** The current time, after dropping every entry that is no longer remembered. */
  const timeAfterSweep = Effect.tap(Clock.currentTimeMillis, (now) => {
    sweep(now)
    return count
  })

  const add = (
    state: State,
    expiresAt: DateTime.Utc,
    pending?: PendingAuthorization
  ): Effect.Effect<void, StoreError> =>
    Effect.suspend(() => {
      const key = Redacted.value(state)
      if (entries.size >= capacity && !entries.has(key)) {
        return new StoreError({ store: "PendingAuthorizations", reason: "Full" })
      }
      entries.set(key, { expiresAt: DateTime.toEpochMillis(expiresAt), pending })
      return count
    })

  return {
    put: (pending) => Effect.zipRight(timeAfterSweep, add(pending.state, pending.expiresAt, pending)),
    take: <E = never>(state: State, check?: (pending: PendingAuthorization) => Either.Either<void, E>) =>
      Effect.flatMap(timeAfterSweep, (now): Effect.Effect<PendingAuthorization, StateError | E> => {
        const key = Redacted.value(state)
        const entry = entries.get(key)
        if (entry === undefined) return new UnknownStateError()
        if (entry.pending === undefined) return new ReplayedStateError()
        if (entry.expiresAt <= now) return new ExpiredStateError()
        const checked = check?.(entry.pending) ?? Either.void
        if (Either.isLeft(checked)) return Effect.fail(checked.left)
        entries.set(key, { expiresAt: entry.expiresAt, pending: undefined })
        return Effect.succeed(entry.pending)
      }),
    accept: (state, expiresAt) =>
      Effect.flatMap(timeAfterSweep, (): Effect.Effect<void, ReplayedStateError | StoreError> =>
        entries.has(Redacted.value(state)) ? new ReplayedStateError() : add(state, expiresAt)
      )
  }
}
