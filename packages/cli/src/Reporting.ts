/** The choice between people and programs, and the last word of every command. */
import * as Effect from "effect/Effect"
import { isOutcome, type Misused, type Refused } from "./Outcome.js"
import { forPeople, forPrograms, type Report } from "./Report.js"

export const reportFor = (json: boolean): Effect.Effect<Report> =>
  Effect.sync(() =>
    json ? forPrograms() : forPeople(process.stdout.isTTY === true && process.env["NO_COLOR"] === undefined)
  )

/** Says what went wrong before it ends the command. */
export const reporting =
  (report: Report) =>
  <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E | Refused | Misused, R>) =>
    Effect.tapError(effect, (error) => (isOutcome(error) ? report.failed(error) : Effect.void))
