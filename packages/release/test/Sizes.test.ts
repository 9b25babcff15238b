import { assert, describe, it } from "@effect/vitest"
import { root, run } from "../src/Packages.js"
import { bundleSize, parts } from "../src/Sizes.js"

const limits = { "step 3 alone": 12_000, "all of `@effect-baanx/oauth`": 26_000 } as const

describe("the size of an import", () => {
  it("stays below its limit", async () => {
    await run("npx", ["tsc", "-b"], { cwd: root })
    for (const title of ["step 3 alone", "all of `@effect-baanx/oauth`"] as const) {
      const size = await bundleSize(parts[title])
      assert.isAbove(size, 0, title)
      assert.isBelow(size, limits[title], title)
    }
  })
})
