/** Checks facts in the documentation against the code. */
import * as BaanxError from "@effect-baanx/oauth/BaanxError"
import { HttpApiSchema } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { pages, root } from "./Markdown.js"

const page = (path: string) => pages.find((page) => page.path === path)?.text ?? ""

describe("the errors", () => {
  const statuses = new Set(
    Object.entries(BaanxError).flatMap(([name, value]) =>
      Schema.isSchema(value) && "_tag" in value ? [`${name} ${HttpApiSchema.getStatusErrorAST(value.ast)}`] : []
    )
  )
  const rows = (path: string) =>
    [...page(path).matchAll(/^\| `(\w+Error)` +\| (\d{3}) /gm)].map(([, tag, status]) => `${tag} ${status}`)

  it("are all in their guide, with the status of each", () => {
    assert.deepStrictEqual(rows("docs/guides/errors.md").sort(), [...statuses].sort())
    assert.isAbove(statuses.size, 20)
  })

  it("are in the README, five of them", () => {
    assert.lengthOf(rows("README.md"), 5)
    assert.includeMembers([...statuses], rows("README.md"))
  })
})

describe("the README", () => {
  it("links every guide and every package", () => {
    const guides = pages.filter(({ path }) => /^docs\/guides\/|^docs\/[^/]+\.md$/.test(path)).map(({ path }) => path)
    assert.isAbove(guides.length, 8)
    assert.deepStrictEqual(
      guides.filter((path) => !page("README.md").includes(`](${path})`)),
      []
    )
  })
})

describe("the threat model", () => {
  it("names tests that exist", () => {
    const named = [...page("docs/security.md").matchAll(/\]\(([^)]+\.ts)\)((?:,? “[^”]+”)+)/g)].flatMap(
      ([, path = "", titles = ""]) => [...titles.matchAll(/“([^”]+)”/g)].map(([, title = ""]) => ({ path, title }))
    )
    assert.isAbove(named.length, 30)
    const missing = named.filter(({ path, title }) => !readFileSync(join(root, "docs", path), "utf8").includes(title))
    assert.deepStrictEqual(missing, [])
  })

  it("names a test for each threat", () => {
    const rows = page("docs/security.md")
      .split("\n")
      .filter((line) => line.startsWith("| "))
      .slice(2)
    assert.deepStrictEqual(
      rows.filter((row) => !row.includes("“")),
      []
    )
  })
})
