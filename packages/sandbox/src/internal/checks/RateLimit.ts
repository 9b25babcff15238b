/**
 * The rate limit, if the settings enable it: how many requests a client may make to an endpoint in a window of time.
 */
import * as Effect from "effect/Effect"
import { now, Store } from "../Store.js"

/** How long the caller must wait, in seconds; `undefined` if not at all. */
export const secondsToWait = (clientKey: string, step: string): Effect.Effect<number | undefined, never, Store> =>
  Effect.gen(function* () {
    const { rateWindows, settings } = (yield* Store).state
    const limit = settings.rateLimit
    if (limit === undefined) return undefined
    const key = `${clientKey} ${step}`
    const time = yield* now
    const before = rateWindows.get(key)
    const window =
      before === undefined || time >= before.startedAt + limit.seconds * 1000
        ? { startedAt: time, requests: 0 }
        : before
    if (window.requests >= limit.requests) return Math.ceil((window.startedAt + limit.seconds * 1000 - time) / 1000)
    rateWindows.set(key, { ...window, requests: window.requests + 1 })
    return undefined
  })
