import { assert, describe, it } from "@effect/vitest"
import { lacks } from "../src/Docstrings.js"
import { libraries } from "../src/Packages.js"

describe("every public name says what it is, since when, and where it belongs", () => {
  for (const name of libraries) {
    it(name, () => {
      assert.deepStrictEqual(lacks(name), [])
    })
  }
})
