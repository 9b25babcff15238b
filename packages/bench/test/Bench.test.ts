import { assert, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { contenderNames, contenders } from "../src/Contender.js"

it("a quick run measures every contender and writes the page and its chart", async () => {
  const out = await mkdtemp(join(tmpdir(), "baanx-bench-test-"))
  try {
    const main = fileURLToPath(new URL("../dist/main.js", import.meta.url))
    // The bench itself ends in an error where the server has not seen what a contender says it sent.
    const { stdout } = await promisify(execFile)(process.execPath, [main, "--quick", "--out", out])
    const page = await readFile(join(out, "benchmarks.md"), "utf8")
    for (const name of contenderNames) {
      assert.include(stdout, contenders[name].title)
      assert.include(page, contenders[name].title)
    }
    for (const text of [page, stdout]) {
      assert.include(text, "baanx sandbox")
      assert.notInclude(text, "NaN")
    }
    const svg = await readFile(join(out, "benchmarks.svg"), "utf8")
    assert.match(svg, /^<svg[^>]* xmlns="http:\/\/www.w3.org\/2000\/svg"/)
    assert.include(svg, "prefers-color-scheme: dark")
    assert.include(svg, "openid-client")
  } finally {
    await rm(out, { recursive: true })
  }
}, 180_000)
