/** An empty project into which the packed packages for Effect 3 are installed. */
import { copyFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { libraries, type Package, packages as all, pnpm, root, run, temporary } from "./Packages.js"
import { type Registry, use } from "./Registry.js"

export type Manager = "npm" | "pnpm" | "bun"

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`

const program = fileURLToPath(new URL("../consumer/program.ts", import.meta.url))

/** The npm package that holds a runtime's binary for this machine, and the path in it. */
const binaries = {
  node: { package: `node-${process.platform}-${process.arch}`, path: "bin/node" },
  bun: {
    package: `@oven/bun-${process.platform}-${process.arch === "arm64" ? "aarch64" : process.arch}`,
    path: "bin/bun"
  },
  deno: {
    package: `@deno/${process.platform}-${process.arch}${process.platform === "linux" ? "-glibc" : ""}`,
    path: "deno"
  },
  workerd: {
    package: `@cloudflare/workerd-${process.platform}-${process.arch === "x64" ? "64" : process.arch}`,
    path: "bin/workerd"
  }
} as const

/** Installs a version of a runtime, such as `22` or `22.19.0`, and returns the path of its binary. */
export const runtime = async (name: keyof typeof binaries, version: string): Promise<string> => {
  const folder = await temporary(name)
  const { package: dependency, path } = binaries[name]
  await run(
    "npm",
    ["install", "--prefer-offline", "--no-audit", "--no-fund", "--no-save", `${dependency}@${version}`],
    { cwd: folder }
  )
  return join(folder, "node_modules", dependency, path)
}

export interface Setup {
  readonly registry: Registry
  readonly manager: Manager
  /** Default: all. */
  readonly packages?: ReadonlyArray<Package>
  /** The versions of the peers, by name. Default: the newest effect and platform that the packages accept. */
  readonly peers?: Readonly<Record<string, string>>
  /** The path of Bun. */
  readonly bun?: string | undefined
}

/** The peers of a package, with the versions that it accepts. */
const peersOf = ({ manifests }: Registry, name: Package): Readonly<Record<string, string>> =>
  manifests.get(name)?.peerDependencies ?? {}

const versionOf = ({ manifests }: Registry, name: Package): string | undefined => manifests.get(name)?.version

/** Creates the project and installs the packages; fails if a dependency or a peer is missing. Returns its folder. */
export const install = async ({
  bun = "bun",
  manager,
  packages = all,
  registry,
  peers = peersOf(registry, "oauth")
}: Setup): Promise<string> => {
  const folder = await temporary(manager)
  const ours = packages.map((name) => [`@effect-baanx/${name}`, versionOf(registry, name)] as const)
  await writeFile(
    join(folder, "package.json"),
    json({
      private: true,
      type: "module",
      dependencies: Object.fromEntries([...ours, ...Object.entries(peers)]),
      devDependencies: { "@types/node": "^20.19.0" }
    })
  )
  await use(registry, folder)
  await copyFile(program, join(folder, "program.ts"))
  if (manager === "pnpm") {
    await writeFile(
      join(folder, "pnpm-workspace.yaml"),
      json({ hoist: false, strictPeerDependencies: true, strictDepBuilds: false })
    )
    await pnpm(["install"], folder)
  } else if (manager === "npm") {
    await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: folder })
    await run("npm", ["ls", "--all"], { cwd: folder })
  } else {
    await run(bun, ["install", "--ignore-scripts"], { cwd: folder })
  }
  return folder
}

/** Packages of which npm would install a later version, one that does not work with the lowest peers. */
const companions = {
  "@effect/cluster": "0.41.17",
  "@effect/experimental": "0.51.13",
  "@effect/platform-node-shared": "0.42.17",
  "@effect/rpc": "0.64.13",
  "@effect/workflow": "0.4.13"
}

/** The lowest version of each peer, and the packages that accept the same lowest version of effect as `oauth`. */
export const floor = (registry: Registry): Required<Pick<Setup, "packages" | "peers">> => {
  const lowest = (name: Package) =>
    Object.entries(peersOf(registry, name)).map(
      ([peer, range]) => [peer, range.replace(/^\D*([\w.-]+).*$/, "$1")] as const
    )
  const effect = new Map(lowest("oauth")).get("effect")
  const packages = libraries.filter((name) => new Map(lowest(name)).get("effect") === effect)
  return { packages, peers: { ...companions, ...Object.fromEntries(packages.flatMap(lowest)) } }
}

export interface TypeCheck {
  readonly compiler: "5.9" | "7"
  readonly resolution: "NodeNext" | "Bundler"
  readonly skipLibCheck: boolean
}

const compilers = {
  "5.9": join(root, "packages/release/node_modules/typescript/bin/tsc"),
  "7": join(root, "node_modules/typescript/bin/tsc")
}

/** Compiles files of the project; fails on any error. */
export const check = async (
  folder: string,
  name: string,
  { compiler, resolution, skipLibCheck }: TypeCheck,
  files: object
): Promise<void> => {
  const file = `tsconfig.${name}.json`
  await writeFile(
    join(folder, file),
    json({
      compilerOptions: {
        module: resolution === "NodeNext" ? "NodeNext" : "ESNext",
        moduleResolution: resolution,
        target: "ES2022",
        lib: ["ES2022", "DOM", "DOM.Iterable"],
        types: ["node"],
        strict: true,
        exactOptionalPropertyTypes: true,
        verbatimModuleSyntax: true,
        skipLibCheck
      },
      ...files
    })
  )
  await run("node", [compilers[compiler], "-p", file], { cwd: folder })
}

/** Compiles the program against the installed packages; fails on any error. */
export const compile = (folder: string, how: TypeCheck): Promise<void> =>
  check(folder, Object.values(how).join("."), how, { files: ["program.ts"] })

/** Checks the packages' own sources, as installed, against the peers that are installed with them. */
export const checkSources = (folder: string): Promise<void> =>
  check(
    folder,
    "sources",
    { compiler: "7", resolution: "NodeNext", skipLibCheck: true },
    { include: ["node_modules/@effect-baanx/*/src"], exclude: ["node_modules/@effect-baanx/cli"], noEmit: true }
  )
