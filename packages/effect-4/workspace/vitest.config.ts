import process from "node:process"
import { defineConfig } from "vitest/config"
import type { Reporter } from "vitest/reporters"

const conditions = ["@effect-baanx/source", "node"]

/** The last line of a run: the totals, in the form that the tests for Effect 3 print. */
const closingLine: Reporter = {
  onTestRunEnd(modules, errors) {
    const states = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state))
    const broken = modules.filter((module) => module.errors().length > 0).length
    const failed = states.filter((state) => state === "failed").length + broken + errors.length
    process.on("exit", () => {
      if (SEED === "random") console.log(`SEED=${seed}`)
      console.log(`${states.filter((state) => state === "passed").length} passed, ${failed} failed`)
    })
  }
}

/** Random tests draw the same values on each run, as in the root. */
const { FULL, SEED = "77" } = process.env
const seed = SEED === "random" ? String(Math.trunc(Math.random() * 2 ** 31)) : SEED

const limit = (FULL === "1" ? 10 : 2) * 60_000

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/test/**/*.test.ts"],
    exclude: ["**/node_modules/**", ...(FULL === "1" ? [] : ["**/*.full.test.ts"])],
    env: { SEED: seed },
    setupFiles: "vitest.setup.ts",
    isolate: false,
    maxWorkers: 2,
    testTimeout: limit,
    hookTimeout: limit,
    reporters: [["default", { summary: false }], closingLine]
  }
})
