/**
 * The command that the command line names. It runs once the parser is done, so that each command prints in its own way.
 */
import type * as Prompt from "@effect/cli/Prompt"
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Terminal from "@effect/platform/Terminal"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Logger from "effect/Logger"
import * as Ref from "effect/Ref"
import type { Misused, Refused } from "./Outcome.js"

export type Task = Effect.Effect<
  void,
  Refused | Misused | Terminal.QuitException,
  FileSystem.FileSystem | Prompt.Prompt.Environment
>

export class Chosen extends Context.Tag("@effect-baanx/cli/Chosen")<Chosen, Ref.Ref<Task>>() {}

/** Keeps the task, with the log level from the command line. */
export const choose = (task: Task): Effect.Effect<void, never, Chosen> =>
  Effect.gen(function* () {
    const level = yield* FiberRef.get(FiberRef.currentMinimumLogLevel)
    yield* Ref.set(yield* Chosen, Logger.withMinimumLogLevel(task, level))
  })
