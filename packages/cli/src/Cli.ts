/**
 * The command `baanx`.
 *
 * @since 0.1.0
 */
import type * as CliApp from "@effect/cli/CliApp"
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import { authorizeCommand } from "./commands/AuthorizeCommand.js"
import { demoCommand } from "./commands/DemoCommand.js"
import { sandboxCommand } from "./commands/SandboxCommand.js"
import { storeCommand } from "./commands/StoreCommand.js"

const baanx = Command.make("baanx").pipe(
  Command.withDescription("Sign users in through Baanx: a local Baanx, and its OAuth flow step by step"),
  Command.withSubcommands([demoCommand, sandboxCommand, authorizeCommand, storeCommand])
)

const run = Command.run(baanx, { name: "baanx", version: "0.1.0" })

/**
 * Runs the command line and gives its exit status: 0 done, 1 refused, 2 misused.
 *
 * @since 0.1.0
 * @category constructors
 */
export const exitStatus = (argv: ReadonlyArray<string>): Effect.Effect<number, never, CliApp.CliApp.Environment> =>
  run(argv).pipe(
    Effect.as(0),
    Effect.catchTags({
      Refused: () => Effect.succeed(1),
      QuitException: () => Effect.succeed(1)
    }),
    // What is left is a misuse: of this command's own, or one that the parser has already explained.
    Effect.catchAll(() => Effect.succeed(2))
  )
