import { assert, beforeAll, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { assertChart, assertPage } from "./Fixtures.js"

const bench = async (...args: ReadonlyArray<string>): Promise<string> => {
  const main = fileURLToPath(new URL("../dist/main.js", import.meta.url))
  return (await promisify(execFile)(process.execPath, [main, ...args])).stdout
}

beforeAll(async () => {
  await promisify(execFile)("npm", ["run", "build:effect-4"])
})

describe("the bench", () => {
  it("writes a page and a chart with every contender", async () => {
    const out = await mkdtemp(join(tmpdir(), "baanx-bench-test-"))
    try {
      const printed = await bench("--quick", "--out", out)
      assertPage(await readFile(join(out, "benchmarks.md"), "utf8"), printed)
      assertChart(await readFile(join(out, "benchmarks.svg"), "utf8"))
    } finally {
      await rm(out, { recursive: true })
    }
  })

  it("leaks no socket, fiber, listener or warning in 200,000 calls, of which one in twenty is interrupted", async () => {
    const printed = await bench("soak")
    for (const left of ["sockets", "fibers", "listeners", "warnings"]) assert.match(printed, new RegExp(`${left}: 0,`))
    assert.match(printed, /interrupted: [1-9]/)
  })
})
