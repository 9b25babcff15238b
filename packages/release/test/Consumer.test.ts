import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { readdir } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { compile, install, type Manager, runtime, type TypeCheck } from "../src/Consumer.js"
import { cleanUp, pack, packages, run } from "../src/Packages.js"

/** With `CI_FULL=1`, every package manager, runtime and way to check types; else one of each, in seconds. */
const full = process.env["CI_FULL"] === "1"

const minutes = (count: number) => count * 60_000

const managers: ReadonlyArray<Manager> = full ? ["npm", "pnpm", "bun"] : ["pnpm"]

const typeChecks: ReadonlyArray<TypeCheck> = full
  ? (["5.9", "7"] as const).flatMap((compiler) =>
      (["NodeNext", "Bundler"] as const).flatMap((resolution) =>
        [true, false].map((skipLibCheck) => ({ compiler, resolution, skipLibCheck }))
      )
    )
  : [{ compiler: "7", resolution: "NodeNext", skipLibCheck: false }]

const runtimes: ReadonlyArray<readonly ["node" | "bun", string]> = full
  ? [
      ["node", "20"],
      ["node", "22"],
      ["node", "24"],
      ["bun", "1"]
    ]
  : []

describe("a project that installs the tarballs", () => {
  let tarballs = ""
  const binaries: Array<readonly [title: string, path: string]> = [[`this Node, ${process.version}`, process.execPath]]
  const bun = () => binaries.find(([title]) => title.startsWith("bun"))?.[1]

  afterAll(cleanUp, 60_000)
  beforeAll(async () => {
    tarballs = await pack()
    for (const [name, version] of runtimes) binaries.push([`${name} ${version}`, await runtime(name, version)])
  }, minutes(10))

  for (const manager of managers) {
    describe(`with ${manager}`, () => {
      let folder = ""
      beforeAll(async () => {
        folder = await install(tarballs, manager, bun())
      }, minutes(5))

      for (const check of typeChecks) {
        const { compiler, resolution, skipLibCheck } = check
        it(
          `compiles under TypeScript ${compiler}, ${resolution}, ${skipLibCheck ? "skipLibCheck" : "every declaration checked"}`,
          () => compile(folder, check),
          minutes(5)
        )
      }

      it(
        "runs",
        async () => {
          await compile(folder, { compiler: "7", resolution: "NodeNext", skipLibCheck: true })
          for (const [title, binary] of binaries) {
            const result: unknown = JSON.parse(await run(binary, ["program.js"], { cwd: folder }))
            assert.deepStrictEqual(
              result,
              { code: "the-code", inProcess: 200, overSocket: 200, contract: true, stores: true },
              title
            )
          }
        },
        minutes(5)
      )

      it(
        "finds every module, and none that is internal",
        async () => {
          const modules: Array<string> = []
          for (const name of packages) {
            const dist = join(folder, "node_modules/@effect-baanx", name, "dist")
            for (const file of await readdir(dist, { recursive: true })) {
              if (file.endsWith(".js")) modules.push(`@effect-baanx/${name}/${file.slice(0, -3)}`)
            }
          }
          assert.isAbove(modules.length, 40)
          const script = `
            const found = []
            for (const name of ${JSON.stringify(modules)}) {
              try { import.meta.resolve(name); found.push(name) } catch {}
            }
            console.log(JSON.stringify(found))`
          const found: unknown = JSON.parse(
            await run("node", ["--input-type=module", "--eval", script], { cwd: folder })
          )
          assert.deepStrictEqual(
            found,
            modules.filter((name) => !name.includes("/internal/") && !name.startsWith("@effect-baanx/cli/"))
          )
        },
        minutes(1)
      )

      it(
        "has the command baanx",
        async () => {
          const printed = await run(join(folder, "node_modules/.bin/baanx"), ["--version"], { cwd: folder })
          assert.match(printed, /^\d+\.\d+\.\d+/)
        },
        minutes(1)
      )
    })
  }
})
