/** `baanx store`. */
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import { choose } from "../Chosen.js"
import { jsonOption } from "../JsonOption.js"
import { secretFileOption } from "../Setting.js"
import type { StoreOptions } from "../Store.js"

const options = {
  urlFile: secretFileOption("BAANX_STORE_URL", "A file with the URL of the database", "none, it is needed"),
  json: jsonOption
}

const task = (name: StoreOptions["task"], description: string) =>
  Command.make(name, options, (given) =>
    choose(
      Effect.flatMap(
        Effect.promise(() => import("../Store.js")),
        ({ runStore }) => runStore({ ...given, task: name })
      )
    )
  ).pipe(Command.withDescription(description))

export const storeCommand = Command.make("store").pipe(
  Command.withDescription("Keep the SQLite or PostgreSQL stores in order"),
  Command.withSubcommands([
    task("migrate", "Create the tables, or bring them up to date"),
    task("sweep", "Delete what nobody needs any more"),
    task("rotate-keys", "Seal every session under the first key of BAANX_STORE_KEYS"),
    task("check", "See whether the database answers and has the tables"),
    task("new-key", "Make a key for BAANX_STORE_KEYS")
  ])
)
