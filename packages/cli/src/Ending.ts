/** The exit status that a command ends with, and the last thing it says. */
import type * as Terminal from "@effect/platform/Terminal"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { type Misused, Refused } from "./Outcome.js"
import { reportFor } from "./Reporting.js"

/** What a shell sees of a program that Ctrl-C ended. */
const interrupted = 130

/** A defect may hold anything, so no more than its name is printed. */
const fault = (defect: unknown) =>
  new Refused({
    tag: "Defect",
    message: `This is a fault of baanx itself (${defect instanceof Error ? defect.name : typeof defect}). Please report it at https://github.com/effect-baanx/effect-baanx/issues.`
  })

/** 0 done, 1 refused, 2 misused, 130 stopped at a prompt. What failed has said so, unless it is a fault of this command. */
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
