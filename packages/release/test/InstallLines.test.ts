import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "effect"
import { documented, installLineOf } from "../src/InstallLines.js"
import { libraries, packagesOf } from "../src/Packages.js"

describe("the install commands of the documentation", () => {
  it("are found for at least five packages, and for both versions of Effect", async () => {
    const { installs } = await documented()
    const names = new Set(installs.flatMap(({ names }) => names))
    assert.isAtLeast(libraries.filter((name) => names.has(`@effect-baanx/${name}`)).length, 5)
    assert.sameMembers([...new Set(installs.map(({ line }) => line))], ["effect-3", "effect-4"])
  })

  it("each install one Effect", async () => {
    const { installs } = await documented()
    const faults = installs.filter(({ faults }) => faults.length > 0)
    assert.deepStrictEqual(
      faults.map(({ at, faults, script }) => `${at}: ${script}: ${faults.join(", ")}`),
      []
    )
  })
})

describe("an install command", () => {
  const command = FastCheck.constantFrom("npm install", "npm i --save-dev", "pnpm add --ignore-scripts")
  const onBoth = FastCheck.constantFrom(...packagesOf["effect-4"]).map((name) => `@effect-baanx/${name}`)
  const some = (word: FastCheck.Arbitrary<string>) => FastCheck.array(word, { minLength: 1, maxLength: 4 })
  const other = FastCheck.constantFrom("hono", "jose@6", "@types/node", "@effect-baanx/cli")

  const companion = FastCheck.constantFrom("effect", "@effect/platform-node", "@effect/sql-pg", "@effect/vitest")
  const forEffect4 = FastCheck.oneof(onBoth, companion, other, FastCheck.constant("../tarballs/effect-4/*.tgz"))
  const notForEffect4 = FastCheck.oneof(
    onBoth.map((name) => `${name}@effect-3`),
    FastCheck.constantFrom("@effect-baanx/sandbox", "../tarballs/*.tgz"),
    FastCheck.constantFrom("@effect/platform", "@effect/sql", "@effect/experimental").chain((name) =>
      FastCheck.constantFrom(name, `${name}@0.97`)
    ),
    companion.map((name) => `${name}@${name === "effect" ? "3" : "0.97"}`)
  )

  const versioned = FastCheck.constantFrom("effect@3", "@effect/platform@0.97", "@effect/sql-pg@0.53", "vitest@3")
  const forEffect3 = FastCheck.oneof(
    onBoth.map((name) => `${name}@effect-3`),
    FastCheck.constantFrom("@effect-baanx/sandbox", "../tarballs/*.tgz"),
    versioned,
    other
  )
  const notForEffect3 = FastCheck.oneof(
    onBoth,
    FastCheck.constant("../tarballs/effect-4/*.tgz"),
    versioned.map((word) => word.replace(/(?<=.)@.*/, ""))
  )

  const lineOf = (command: string, words: ReadonlyArray<string>) => {
    const line = installLineOf("a page", [command, ...words].join(" "))
    return line === undefined ? assert.fail() : line
  }

  it.prop(
    "is for Effect 4 without any mention of it, and names nothing of Effect 3",
    [command, onBoth, some(forEffect4), notForEffect4],
    ([command, ours, words, foreign]) => {
      const { faults, line } = lineOf(command, [ours, ...words])
      assert.deepStrictEqual({ faults, line }, { faults: [], line: "effect-4" })
      assert.isNotEmpty(lineOf(command, [...words, ours, foreign]).faults)
    }
  )

  it.prop(
    "is for Effect 3 by our tag, and gives a version for whatever has one for Effect 4",
    [command, onBoth, some(forEffect3), notForEffect3],
    ([command, ours, words, foreign]) => {
      const { faults, line } = lineOf(command, [`${ours}@effect-3`, ...words])
      assert.deepStrictEqual({ faults, line }, { faults: [], line: "effect-3" })
      assert.isNotEmpty(lineOf(command, [...words, `${ours}@effect-3`, foreign]).faults)
    }
  )
})
