import { it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { copyFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { endsOnSigterm, folder } from "./SandboxProcess.js"

/** The executable as it is published: beside the sandbox in one file. */
const published = Effect.gen(function* () {
  const target = yield* folder
  const packageFolder = fileURLToPath(new URL("..", import.meta.url))
  for (const name of ["bin.js", "SandboxFlags.js"]) {
    copyFileSync(join(packageFolder, "dist", name), join(target, name))
  }
  writeFileSync(join(target, "package.json"), '{"type": "module"}')
  yield* Effect.async<void>((resume) => {
    execFile(
      "npm",
      ["run", "--silent", "bundle", "--", `--outfile=${join(target, "sandbox.js")}`],
      { cwd: packageFolder },
      (error) => resume(error === null ? Effect.void : Effect.die(error))
    )
  })
  return target
})

it.scopedLive("sandbox, as published, says when it is ready and finishes the answer in flight on SIGTERM", () =>
  Effect.flatMap(published, endsOnSigterm)
)
