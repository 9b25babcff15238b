/** An empty project into which the tarballs are installed. */
import { copyFile, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { packages, pnpm, root, run, tarballOf, temporary } from "./Packages.js"

export type Manager = "npm" | "pnpm" | "bun"

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`

const program = fileURLToPath(new URL("../consumer/program.ts", import.meta.url))

/** A runtime in a major version, from the npm package that holds its binary for this machine. */
export const runtime = async (name: "node" | "bun", version: string): Promise<string> => {
  const os = process.platform === "win32" ? (name === "node" ? "win" : "windows") : process.platform
  const cpu = name === "bun" && process.arch === "arm64" ? "aarch64" : process.arch
  const dependency = `${name === "bun" ? "@oven/" : ""}${name}-${os}-${cpu}`
  const folder = await temporary(name)
  await run(
    "npm",
    ["install", "--prefer-offline", "--no-audit", "--no-fund", "--no-save", `${dependency}@${version}`],
    {
      cwd: folder
    }
  )
  return join(folder, "node_modules", dependency, "bin", process.platform === "win32" ? `${name}.exe` : name)
}

/**
 * Makes the project and installs the tarballs; fails if a dependency or a peer is missing. Gives its folder. `bun` is
 * the path of its binary.
 */
export const install = async (tarballs: string, manager: Manager, bun = "bun"): Promise<string> => {
  const folder = await temporary(manager)
  const ours = Object.fromEntries(
    await Promise.all(
      packages.map(async (name) => [`@effect-baanx/${name}`, `file:${await tarballOf(tarballs, name)}`] as const)
    )
  )
  const peers = Object.fromEntries(
    await Promise.all(
      ["effect", "@effect/platform"].map(async (name) => {
        const manifest = await readFile(join(root, "packages/oauth/node_modules", name, "package.json"), "utf8")
        const { version }: { readonly version: string } = JSON.parse(manifest)
        return [name, `^${version}`] as const
      })
    )
  )
  await writeFile(
    join(folder, "package.json"),
    json({
      private: true,
      type: "module",
      dependencies: { ...ours, ...peers },
      devDependencies: { "@types/node": "^20.19.0" },
      // One that is not published yet is looked for nowhere else.
      ...(manager === "pnpm"
        ? {}
        : { overrides: Object.fromEntries(Object.keys(ours).map((name) => [name, `$${name}`])) })
    })
  )
  await copyFile(program, join(folder, "program.ts"))
  if (manager === "pnpm") {
    await writeFile(
      join(folder, "pnpm-workspace.yaml"),
      json({ overrides: ours, hoist: false, strictPeerDependencies: true, strictDepBuilds: false })
    )
    await pnpm(["install", "--prefer-offline"], folder)
  } else if (manager === "npm") {
    await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: folder })
    await run("npm", ["ls", "--all"], { cwd: folder })
  } else {
    await run(bun, ["install", "--ignore-scripts"], { cwd: folder })
  }
  return folder
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

/** Compiles the program against the installed packages; fails on any complaint. */
export const compile = async (folder: string, { compiler, resolution, skipLibCheck }: TypeCheck): Promise<void> => {
  const name = `tsconfig.${compiler}.${resolution}.${skipLibCheck}.json`
  await writeFile(
    join(folder, name),
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
      files: ["program.ts"]
    })
  )
  await run("node", [compilers[compiler], "-p", name], { cwd: folder })
}
