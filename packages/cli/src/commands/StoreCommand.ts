/** `baanx store`. */
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import { choose } from "../Chosen.js"
import { jsonOption } from "../JsonOption.js"
import { secretFileOption } from "../Setting.js"
import type { StoreOptions } from "../Store.js"

const options = {
  urlFile: secretFileOption("BAANX_STORE_URL", "A file with the URL of the database", "none, it is required"),
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
  Command.withDescription("Maintain the SQLite or PostgreSQL stores"),
  Command.withSubcommands([
    task("migrate", "Create the tables, or bring them up to date"),
    task("sweep", "Delete records that are no longer needed"),
    task("rotate-keys", "Reseal every session under the first key of BAANX_STORE_KEYS"),
    task("check", "Check that the database responds and has the tables"),
    task("new-key", "Generate a key for BAANX_STORE_KEYS")
  ])
)
