/**
 * A process that ends with the exit status that an effect gives.
 *
 * @since 0.1.0
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"

/**
 * @since 0.1.0
 * @category runtime
 */
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
