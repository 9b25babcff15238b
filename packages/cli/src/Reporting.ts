/** Chooses between output for people and for programs, and reports how every command ends. */
import * as Effect from "effect/Effect"
import { isOutcome, type Misused, type Refused } from "./Outcome.js"
import { forPeople, forPrograms, type Report } from "./Report.js"

/** Whether a stream shows colors (https://no-color.org). */
export const hasColors = (stream: "stdout" | "stderr"): boolean =>
  process[stream].isTTY === true && !process.env["NO_COLOR"]

export const reportFor = (json: boolean): Effect.Effect<Report> =>
  Effect.sync(() => (json ? forPrograms() : forPeople(hasColors("stdout"), hasColors("stderr"))))

/** Reports what went wrong before it ends the command. */
export const reporting =
  (report: Report) =>
  <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E | Refused | Misused, R>) =>
    effect.pipe(
      Effect.tapError((error) => (isOutcome(error) ? report.failed(error) : Effect.void)),
      Effect.onInterrupt(() => report.stopped)
    )
