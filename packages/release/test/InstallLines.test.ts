import { assert, describe, it } from "@effect/vitest"
import { documented } from "../src/InstallLines.js"
import { libraries } from "../src/Packages.js"

/** Packages whose latest version does not fit Effect 3, or may soon not. */
const hasNewerMajor = /^(?:effect|@effect\/[^@]*|vitest)$/

describe("the install commands of the documentation", () => {
  it("are found for at least five packages", async () => {
    const names = new Set((await documented()).installs.flatMap(({ names }) => names))
    assert.isAtLeast(libraries.filter((name) => names.has(`@effect-baanx/${name}`)).length, 5)
  })

  it("give a version for every package that has a newer major", async () => {
    const { installs } = await documented()
    for (const { at, script } of installs) {
      for (const word of script.split(/\s+/)) assert.notMatch(word, hasNewerMajor, `${at}: ${script}`)
    }
  })
})
