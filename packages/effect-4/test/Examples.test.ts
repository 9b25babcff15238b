import { assert, describe, it } from "@effect/vitest"
import { examplesOfPage, examplesOfSource, pageForEffect4, sourceForEffect4, withBoth } from "../src/Examples.js"

const on4 = (code: string): string => code.replace("three", "four")

const fence = (info: string, code: string): string => `\`\`\`${info}\n${code}\n\`\`\`\n`

const below = (info: string, code: string): string =>
  `\n<details>\n<summary>On Effect 4</summary>\n\n${fence(info, code)}\n</details>\n`

describe("the examples of a page", () => {
  const page = `# A page

${fence("ts", "same()")}
Words.

${fence("ts", "three()")}
${fence("ts effect-3", "only(three)")}
${fence("ts", "by(hand, three)")}${below("ts effect-4 by-hand", "by(hand)")}
${fence("sh", "three")}`

  const both = page.replace(fence("ts", "three()"), fence("ts", "three()") + below("ts effect-4", "four()"))

  it("are found with their lines, except those for Effect 3 only", () => {
    assert.deepStrictEqual(examplesOfPage("docs/page.md", page), [
      { at: "docs/page.md:4", code: "same()\n", byHand: undefined },
      { at: "docs/page.md:10", code: "three()\n", byHand: undefined },
      { at: "docs/page.md:18", code: "by(hand, three)\n", byHand: "by(hand)\n" }
    ])
  })

  it("get their version for Effect 4 under them if it differs, and keep one that is written by hand", () => {
    assert.strictEqual(withBoth(page, on4), both)
    assert.strictEqual(withBoth(both, on4), both)
    assert.strictEqual(
      withBoth(both, (code) => code),
      page
    )
  })

  it("are replaced by those for Effect 4 in the page of a package for Effect 4", () => {
    const byHand = (code: string): string => (code.startsWith("by") ? "by(hand)\n" : on4(code))
    assert.strictEqual(
      pageForEffect4(both, byHand),
      page
        .replace("three()", "four()")
        .replace("by(hand, three)", "by(hand)")
        .replace(below("ts effect-4 by-hand", "by(hand)"), "")
    )
  })
})

describe("the examples of a docstring", () => {
  const source = `/**
 * A name.
 *
 * @example
 * \`\`\`ts
 * three({
 *   a: 1
 * })
 *
 * last()
 * \`\`\`
 */
export interface A {
  /**
   * \`\`\`ts
   * three()
   * \`\`\`
   */
  readonly three: string
}
`

  it("are found without their stars", () => {
    assert.deepStrictEqual(
      examplesOfSource("src/A.ts", source).map(({ at, code }) => [at, code]),
      [
        ["src/A.ts:6", "three({\n  a: 1\n})\n\nlast()\n"],
        ["src/A.ts:16", "three()\n"]
      ]
    )
  })

  it("are replaced by those for Effect 4 in the source, which otherwise stays as it is", () => {
    assert.strictEqual(sourceForEffect4(source, on4), source.replace("three({", "four({").replace("three()", "four()"))
  })
})
