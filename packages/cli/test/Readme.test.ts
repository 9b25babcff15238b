/** The output that the project's README shows is the output that a reader gets. */
import { Sandbox } from "@effect-baanx/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { readFlags } from "../src/SandboxFlags.js"

const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8")
const fences = (language: string) =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map(([, text = ""]) => text)
const [demo = "", grant = ""] = fences("text")
const [code = ""] = fences("ts")

const run = promisify(execFile)
const node = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) =>
  Effect.promise(() => run(process.execPath, [...args], { env: { NO_COLOR: "1", ...env } }))

/** Below this package, so that imports find the packages. */
const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(fileURLToPath(new URL("../.readme-", import.meta.url)))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

describe("the README", () => {
  const figures = (text: string) => text.replace(/[0-9a-f]{6}…/g, "…").replace(/\d+/g, "0")

  it.effect("shows what npm start prints", () =>
    Effect.gen(function* () {
      const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url))
      const { stdout } = yield* node([bin, "demo"], { npm_package_name: "effect-baanx" })
      assert.strictEqual(figures(stdout), figures(demo))
    })
  )

  it.scoped("shows what its first program prints, apart from the port", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* Sandbox
      const file = join(yield* folder, "code.mjs")
      const address = `http://127.0.0.1:${readFlags([])?.port}`
      assert.include(code, address)
      writeFileSync(file, code.replace(address, baseUrl))
      assert.strictEqual((yield* node([file])).stdout, grant)
    }).pipe(Effect.provide(Sandbox.layer()))
  )
})
