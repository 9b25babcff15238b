/** Ends the process with the exit status that an effect returns. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"

/** Standard output is only for the requested output. */
const logToStandardError = Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.stringLogger))

export const runMain = (exitStatus: Effect.Effect<number>): void => {
  let status = 1
  exitStatus.pipe(
    Effect.tap((exit) =>
      Effect.sync(() => {
        status = exit
      })
    ),
    Effect.provide(logToStandardError),
    NodeRuntime.runMain({
      disablePrettyLogger: true,
      teardown: (exit, onExit) => onExit(Exit.isInterrupted(exit) ? Number(process.exitCode ?? 130) : status)
    })
  )
}
