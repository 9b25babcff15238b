import { assert, describe, it } from "@effect/vitest"
import { documented } from "../src/InstallLines.js"
import { libraries } from "../src/Packages.js"

/** Of these, what npm installs without a version does not fit Effect 3, or need not tomorrow. */
const hasNewerMajor = /^(?:effect|@effect\/[^@]*|vitest)$/

describe("the lines that install", () => {
  it("are found, for five packages or more", async () => {
    const names = new Set((await documented()).installs.flatMap(({ names }) => names))
    assert.isAtLeast(libraries.filter((name) => names.has(`@effect-baanx/${name}`)).length, 5)
  })

  it("name the version of everything that has a newer major", async () => {
    const { installs } = await documented()
    for (const { at, script } of installs) {
      for (const word of script.split(/\s+/)) assert.notMatch(word, hasNewerMajor, `${at}: ${script}`)
    }
  })
})
