/** Logs each call at debug level. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Operation } from "../BaanxError.js"
import { outcomeOf } from "./runtime.js"

export const logCall = <A, E extends { readonly _tag: string }>(
  operation: Operation,
  call: Effect.Effect<A, E>
): Effect.Effect<A, E> =>
  Effect.onExit(call, (exit) =>
    Effect.annotateLogs(
      Effect.logDebug(`Baanx ${operation}`),
      "outcome",
      Exit.isSuccess(exit) ? "success" : outcomeOf(exit.cause)
    )
  )
