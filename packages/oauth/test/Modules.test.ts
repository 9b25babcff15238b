import { assert, describe, it } from "@effect/vitest"
import { readdirSync } from "node:fs"

const modules = readdirSync(new URL("../src/", import.meta.url)).filter((file) => file.endsWith(".ts"))

describe("each module", () => {
  for (const file of modules) {
    it(`can be imported alone: ${file}`, async () => {
      const module: unknown = await import(`../src/${file.replace(/\.ts$/, ".js")}`)
      assert.isNotEmpty(module)
    })
  }
})
