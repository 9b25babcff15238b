import process from "node:process"
import { defineConfig } from "vitest/config"

const conditions = ["@effect-baanx/source", "node"]

/** The tests that have to find a mutant: those of its group in `packages/release/src/mutate.ts`. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  // Stryker copies only this folder, without the base configuration that the folder's own ones extend.
  esbuild: { tsconfigRaw: JSON.stringify({ compilerOptions: { target: "es2022", verbatimModuleSyntax: true } }) },
  test: {
    include: (process.env["MUTATION_TESTS"] ?? "*").split(",").map((name) => `test/${name}.test.ts`),
    exclude: []
  }
})
