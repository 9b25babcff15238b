/** Builds, tests and packs the packages for Effect 4. */
import { pnpm, run } from "@effect-baanx/release/Packages"
import { appendFile } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { derive } from "./Derive.js"
import { derivePrograms } from "./Programs.js"
import { derivedFolder, packages, root } from "./Tree.js"

const install = (...args: ReadonlyArray<string>): Promise<string> => pnpm([...args, "--reporter=silent"], derivedFolder)

const compile = (...args: ReadonlyArray<string>): Promise<string> =>
  run("node", [join(root, "node_modules/typescript/bin/tsc"), ...args], { cwd: derivedFolder })

/** Packages that are released with `effect`, but not for each of its versions. */
const companions = ["opentelemetry", "platform-node", "platform-node-shared", "sql-pg", "vitest"]

/** Pins a version of Effect, and the newest of its companions that are not newer. */
const pin = (version: string): Promise<void> =>
  appendFile(
    join(derivedFolder, "pnpm-workspace.yaml"),
    [
      "",
      "overrides:",
      `  effect: "${version}"`,
      ...companions.map((name) => `  "@effect/${name}": "<=${version}"`),
      ""
    ].join("\n")
  )

/**
 * `EFFECT` is a version of Effect 4, or `newest`; without it, the versions of the lock file are used.
 *
 * Fails if a rule is missing, the result does not type-check, or the lock file is not up to date.
 */
export const build = async (): Promise<void> => {
  await derive()
  await derivePrograms()
  const version = process.env["EFFECT"] ?? ""
  if (version === "") await install("install", "--frozen-lockfile")
  else if (version === "newest") await install("update")
  else {
    await pin(version)
    await install("install", "--no-frozen-lockfile")
  }
  await compile("-b")
  for (const name of packages) await compile("-p", `packages/${name}/test`)
  for (const name of ["documentation", "testing"]) await compile("-p", `packages/${name}`)
}

const published = packages.flatMap((name) => ["--filter", `@effect-baanx/${name}`])

/** Packs each package as `npm publish` would send it. */
export const pack = (folder: string): Promise<string> =>
  pnpm(["--recursive", ...published, "pack", "--pack-destination", folder], derivedFolder)
