/** Fixtures of the stores' tests. */
import { Effect, Logger, Redacted, type Scope, TestClock } from "effect"
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
