/** A process that ends with the exit status that an effect gives. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"

export const runMain = (exitStatus: Effect.Effect<number>): void => {
  let status = 1
  exitStatus.pipe(
    Effect.tap((exit) =>
      Effect.sync(() => {
        status = exit
      })
    ),
    NodeRuntime.runMain({
      teardown: (exit, onExit) => onExit(Exit.isInterrupted(exit) ? Number(process.exitCode ?? 130) : status)
    })
  )
}
