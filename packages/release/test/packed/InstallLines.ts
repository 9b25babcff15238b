import { assert, beforeAll, describe, it } from "@effect/vitest"
import { chmod, mkdir, mkdtemp, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import process from "node:process"
import { runtime } from "../../src/Consumer.js"
import { documented, type InstallLine } from "../../src/InstallLines.js"
import { type Line, libraries, lines, pnpmVersion, run } from "../../src/Packages.js"
import { type Packed, type Registry, use } from "../../src/Registry.js"

const { installs, runs } = await documented()

/** The lowest Node of each line. */
const versions: Readonly<Record<Line, string>> = { "effect-3": "20", "effect-4": "22" }

/** Imports the libraries and starts the commands. */
const isThere = async (names: ReadonlyArray<string>, cwd: string, node = process.execPath): Promise<void> => {
  const scope = "@effect-baanx/"
  const modules = names.filter((name) => !name.startsWith(scope) || libraries.includes(name.slice(scope.length)))
  const imports = modules.map((name) => `import ${JSON.stringify(name)}\n`).join("")
  if (names.includes("vitest")) {
    await writeFile(join(cwd, "imports.test.mjs"), `${imports}import { it } from "vitest"\nit("is there", () => {})\n`)
    await run(node, [join(cwd, "node_modules/vitest/vitest.mjs"), "run"], { cwd })
  } else {
    await writeFile(join(cwd, "imports.mjs"), imports)
    await run(node, ["imports.mjs"], { cwd })
  }
  if (modules.length < names.length) {
    assert.match(await run(join(cwd, "node_modules/.bin/baanx"), ["--version"], { cwd }), /^\d+\.\d+\.\d+/)
  }
}

const title = ({ at, script }: InstallLine): string => `${at}: ${script}`

/** Runs each install command of the documentation in a project of its own, beside the folder of the tarballs. */
export const installLines = (packed: () => Packed): void => {
  let folder = ""
  let registry: Registry
  const nodes = new Map<Line, string>()
  beforeAll(async () => {
    for (const line of lines) nodes.set(line, await runtime("node", versions[line]))
    folder = dirname(packed().folder)
    registry = packed().registry
    // The workspace's version of pnpm, in place of an installed one.
    await mkdir(join(folder, "bin"))
    await writeFile(join(folder, "bin/pnpm"), `#!/bin/sh\nexec npx --yes ${await pnpmVersion()} "$@"\n`)
    await chmod(join(folder, "bin/pnpm"), 0o755)
  })

  /** A project beside the tarballs, with the registry of the scope `@effect-baanx` on loopback. */
  const project = async (dependencies: Readonly<Record<string, string>> = {}): Promise<string> => {
    const path = await mkdtemp(join(folder, "project-"))
    await writeFile(join(path, "package.json"), JSON.stringify({ dependencies }))
    await use(registry, path)
    return path
  }

  const shell = (script: string, cwd: string, line: Line = "effect-3"): Promise<string> =>
    run("sh", ["-ec", script], {
      cwd,
      env: {
        ...process.env,
        PATH: [join(folder, "bin"), dirname(nodes.get(line) ?? ""), process.env["PATH"]].join(":"),
        // The test cannot answer a prompt.
        npm_config_yes: "true",
        npm_config_prefer_offline: "true"
      }
    })

  describe.concurrent("in an empty project, with npm", () => {
    for (const line of installs.filter(({ script }) => !script.includes("pnpm"))) {
      it(title(line), async () => {
        const cwd = await project()
        await shell(line.script, cwd, line.line)
        await run("npm", ["ls", "--all"], { cwd })
        await isThere(line.names, cwd, nodes.get(line.line))
      })
    }

    for (const line of runs.filter(({ script }) => script.startsWith("npx"))) {
      it(title(line), async () => {
        await shell(line.script.endsWith("demo") ? line.script : `${line.script} --help`, await project())
      })
    }
  })

  describe.concurrent("in an empty project, with pnpm", () => {
    for (const line of installs) {
      it(title(line), async () => {
        const cwd = await project()
        await shell(line.script.replace(/^npm (?:install|i|add)/, "pnpm add --ignore-scripts"), cwd, line.line)
        await shell("pnpm peers check", cwd)
        await isThere(line.names, cwd, nodes.get(line.line))
      })
    }

    for (const line of runs.filter(({ script }) => script.startsWith("pnpm dlx"))) {
      it(title(line), async () => {
        await shell(line.script, await project())
      })
    }
  })

  describe.concurrent("in a project that has an older Effect", () => {
    for (const [manager, add] of [
      ["npm", "npm install"],
      ["pnpm", "pnpm add --ignore-scripts"]
    ] as const) {
      it(`with ${manager}, without what it has already`, async () => {
        const cwd = await project({ effect: "3.16.16", "@effect/platform": "0.87.12" })
        await shell(`${manager} install --ignore-scripts`, cwd)
        await shell(`${add} @effect-baanx/oauth@effect-3 @effect-baanx/node@effect-3`, cwd)
        await isThere(["@effect-baanx/oauth", "@effect-baanx/node"], cwd)
        const { version }: { readonly version: string } = JSON.parse(
          await run("node", ["-p", "JSON.stringify(require('effect/package.json'))"], { cwd })
        )
        assert.strictEqual(version, "3.16.16")
      })
    }
  })

  describe.concurrent("in a project that has Effect 4", () => {
    it("the command runs, with an Effect of its own", async () => {
      const cwd = await project({ effect: "^4.0.6" })
      await shell("npm install @effect-baanx/cli @effect-baanx/oauth", cwd, "effect-4")
      await run("npm", ["ls", "--all"], { cwd })
      await isThere(["@effect-baanx/cli", "@effect-baanx/oauth", "effect"], cwd, nodes.get("effect-4"))
    })
  })
}
