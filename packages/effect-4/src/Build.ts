/** Builds, tests and packs the packages for Effect 4. */
import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { appendFile } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { promisify } from "node:util"
import { derive } from "./Derive.js"
import { derivePrograms } from "./Programs.js"
import { derivedFolder, packages, root } from "./Tree.js"

const execute = promisify(execFile)

const run = async (command: string, args: ReadonlyArray<string>): Promise<void> => {
  try {
    await execute(command, [...args], { cwd: derivedFolder, maxBuffer: 1 << 26 })
  } catch (error) {
    const { stderr = "", stdout = "" }: { readonly stderr?: string; readonly stdout?: string } = Object(error)
    throw new Error(`${command} ${args.join(" ")}\n${stdout}${stderr}`, { cause: error })
  }
}

/** The package manager in the version that the root sets the workspace up with, such as `pnpm@12.21.0`. */
const pnpm = (): string => {
  const [version = "pnpm"] = /pnpm@[\d.]+/.exec(readFileSync(join(root, "package.json"), "utf8")) ?? []
  return version
}

const install = (...args: ReadonlyArray<string>): Promise<void> =>
  run("npx", ["--yes", pnpm(), ...args, "--reporter=silent"])

const compile = (...args: ReadonlyArray<string>): Promise<void> =>
  run("node", [join(root, "node_modules/typescript/bin/tsc"), ...args])

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

/** As `npm publish` would send each package. */
export const pack = (folder: string): Promise<void> =>
  run("npx", ["--yes", pnpm(), "--recursive", ...published, "pack", "--pack-destination", folder])
