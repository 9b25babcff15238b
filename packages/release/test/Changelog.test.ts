import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "effect"
import { type Changeset, changelog, pages, parseChangeset } from "../src/Changelog.js"

const word = FastCheck.stringMatching(/^[a-z]{1,8}$/)

const changeset: FastCheck.Arbitrary<Changeset> = FastCheck.record({
  bump: FastCheck.constantFrom("major", "minor", "patch"),
  packages: FastCheck.array(word, { minLength: 1, maxLength: 3 }),
  text: FastCheck.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join(" "))
})

const written = ({ bump, packages, text }: Changeset): string =>
  `---\n${packages.map((name) => `"@effect-baanx/${name}": ${bump}\n`).join("")}---\n\n${text}\n`

describe("the changelog", () => {
  it("has every changeset (if not, run `npm run changelog`)", () => {
    const { expected, found } = pages()
    assert.strictEqual(found, expected)
  })

  it.prop(
    "lists the changesets as unreleased, then under their version, with earlier versions below",
    [
      FastCheck.array(changeset, { minLength: 1, maxLength: 4 }),
      FastCheck.array(changeset, { minLength: 1, maxLength: 4 })
    ],
    ([first, second]) => {
      const one = changelog("", first.map(written).map(parseChangeset), "0.0.0")
      for (const { packages, text } of first) assert.include(one, `- **${packages.join(", ")}**: ${text}\n`)
      assert.strictEqual(changelog(one, first, "0.0.0"), one)

      const released = changelog(one, [], "0.1.0")
      assert.strictEqual(released, one.replace("## Unreleased", "## 0.1.0"))
      assert.strictEqual(changelog(released, [], "0.1.0"), released)

      const two = changelog(released, second, "0.1.0")
      assert.isBelow(two.indexOf("## Unreleased"), two.indexOf("## 0.1.0"))
      assert.isTrue(two.endsWith(one.slice(one.indexOf("- **"))))
    }
  )
})
