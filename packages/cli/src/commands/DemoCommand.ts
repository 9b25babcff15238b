/** `baanx demo`. */
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import { choose } from "../Chosen.js"
import { jsonOption } from "../JsonOption.js"

export const demoCommand = Command.make("demo", { json: jsonOption }, (options) =>
  choose(
    Effect.flatMap(
      Effect.promise(() => import("../Demo.js")),
      ({ runDemo }) => runDemo(options)
    )
  )
).pipe(Command.withDescription("Start a local Baanx and walk through its four OAuth steps"))
