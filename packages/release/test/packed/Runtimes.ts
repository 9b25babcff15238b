import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { install } from "../../src/Consumer.js"
import { packages, root } from "../../src/Packages.js"
import type { Packed } from "../../src/Registry.js"
import { addPrograms, chromium, type Runtime, runtimes } from "../../src/Runtimes.js"

/** The rows of the README's table, each cell by its column. */
const [head = [], , ...rows] =
  readFileSync(join(root, "README.md"), "utf8")
    .split("### Where they run")[1]
    ?.split("\n\n")[1]
    ?.split("\n")
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll("`", ""))
    ) ?? []
const columns = head.slice(1)
const table = new Map(
  rows.map(([name = "", ...cells]) => [name, new Map(columns.map((column, at) => [column, cells[at]]))])
)

/** Checks each cell of the table that says yes or no. */
export const runtimesTable = (packed: () => Packed): void => {
  let project = ""
  let baseUrl = ""
  let sandbox: ChildProcess

  describe("the table of runtimes", () => {
    afterAll(() => {
      sandbox?.kill()
    })
    beforeAll(async () => {
      project = await install({
        registry: packed().registry,
        manager: "npm",
        peers: { effect: "^3.0.0", "@effect/platform": "^0.97.0", "@effect/sql-libsql": "^0.42.0" }
      })
      await addPrograms(project)
      sandbox = spawn(join(project, "node_modules/.bin/baanx"), ["sandbox", "--port", "0", "--json"])
      const [line = ""]: ReadonlyArray<unknown> = sandbox.stdout === null ? [] : await once(sandbox.stdout, "data")
      baseUrl = JSON.parse(String(line)).baseUrl
    })

    it("has only existing packages and runtimes, and says yes, no or not tried", () => {
      assert.isAtLeast(table.size, 6)
      for (const [name, cells] of table) {
        assert.include(packages, name)
        for (const [column, cell] of cells) {
          assert.include(["yes", "no", "not tried"], cell, `${name} in ${column}`)
          if (!(column in runtimes)) assert.strictEqual(cell, "not tried", `${name} in ${column}`)
        }
      }
    })

    for (const column of Object.keys(runtimes)) {
      const missing = column === "Chromium" && chromium === undefined
      describe.skipIf(missing)(`${column}${missing ? " (there is none in /usr/bin)" : ""}`, () => {
        let runs: Runtime
        beforeAll(async () => {
          runs = (await runtimes[column]?.()) ?? assert.fail(column)
        })

        for (const [name, cells] of table) {
          const cell = cells.get(column)
          if (cell === "not tried") continue
          it(`${name}: ${cell}`, async () => {
            const ended = await runs(project, name, baseUrl).then(
              () => "yes",
              (error: unknown) => (cell === "yes" ? Promise.reject(error) : "no")
            )
            assert.strictEqual(ended, cell)
          })
        }
      })
    }
  })
}
