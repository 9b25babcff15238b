import { assert, describe, it } from "@effect/vitest"
import { readdirSync } from "node:fs"

const modules = readdirSync(new URL("../src/", import.meta.url)).filter((file) => file.endsWith(".ts"))

describe("each module", () => {
  for (const file of modules) {
    it(`can be imported on its own: ${file}`, async () => {
      const module: unknown = await import(`../src/${file.replace(/\.ts$/, ".js")}`)
      assert.isNotEmpty(module)
    })
  }
})

it("the package root exports neither test helpers nor plumbing", async () => {
  const root = await import("@effect-baanx/oauth")
  const plumbing = ["Lease", "checkCredentials", "checkRedirectUrl", "isLoopback", "pendingLifetime", "random256"]
  const helpers = ["MockHttpClient", "answerFailure", "answerJson", "answerNever", "answerText"]
  assert.deepStrictEqual(
    [...plumbing, ...helpers, "resolveConfig", "secretEquals"].filter((name) => name in root),
    []
  )
})
