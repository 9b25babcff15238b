/** `baanx sandbox` in its own process. */
import { SandboxAdmin } from "@effect-baanx/sandbox"
import { FetchHttpClient } from "@effect/platform"
import { assert } from "@effect/vitest"
import { Effect, Fiber, Layer, Schema } from "effect"
import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "baanx-cli-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

const Ready = Schema.Struct({
  baseUrl: Schema.String,
  clientId: Schema.String,
  clientKey: Schema.String,
  secretKey: Schema.String,
  redirectUri: Schema.String,
  users: Schema.Array(
    Schema.Struct({ email: Schema.String, password: Schema.String, otp: Schema.optional(Schema.String) })
  )
})

const inspectorFile = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../sandbox/inspector/${name}`, import.meta.url)), "utf8")

/** Starts the `bin.js` of a directory, reads its inspector, and sends SIGTERM in the middle of a response. */
export const endsOnSigterm = (directory: string) =>
  Effect.gen(function* () {
    const args = [join(directory, "bin.js"), "sandbox", "--port", "0", "--json", "--quiet"]
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => spawn(process.execPath, args, { env: {}, stdio: ["ignore", "pipe", "inherit"] })),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    )
    const ready = yield* Effect.async<typeof Ready.Type>((resume) => {
      child.stdout.once("data", (line) => resume(Effect.orDie(Schema.decode(Schema.parseJson(Ready))(String(line)))))
    })
    assert.deepStrictEqual(ready.users[1], {
      email: "otp@example.com",
      password: "sandbox-password",
      otp: "123456"
    })

    const inspector = yield* Effect.promise(() => fetch(`${ready.baseUrl}/_sandbox`).then((page) => page.text()))
    for (const name of ["inspector.css", "inspector.js"]) assert.include(inspector, inspectorFile(name))

    const admin = yield* Effect.provide(
      SandboxAdmin,
      Layer.provide(SandboxAdmin.layerAt(ready.baseUrl), FetchHttpClient.layer)
    )
    yield* admin.armFault({ payload: { kind: "delay", millis: 100, step: "user", times: 1 } })
    const answer = yield* Effect.fork(
      Effect.promise(() => fetch(`${ready.baseUrl}/v1/user`, { headers: { "x-client-key": ready.clientKey } }))
    )
    // The fault is used up once the request has arrived.
    yield* Effect.repeat(admin.state(), { until: ({ faults }) => faults.length === 0 })
    const exit = yield* Effect.fork(
      Effect.async<number | null>((resume) => {
        child.once("exit", (code) => resume(Effect.succeed(code)))
      })
    )
    child.kill("SIGTERM")
    assert.strictEqual((yield* Fiber.join(answer)).status, 401)
    assert.strictEqual(yield* Fiber.join(exit), 0)
  })
