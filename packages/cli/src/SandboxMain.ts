/** Only `baanx sandbox`, to be bundled into one file that starts quickly. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { ending } from "./Ending.js"
import { runSandbox } from "./LocalBaanx.js"
import { runMain } from "./Main.js"
import type { SandboxFlags } from "./SandboxFlags.js"

export const main = ({ baseUrl, seed, seedFile, ...flags }: SandboxFlags): void =>
  runMain(
    runSandbox({
      ...flags,
      baseUrl: Option.fromNullable(baseUrl),
      seed: Option.fromNullable(seed),
      seedFile: Option.fromNullable(seedFile)
    }).pipe(ending(flags.json), Effect.provide(NodeFileSystem.layer))
  )
