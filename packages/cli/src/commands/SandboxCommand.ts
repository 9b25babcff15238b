/** `baanx sandbox`. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import type * as Effect from "effect/Effect"
import { jsonOption } from "../JsonOption.js"
import type { SandboxOptions } from "../LocalBaanx.js"

const options = {
  port: Options.integer("port").pipe(
    Options.withDescription("The port on 127.0.0.1; 0 for a free one"),
    Options.withDefault(4100)
  ),
  seedFile: Options.file("seed-file").pipe(
    Options.withDescription("A JSON file with clients, users and settings"),
    Options.optional
  ),
  seed: Options.text("seed").pipe(
    Options.withDescription("Makes every id, token and code the same on each run"),
    Options.optional
  ),
  json: jsonOption
}

/** The flags, and whoever acts on them. */
export const sandboxCommand = <E, R>(run: (options: SandboxOptions) => Effect.Effect<void, E, R>) =>
  Command.make("sandbox", options, run).pipe(Command.withDescription("Run a strict local Baanx"))
