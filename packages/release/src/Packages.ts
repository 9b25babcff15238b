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
}

export const manifestOf = (name: Package): Manifest =>
  JSON.parse(readFileSync(join(folderOf(name), "package.json"), "utf8"))

/** Every package of the workspace that is not private. */
export const packages: ReadonlyArray<Package> = readdirSync(join(root, "packages")).filter(
  (name) => existsSync(join(folderOf(name), "package.json")) && manifestOf(name).private !== true
)

/** Those that export modules. */
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

/** The package manager that sets up the workspace, in the version that the root names, such as `pnpm@12.21.0`. */
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

/**
 * Builds everything and packs each package into the folder as `npm publish` would send it. The overrides beside them
 * make pnpm find there what one package needs of the others; npm does so by itself.
 */
export const pack = async (folder: string): Promise<void> => {
  await Promise.all(packages.map(removeStale))
  await run("npx", ["tsc", "-b"], { cwd: root })
  await mkdir(folder, { recursive: true })
  const filters = packages.flatMap((name) => ["--filter", `@effect-baanx/${name}`])
  await pnpm(["--recursive", ...filters, "pack", "--pack-destination", folder], root)
  const overrides = packages.map((name) => `  "@effect-baanx/${name}": "file:${tarballOf(folder, name)}"\n`)
  await writeFile(join(folder, "overrides.yaml"), `overrides:\n${overrides.join("")}`)
}

export const tarballOf = (folder: string, name: Package): string =>
  join(folder, `effect-baanx-${name}-${manifestOf(name).version}.tgz`)
