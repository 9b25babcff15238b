/** The published packages, and how they are packed. */
import { execFile } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

/** The root of the workspace, from `dist` and from `src` alike. */
export const root: string = join(dirname(fileURLToPath(import.meta.url)), "../../..")

export const folderOf = (name: Package): string => join(root, "packages", name)

/** The part of a name after `@effect-baanx/`, which is also the name of the folder. */
export type Package = string

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly bin?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly publishConfig?: { readonly tag?: string }
}

/** 1.x is for Effect 3, 2.x for Effect 4. */
export type Line = "effect-3" | "effect-4"

export const lines: ReadonlyArray<Line> = ["effect-4", "effect-3"]

const derived = join(root, "packages/effect-4/derived")

/** The manifest of a package. Those for Effect 4 exist once they are built. */
export const manifestOf = (name: Package, line: Line = "effect-3"): Manifest =>
  JSON.parse(
    readFileSync(join(line === "effect-3" ? folderOf(name) : join(derived, "packages", name), "package.json"), "utf8")
  )

/** Every package of the workspace that is not private. */
export const packages: ReadonlyArray<Package> = readdirSync(join(root, "packages")).filter(
  (name) => existsSync(join(folderOf(name), "package.json")) && manifestOf(name).private !== true
)

/** npm's tag for Effect 3; `latest` for a package that is not on Effect 4. */
const tagOfEffect3 = (name: Package): string => manifestOf(name).publishConfig?.tag ?? "latest"

export const tagOf = (name: Package, line: Line): string => (line === "effect-4" ? "latest" : tagOfEffect3(name))

/** The packages of a line. */
export const packagesOf: Readonly<Record<Line, ReadonlyArray<Package>>> = {
  "effect-3": packages,
  "effect-4": packages.filter((name) => tagOfEffect3(name) !== "latest")
}

/** The packages that export modules. */
export const libraries: ReadonlyArray<Package> = packages.filter((name) => manifestOf(name).bin === undefined)

const execute = promisify(execFile)

/** Runs a command and returns its standard output; if the command fails, rejects with everything that it printed. */
export const run = async (
  command: string,
  args: ReadonlyArray<string>,
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv }
): Promise<string> => {
  try {
    return (await execute(command, [...args], { ...options, maxBuffer: 1 << 26 })).stdout
  } catch (error) {
    const { stderr, stdout }: { readonly stderr?: string; readonly stdout?: string } = Object(error)
    throw new Error(`${command} ${args.join(" ")}\n${stdout}${stderr}`, { cause: error })
  }
}

const folders: Array<string> = []

/** Creates a folder that `cleanUp` removes. */
export const temporary = async (what: string): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), `effect-baanx-${what}-`))
  folders.push(folder)
  return folder
}

export const cleanUp = async (): Promise<void> => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
}

/** The pnpm that sets up the workspace, in the version from the root's package.json, such as `pnpm@12.21.0`. */
export const pnpmVersion = async (): Promise<string> => {
  const [version = "pnpm"] = /pnpm@[\d.]+/.exec(await readFile(join(root, "package.json"), "utf8")) ?? []
  return version
}

export const pnpm = async (args: ReadonlyArray<string>, cwd: string): Promise<string> =>
  run("npx", ["--yes", await pnpmVersion(), ...args], { cwd })

/** Removes what was built from a source that no longer exists, because it would be packed too. */
const removeStale = async (name: Package): Promise<void> => {
  const dist = join(folderOf(name), "dist")
  const files = await readdir(dist, { recursive: true, withFileTypes: true }).catch(() => [])
  for (const file of files.filter((file) => file.isFile())) {
    const path = join(file.parentPath, file.name)
    const source = path.replace(dist, join(folderOf(name), "src")).replace(/\.(?:js|d\.ts)(?:\.map)?$/, ".ts")
    if (source.endsWith(".ts") && !existsSync(source)) await rm(path)
  }
}

/** Where `pack` puts the tarballs of a line, and the overrides for pnpm. */
export const folderOfLine = (folder: string, line: Line): string =>
  line === "effect-3" ? folder : join(folder, "effect-4")

export const tarballOf = (folder: string, name: Package, line: Line = "effect-3"): string =>
  join(folderOfLine(folder, line), `effect-baanx-${name}-${manifestOf(name, line).version}.tgz`)

/**
 * Builds everything and packs each package of both lines into the folder as `npm publish` would send it. The overrides
 * beside them make pnpm use these tarballs for what the packages need of each other; npm does so by itself.
 */
export const pack = async (folder: string): Promise<void> => {
  await Promise.all(packages.map(removeStale))
  await run("npx", ["tsc", "-b"], { cwd: root })
  await mkdir(folder, { recursive: true })
  const filters = packages.flatMap((name) => ["--filter", `@effect-baanx/${name}`])
  await pnpm(["--recursive", ...filters, "pack", "--pack-destination", folder], root)
  await run("node", [join(root, "packages/effect-4/dist/pack.js"), folderOfLine(folder, "effect-4")], { cwd: root })
  for (const line of lines) {
    const overrides = packagesOf[line].map(
      (name) => `  "@effect-baanx/${name}": "file:${tarballOf(folder, name, line)}"\n`
    )
    await writeFile(join(folderOfLine(folder, line), "overrides.yaml"), `overrides:\n${overrides.join("")}`)
  }
}
