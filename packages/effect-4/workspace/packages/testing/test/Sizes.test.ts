import { assert, describe, it } from "@effect/vitest"
import { bundleSize, parts } from "../../../../../release/dist/Sizes.js"

const limits = { "step 3 alone": 12_500, "all of `@effect-baanx/oauth`": 26_000 } as const

describe("the size of an import", () => {
  for (const title of ["step 3 alone", "all of `@effect-baanx/oauth`"] as const) {
    it(`stays below its limit: ${title}`, async () => {
      const size = await bundleSize(parts[title], { line: "effect-4" })
      assert.isAbove(size, 0)
      assert.isBelow(size, limits[title])
    })
  }
})
