/** The exit status of a command, and its last message. */
import type * as Terminal from "@effect/platform/Terminal"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { type Misused, Refused } from "./Outcome.js"
import { reportFor } from "./Reporting.js"

/** The status that a shell expects of a program that Ctrl-C ended. */
const interrupted = 130

/** A defect may hold anything, so only its name is printed. */
const fault = (defect: unknown) =>
  new Refused({
    tag: "Defect",
    message: `This is a bug in baanx itself (${defect instanceof Error ? defect.name : typeof defect}). Please report it at https://github.com/effect-baanx/effect-baanx/issues.`
  })

/**
 * 0 done, 1 refused, 2 misused, 130 stopped at a prompt. A failure has been printed by then, unless it is a bug in this
 * command.
 */
export const ending =
  (json: boolean) =>
  <R>(task: Effect.Effect<unknown, Refused | Misused | Terminal.QuitException, R>): Effect.Effect<number, never, R> =>
    task.pipe(
      Effect.as(0),
      Effect.catchTags({
        Refused: () => Effect.succeed(1),
        Misused: () => Effect.succeed(2),
        QuitException: () => Effect.succeed(interrupted)
      }),
      Effect.catchAllCause((cause) =>
        Cause.isInterruptedOnly(cause)
          ? Effect.interrupt
          : Effect.flatMap(reportFor(json), (report) => Effect.as(report.failed(fault(Cause.squash(cause))), 1))
      )
    )
