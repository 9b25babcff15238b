import { assert, describe, it } from "@effect/vitest"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { root, run } from "../src/Packages.js"
import { page, sizes } from "../src/Sizes.js"

describe("the sizes of imports", () => {
  it("stay under their limits, and are those of the documentation", async () => {
    await run("npx", ["tsc", "-b"], { cwd: root })
    const measured = await sizes()
    const limits: Readonly<Record<string, number>> = {
      "step 3 alone": 12_000,
      "all of `@effect-baanx/oauth`": 18_000
    }
    for (const [title, limit] of Object.entries(limits)) {
      const gzipped = measured.find((size) => size.title === title)?.gzipped
      assert.isDefined(gzipped, title)
      assert.isBelow(gzipped ?? limit, limit, title)
    }
    const documented = await readFile(join(root, "docs/sizes.md"), "utf8")
    const numbers = (text: string) => [...text.matchAll(/(\d+\.\d) kB/g)].map(([, number]) => Number(number))
    for (const [index, number] of numbers(page(measured)).entries()) {
      const written = numbers(documented)[index] ?? 0
      assert.isBelow(Math.abs(written - number) / number, 0.1, "npm run sizes writes docs/sizes.md anew")
    }
  })
})
