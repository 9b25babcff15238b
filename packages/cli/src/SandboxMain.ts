/** `baanx sandbox` alone, to be bundled into one file that starts quickly. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { runSandbox } from "./LocalBaanx.js"
import { runMain } from "./Main.js"
import type { SandboxFlags } from "./SandboxFlags.js"

export const main = ({ json, port, seed, seedFile }: SandboxFlags): void =>
  runMain(
    runSandbox({ json, port, seed: Option.fromNullable(seed), seedFile: Option.fromNullable(seedFile) }).pipe(
      Effect.catchTags({ Refused: () => Effect.succeed(1), Misused: () => Effect.succeed(2) }),
      Effect.provide(NodeFileSystem.layer)
    )
  )
