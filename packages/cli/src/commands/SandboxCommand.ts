/** `baanx sandbox`. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { choose } from "../Chosen.js"
import { jsonOption } from "../JsonOption.js"
import { described } from "../Setting.js"

const options = {
  port: Options.text("port").pipe(
    Options.withDescription(described("The port; 0 for a free one", undefined, "4100")),
    Options.withDefault("4100")
  ),
  host: Options.text("host").pipe(
    Options.withDescription(
      described("The address to listen on; 0.0.0.0 for all, as needed in a container", undefined, "127.0.0.1")
    ),
    Options.withDefault("127.0.0.1")
  ),
  baseUrl: Options.text("base-url").pipe(
    Options.withDescription(
      described(
        "The URL at which clients reach it. Requests to other hosts are refused, except to localhost",
        undefined,
        "where it listens"
      )
    ),
    Options.optional
  ),
  seedFile: Options.file("seed-file").pipe(
    Options.withDescription(
      described("A JSON file with clients, users and settings", undefined, "two clients and five users")
    ),
    Options.optional
  ),
  seed: Options.text("seed").pipe(
    Options.withDescription(
      described("Makes every id, token and code the same on each run", undefined, "they are random")
    ),
    Options.optional
  ),
  quiet: Options.boolean("quiet").pipe(
    Options.withDescription(described("Do not print the requests to standard error", undefined, "one line for each"))
  ),
  json: jsonOption
}

export const sandboxCommand = Command.make("sandbox", options, (given) =>
  choose(
    Effect.flatMap(
      Effect.promise(() => import("../LocalBaanx.js")),
      ({ runSandbox }) => runSandbox(given)
    )
  )
).pipe(Command.withDescription("Run a strict local Baanx"))
