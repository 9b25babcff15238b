import process from "node:process"
import { defineConfig } from "vitest/config"

const conditions = ["@effect-baanx/source", "node"]

/** The tests that a mutant has to survive: those of its group in `packages/release/src/mutate.ts`. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  // Stryker copies this folder alone, without the base configuration that its own ones extend.
  esbuild: { tsconfigRaw: JSON.stringify({ compilerOptions: { target: "es2022", verbatimModuleSyntax: true } }) },
  test: {
    include: (process.env["MUTATION_TESTS"] ?? "*").split(",").map((name) => `test/${name}.test.ts`),
    exclude: []
  }
})
