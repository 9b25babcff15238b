import { relative } from "node:path"
import process from "node:process"
import { defineConfig } from "vitest/config"
import type { SerializedError, TestModule } from "vitest/node"
import type { Reporter } from "vitest/reporters"

// Not "import" or "module": these would apply to `require` in a CommonJS dependency too.
const conditions = ["@effect-baanx/source", "node"]

/** `npm run test:full` (`FULL=1`) runs in full what `npm test` runs in a small size or not at all. */
const full = process.env["FULL"] === "1"
const onlyInFull = "packages/*/test/*.full.test.ts"
const sized = [
  "packages/oauth/test/{AuthorizeService,MemoryStores,SessionModel,SignInModel,TokenSession}.test.ts",
  "packages/oauth/test/adversarial/*.test.ts",
  "packages/sandbox/test/{Browser,Load}.test.ts",
  "docs/examples/backend/test/Chromium.test.ts",
  "packages/sql/test/{Chaos,LibsqlStores,PostgresStores}.test.ts"
]

/** The seed of random tests: the same on each run, so that a failure comes from your change. */
const { SEED = "77" } = process.env
const seed = SEED === "random" ? String(Math.trunc(Math.random() * 2 ** 31)) : SEED

const pathOf = ({ moduleId }: TestModule): string => relative(import.meta.dirname, moduleId)
const reason = ([error]: ReadonlyArray<SerializedError> = []): string => `: ${error?.message.split("\n")[0] ?? ""}`

/** The last lines of a run: what was skipped, with the reason from the suite's title, what failed, and the totals. */
const closingLines: Reporter = {
  onTestRunEnd(modules, errors) {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const inState = (state: string) => tests.filter((test) => test.result().state === state)
    const broken = modules
      .flatMap((module) => [module, ...module.children.allSuites()])
      .filter((group) => group.errors().length > 0)
    const skipped = new Map<string, number>()
    for (const { module, parent } of inState("skipped")) {
      const title = parent.type === "suite" ? parent.fullName : pathOf(module)
      skipped.set(title, (skipped.get(title) ?? 0) + 1)
    }
    process.on("exit", () => {
      for (const [title, count] of skipped) console.log(`${count} skipped: ${title}`)
      const failures = [
        ...inState("failed").map((test) => `${pathOf(test.module)} > ${test.fullName}${reason(test.result().errors)}`),
        ...broken.map(
          (group) => `${group.type === "module" ? pathOf(group) : group.fullName}${reason(group.errors())}`
        ),
        ...(errors.length === 0 ? [] : [`outside the tests${reason(errors)}`])
      ]
      for (const failure of failures) console.log(`failed: ${failure}`)
      if (SEED === "random") console.log(`SEED=${seed}`)
      const failed = inState("failed").length + broken.length + errors.length
      console.log(`${inState("passed").length} passed, ${failed} failed`)
    })
  }
}

const minute = 60_000
const limit = full ? 10 * minute : 2 * minute

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: full ? [onlyInFull, ...sized] : ["packages/*/test/**/*.test.ts", "docs/examples/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", ...(full ? [] : [onlyInFull])],
    env: { SEED: seed },
    setupFiles: "vitest.setup.ts",
    // Importing effect and this workspace takes a second or two: do it once per worker, not once per file.
    isolate: false,
    // By default, Vitest leaves one core free, which is half of a machine with two. If the minimum is below the
    // maximum, the pool ends idle workers, and sometimes one that has just been given a file.
    maxWorkers: "100%",
    minWorkers: "100%",
    // For tests that hang, not for slow ones: machines differ.
    testTimeout: limit,
    hookTimeout: limit,
    reporters: [process.env["CI"] ? ["default", { summary: false }] : "default", closingLines]
  }
})
