import { defineConfig } from "vitest/config"

const source = "@effect-baanx/source"

export default defineConfig({
  resolve: { conditions: [source, "node", "import", "module", "default"] },
  ssr: { resolve: { conditions: [source, "node", "import", "module", "default"] } },
  test: {
    include: ["packages/*/test/**/*.test.ts", "docs/examples/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
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
