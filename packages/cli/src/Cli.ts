/** The command `baanx`. */
import * as Command from "@effect/cli/Command"
import type * as CliApp from "@effect/cli/CliApp"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Effect from "effect/Effect"
import { createRequire } from "node:module"
import { authorizeCommand } from "./commands/AuthorizeCommand.js"
import { demoCommand } from "./commands/DemoCommand.js"
import { sandboxCommand } from "./commands/SandboxCommand.js"
import { storeCommand } from "./commands/StoreCommand.js"
import { withTrimmedEnvironment } from "./Environment.js"
import { runMain } from "./Main.js"

const manifest: { readonly version: string } = createRequire(import.meta.url)("../package.json")

const run = Command.run(
  Command.make("baanx").pipe(
    Command.withDescription("Sign users in through Baanx: a local Baanx, and its OAuth flow step by step"),
    Command.withSubcommands([demoCommand, sandboxCommand, authorizeCommand, storeCommand])
  ),
  { name: "baanx", version: manifest.version }
)

/** Runs the command line and gives its exit status: 0 done, 1 refused, 2 misused. */
export const exitStatus = (argv: ReadonlyArray<string>): Effect.Effect<number, never, CliApp.CliApp.Environment> =>
  run(argv).pipe(
    withTrimmedEnvironment,
    Effect.as(0),
    Effect.catchTags({
      Refused: () => Effect.succeed(1),
      QuitException: () => Effect.succeed(1)
    }),
    // What is left is a misuse: of this command's own, or one that the parser has already explained.
    Effect.catchAll(() => Effect.succeed(2))
  )

export const main = (argv: ReadonlyArray<string>): void => runMain(Effect.provide(exitStatus(argv), NodeContext.layer))
