import { Sandbox, SandboxAdmin, sandboxFaultNames, SandboxSeed } from "@effect-baanx/sandbox"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Schema, TestClock } from "effect"
import { execFile } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const read = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), "utf8")
const readme = read("../README.md")
const blocks = (language: string) =>
  Array.from(readme.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "gs")), ([, text = ""]) => text)

// example: in process
it.effect("a session lives 10 minutes", () =>
  Effect.gen(function* () {
    const { baseUrl, clientKey, redirectUri, requests } = yield* Sandbox
    const admin = yield* SandboxAdmin
    yield* admin.armFault({ payload: { kind: "status", step: "login", status: 503, times: 1 } })
    yield* TestClock.adjust("10 minutes")
    // … sign in with your own code, through the HttpClient of this layer …
    expect(baseUrl).toBe("http://localhost")
    expect(yield* requests).toEqual([])
    expect([clientKey, redirectUri]).toEqual(["sandbox-client-key", "http://localhost:3000/callback"])
  }).pipe(
    Effect.provide(SandboxAdmin.layer),
    Effect.provide(Sandbox.layerHttpClient({ seed: "the same ids on each run" }))
  )
)
// end

describe("the README", () => {
  it("shows the example that runs here", () => {
    const [, example = ""] = read("Readme.test.ts").split("// example: in process\n")
    expect(readme).toContain(example.split("// end\n", 1)[0])
  })

  it.effect("shows a valid seed file", () =>
    Effect.gen(function* () {
      const [, seed = ""] = blocks("json")
      const decoded = yield* Schema.decode(Schema.parseJson(SandboxSeed))(seed, { onExcessProperty: "error" })
      expect(decoded.clients[0].clientKey).toBe("key")
    })
  )

  it.effect("names every setting", () =>
    Effect.gen(function* () {
      const { settings } = yield* Schema.decode(SandboxSeed)({ settings: { rateLimit: { requests: 1, seconds: 1 } } })
      const documented = new Set(["sessionSeconds", "loginTokenSeconds", "accessTokenSeconds"])
      for (const name of Object.keys(settings)) {
        if (!documented.has(name)) expect(readme).toContain(`\`${name}\``)
      }
    })
  )

  it("describes each named fault as the code does", () => {
    const rows = readme.split("\n").map((row) => row.replaceAll(/ +/g, " "))
    for (const [name, text] of Object.entries(sandboxFaultNames)) expect(rows).toContain(`| \`${name}\` | ${text} |`)
  })

  const curl = existsSync("/usr/bin/curl") ? it.scopedLive : it.scopedLive.skip
  curl("shows curl commands that work", () =>
    Effect.gen(function* () {
      const { baseUrl, requests } = yield* Sandbox
      const script = blocks("sh").find((block) => block.includes("_sandbox/api")) ?? "exit 1"
      yield* Effect.promise(() =>
        promisify(execFile)("/bin/bash", ["-euc", script], { env: { BASE: baseUrl, PATH: "/usr/bin:/bin" } })
      )
      expect(yield* requests).toEqual([])
    }).pipe(Effect.provide(Sandbox.layer()))
  )
})
