/** The command `baanx`. */
import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import type * as CliApp from "@effect/cli/CliApp"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Span from "@effect/cli/HelpDoc/Span"
import * as ValidationError from "@effect/cli/ValidationError"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Array from "effect/Array"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Ref from "effect/Ref"
import { createRequire } from "node:module"
import { stripVTControlCharacters } from "node:util"
import { Chosen, type Task } from "./Chosen.js"
import { authorizeCommand } from "./commands/AuthorizeCommand.js"
import { demoCommand } from "./commands/DemoCommand.js"
import { sandboxCommand } from "./commands/SandboxCommand.js"
import { storeCommand } from "./commands/StoreCommand.js"
import { ending } from "./Ending.js"
import { withTrimmedEnvironment } from "./Environment.js"
import { fitted } from "./Help.js"
import { asksForJson } from "./JsonOption.js"
import { runMain } from "./Main.js"
import { Misused } from "./Outcome.js"
import { hasColors, reportFor } from "./Reporting.js"
import { valueFlags } from "./Setting.js"

const manifest: { readonly version: string } = createRequire(import.meta.url)("../package.json")

const baanx = Command.make("baanx").pipe(
  Command.withDescription("Sign users in through Baanx: a local Baanx, and its OAuth flow step by step"),
  Command.withSubcommands([demoCommand, sandboxCommand, authorizeCommand, storeCommand])
)

const parse = Command.run(baanx, {
  name: "baanx",
  version: manifest.version,
  footer: HelpDoc.p(
    Span.text(
      "Every command has --help, --version, --log-level, --wizard and --completions bash, fish or zsh. The exit status is 0 on success, 1 if Baanx, the network or the database refused, 2 if a flag, a variable or a file cannot be used, and 130 after Ctrl-C."
    )
  )
})

/** The first words of a command line name the command. */
const wordsOf = (args: ReadonlyArray<string>) => Array.takeWhile(args, (arg) => !arg.startsWith("-"))

/** The command that they name, if there is one. */
const commandOf = (args: ReadonlyArray<string>) =>
  wordsOf(args)
    .slice(0, 1)
    .filter((word) => HashMap.has(Command.getSubcommands(baanx), word))

const valued = new Set(["port", "host", "base-url", "seed-file", "seed", ...valueFlags].map((flag) => `--${flag}`))

/** A flag whose value is missing. The library would take the next flag, such as `--json`, for the value. */
const withoutValue = (args: ReadonlyArray<string>): string | undefined =>
  args.find((arg, at) => valued.has(arg.toLowerCase()) && args[at + 1]?.startsWith("--") !== false)

const usage = (text: string, command: ReadonlyArray<string>) =>
  new Misused({
    tag: "InvalidUsage",
    message: `${text}${/[.?!]$/.test(text) ? "" : "."} See \`${["baanx", ...command, "--help"].join(" ")}\`.`
  })

const misuse = (error: ValidationError.ValidationError, args: ReadonlyArray<string>) =>
  usage(stripVTControlCharacters(HelpDoc.toAnsiText(error.error)).trim().replaceAll(/\s+/g, " "), commandOf(args))

/** The task that the command line asks for. If it asks for help, that is printed here, and the task does nothing. */
const chosenTask = (argv: ReadonlyArray<string>, json: boolean) =>
  Effect.gen(function* () {
    const args = argv.slice(2)
    const report = yield* reportFor(json)
    const refuse = (misused: Misused) => Effect.zipRight(report.failed(misused), misused)
    const lacking = withoutValue(args)
    if (lacking !== undefined) return yield* refuse(usage(`${lacking} needs a value`, commandOf(args)))
    if (json && args.includes("--wizard")) {
      return yield* refuse(
        new Misused({ tag: "InvalidUsage", message: "--wizard asks questions, so it cannot be used with --json." })
      )
    }
    const console = yield* Console.consoleWith(Effect.succeed)
    const chosen = yield* Ref.make<Task>(Effect.void)
    const help: Console.Console = {
      ...console,
      log: (text: string = "") => {
        // A completion script is read by a shell.
        const isScript = args.some((arg) => arg.startsWith("--completions"))
        const shown = isScript ? text : fitted(text, wordsOf(args), hasColors("stdout") && !json)
        return console.log(json ? JSON.stringify({ ok: true, text: shown }) : shown)
      },
      // `refuse` prints the error, as it does all others.
      error: () => Effect.void
    }
    yield* parse(argv).pipe(
      Effect.withConsole(help),
      Effect.provideService(Chosen, chosen),
      Effect.provide(CliConfig.layer({ showBuiltIns: false })),
      Effect.catchIf(ValidationError.isValidationError, (error) => refuse(misuse(error, args)))
    )
    return yield* Ref.get(chosen)
  })

/** Runs the command line and returns its exit status. */
export const exitStatus = (argv: ReadonlyArray<string>): Effect.Effect<number, never, CliApp.CliApp.Environment> => {
  const json = asksForJson(argv)
  return Effect.flatten(chosenTask(argv, json)).pipe(withTrimmedEnvironment, ending(json))
}

export const main = (argv: ReadonlyArray<string>): void => runMain(Effect.provide(exitStatus(argv), NodeContext.layer))
