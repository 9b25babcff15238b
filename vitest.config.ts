import { defineConfig } from "vitest/config"

// No "import" or "module" among them: they reach the `require` of a CommonJS dependency too.
const conditions = ["@effect-baanx/source", "node"]

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/test/**/*.test.ts", "docs/examples/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    // Vitest leaves one core free, which on a machine of two is half of it.
    maxWorkers: "100%",
    minWorkers: 1,
    // For what hangs, not for what is slow: machines differ.
    testTimeout: 30_000,
    reporters: [
      process.env["CI"] ? ["default", { summary: false }] : "default",
      {
        onTestRunEnd(modules, errors) {
          const tests = modules.flatMap((module) => [...module.children.allTests()])
          const count = (state: string) => tests.filter((test) => test.result().state === state).length
          const broken = modules.filter((module) => module.errors().length > 0).length + errors.length
          process.on("exit", () => console.log(`${count("passed")} passed, ${count("failed") + broken} failed`))
        }
      }
    ]
  }
})
