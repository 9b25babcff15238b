import { assert, describe, it } from "@effect/vitest"
import { lacks } from "../src/Docstrings.js"
import { libraries } from "../src/Packages.js"

describe("every public name has a description, @since and @category", () => {
  for (const name of libraries) {
    it(name, () => {
      assert.deepStrictEqual(lacks(name), [])
    })
  }
})
