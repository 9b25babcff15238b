import { defineConfig } from "vitest/config"

const conditions = ["@effect-baanx/source", "node"]

/** The tests that a mutant has to survive: all but the attacks, which take too long to be run for each. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  // Stryker copies this folder alone, without the base configuration that its own ones extend.
  esbuild: { tsconfigRaw: JSON.stringify({ compilerOptions: { target: "es2022", verbatimModuleSyntax: true } }) },
  test: { include: ["test/*.test.ts"], exclude: [] }
})
