/** `baanx sandbox`. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { jsonOption } from "../JsonOption.js"

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

export const sandboxCommand = Command.make("sandbox", options, (given) =>
  Effect.flatMap(
    Effect.promise(() => import("../LocalBaanx.js")),
    ({ runSandbox }) => runSandbox(given)
  )
).pipe(Command.withDescription("Run a strict local Baanx"))
