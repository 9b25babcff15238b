/** The command line in process. */
import { NodeContext } from "@effect/platform-node"
import { ConfigProvider, Console, Effect } from "effect"
import { exitStatus } from "../src/Cli.js"

export interface Run {
  readonly status: number
  readonly out: string
  readonly err: string
}

/** Runs the command line in process, with this environment and empty standard input. */
export const baanx = (args: ReadonlyArray<string>, environment: Readonly<Record<string, string>> = {}) =>
  Effect.gen(function* () {
    const out: Array<string> = []
    const err: Array<string> = []
    const console = yield* Console.consoleWith(Effect.succeed)
    const recording: Console.Console = {
      ...console,
      log: (...parts) => Effect.sync(() => out.push(parts.join(" "))),
      error: (...parts) => Effect.sync(() => err.push(parts.join(" ")))
    }
    const status = yield* exitStatus(["node", "baanx", ...args]).pipe(
      Effect.withConfigProvider(
        ConfigProvider.fromMap(new Map(Object.entries(environment)), { pathDelim: "_", seqDelim: "," })
      ),
      Effect.withConsole(recording),
      Effect.provide(NodeContext.layer)
    )
    const run: Run = { status, out: out.join("\n"), err: err.join("\n") }
    return run
  })
