/** A line at debug for each call, for those who log at debug. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import type * as Fiber from "effect/Fiber"
import * as LogLevel from "effect/LogLevel"
import type { Operation } from "../BaanxError.js"
import { outcomeOf } from "./recorded.js"

export const isLogged = (caller: Fiber.RuntimeFiber<unknown, unknown>): boolean =>
  LogLevel.lessThanEqual(caller.getFiberRef(FiberRef.currentMinimumLogLevel), LogLevel.Debug)

export const logged = <A, E extends { readonly _tag: string }>(
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
