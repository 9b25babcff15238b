/** Runs the backend in the README of `@effect-baanx/server`, unchanged, in its own process. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { transform } from "esbuild"
import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import * as Net from "node:net"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { pagesOf, socketBrowser, startSandbox } from "./Fixtures.js"
import { signInOnPages } from "../../../../packages/server/test/HostedPages.js"

const readme = readFileSync(new URL("../../../../packages/server/README.md", import.meta.url), "utf8")
const [, code = ""] = /^```ts\n(.*?)^```$/ms.exec(readme) ?? []

const folder = Effect.acquireRelease(
  // Inside the workspace, so that the packages are found.
  Effect.sync(() => mkdtempSync(fileURLToPath(new URL("../.readme-", import.meta.url)))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** Starts the process and returns the port that it logs. */
const start = (file: string, env: Readonly<Record<string, string>>) =>
  Effect.flatMap(
    Effect.acquireRelease(
      Effect.sync(() => spawn(process.execPath, [file], { env: { ...process.env, ...env } })),
      (child) => Effect.sync(() => child.kill())
    ),
    (child) =>
      Effect.async<number>((resume) => {
        let printed = ""
        for (const stream of [child.stdout, child.stderr]) {
          stream.setEncoding("utf8").on("data", (text: string) => {
            printed += text
            const [, port] = /Listening on \S*:(\d+)/.exec(printed) ?? []
            if (port !== undefined) resume(Effect.succeed(Number(port)))
          })
        }
        child.on("exit", () => resume(Effect.dieMessage(`The process ended before it listened: ${printed}`)))
      })
  )

/** Listens on a port that is known before the process starts, and forwards connections to the process. */
const relay = Effect.acquireRelease(
  Effect.async<{ readonly home: URL; readonly leadTo: (port: number) => void; readonly server: Net.Server }>(
    (resume) => {
      let target = 0
      const server = Net.createServer((client) => {
        const backend = Net.connect(target, "localhost")
        client.pipe(backend).pipe(client)
        client.on("error", () => backend.destroy())
        backend.on("error", () => client.destroy())
      })
      server.listen(0, "localhost", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        resume(
          Effect.succeed({ home: new URL(`http://localhost:${port}/`), leadTo: (port) => void (target = port), server })
        )
      })
    }
  ),
  ({ server }) => Effect.sync(() => server.close())
)

describe("the backend in the README of @effect-baanx/server", () => {
  it("has fewer than 40 lines", () => {
    assert.isBelow(code.trimEnd().split("\n").length, 40)
    assert.include(code, "NodeRuntime.runMain")
  })

  it.scopedLive("signs a user in", () =>
    Effect.gen(function* () {
      const { home, leadTo } = yield* relay
      const { redirectUri, settings } = yield* startSandbox(home)
      const file = join(yield* folder, "backend.mjs")
      const compiled = yield* Effect.promise(() => transform(code, { loader: "ts", format: "esm" }))
      writeFileSync(file, compiled.code)
      leadTo(
        yield* start(file, {
          REDIRECT_URI: redirectUri,
          PORT: "0",
          BAANX_BASE_URL: settings.baseUrl,
          BAANX_CLIENT_KEY: "client-key"
        })
      )
      const [at, browser] = [pagesOf(home), socketBrowser()]
      assert.strictEqual((yield* browser.visit(home)).status, 401)
      const { callback, last } = yield* signInOnPages(browser, (yield* browser.visit(at("/sign-in"))).location)
      const { location } = yield* browser.visit(callback, { from: last })
      assert.include((yield* browser.visit(location, { from: last })).body, "user@example.com")
    })
  )
})
