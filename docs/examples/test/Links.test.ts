import { assert, describe, it } from "@effect/vitest"
import { brokenLinks, pages } from "./Markdown.js"

describe("the links of the documentation", () => {
  it("each lead to a file and heading in this repository, or outside it", () => {
    assert.deepStrictEqual(brokenLinks(pages), [])
  })

  it("are reported with their line if they are broken", () => {
    const page = {
      path: "docs/page.md",
      text: "# A `page`\n\n[good](#a-page) [good](../LICENSE) [bad](#b-page)\n\n- [bad](none.md)\n- [good](https://effect.website)\n\n[bad](../../outside.md)"
    }
    assert.deepStrictEqual(brokenLinks([page]), [
      "docs/page.md:3 #b-page",
      "docs/page.md:5 none.md",
      "docs/page.md:8 ../../outside.md"
    ])
  })
})
