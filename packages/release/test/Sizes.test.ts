import { assert, describe, it } from "@effect/vitest"
import { root, run } from "../src/Packages.js"
import { bundleSize } from "../src/Sizes.js"

const limits = [
  ["only step 3", 'export { AuthorizeService, BaanxClient } from "@effect-baanx/oauth"', 12_000],
  ["all of @effect-baanx/oauth", 'export * from "@effect-baanx/oauth"', 26_000]
] as const

describe("the size of an import", () => {
  it("stays below its limit", async () => {
    await run("npx", ["tsc", "-b"], { cwd: root })
    for (const [title, code, limit] of limits) {
      const size = await bundleSize(code)
      assert.isAbove(size, 0, title)
      assert.isBelow(size, limit, title)
    }
  })
})
