/**
 * Secrets come from the environment, from a file or from a prompt, never from a flag: flags show in process lists and
 * shell histories.
 */
import * as Prompt from "@effect/cli/Prompt"
import * as FileSystem from "@effect/platform/FileSystem"
import type * as Terminal from "@effect/platform/Terminal"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { trimmed } from "./Environment.js"
import { Misused } from "./Outcome.js"
import { flagOf, missing, type Variable } from "./Setting.js"

/** Where a secret is looked for, in this order: the file of the flag, the variable, the prompt. */
export interface SecretSource {
  readonly variable: Variable
  /** What to ask for at the prompt. */
  readonly question: string
  readonly file: Option.Option<string>
}

/** The secret, or `None` if no file and no variable has it and nobody can be asked. */
export const optionalSecret = (
  source: SecretSource,
  askable: boolean
): Effect.Effect<
  Option.Option<Redacted.Redacted<string>>,
  Misused | Terminal.QuitException,
  FileSystem.FileSystem | Prompt.Prompt.Environment
> =>
  Effect.gen(function* () {
    if (Option.isSome(source.file)) {
      const path = source.file.value
      const files = yield* FileSystem.FileSystem
      const text = yield* Effect.mapError(
        files.readFileString(path),
        () =>
          new Misused({
            tag: "UnreadableFile",
            message: `The file ${path} of --${flagOf(source.variable)} cannot be read. Check the path and its permissions.`
          })
      )
      const secret = trimmed(source.variable, text)
      return secret === ""
        ? yield* new Misused({
            tag: "EmptyFile",
            message: `The file ${path} of --${flagOf(source.variable)} is empty.`
          })
        : Option.some(Redacted.make(secret))
    }
    const variable = yield* Effect.orDie(Config.option(Config.redacted(source.variable)))
    if (Option.isSome(variable) || !askable) return variable
    return Option.some(yield* Prompt.password({ message: source.question }))
  })

/** The secret; if there is none, an error that says how to provide it. */
export const requiredSecret = (
  source: SecretSource,
  askable: boolean
): Effect.Effect<
  Redacted.Redacted<string>,
  Misused | Terminal.QuitException,
  FileSystem.FileSystem | Prompt.Prompt.Environment
> =>
  Effect.flatMap(
    optionalSecret(source, askable),
    Option.match({
      onSome: Effect.succeed,
      onNone: () =>
        new Misused({
          tag: "MissingSecret",
          message: missing(source.question, source.variable)
        })
    })
  )
