import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { copyFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { endsOnSigterm, folder } from "./SandboxProcess.js"

interface Run {
  readonly status: number
  readonly out: string
  readonly err: string
}

const run = (command: string, args: ReadonlyArray<string>, cwd: string, env: NodeJS.ProcessEnv = process.env) =>
  Effect.async<Run>((resume) => {
    execFile(command, [...args], { cwd, env }, (error, out, err) =>
      resume(Effect.succeed({ status: typeof error?.code === "number" ? error.code : 0, out, err }))
    )
  })

/** The published command, in a folder without any other package. */
const published = Effect.gen(function* () {
  const target = yield* folder
  const packageFolder = fileURLToPath(new URL("..", import.meta.url))
  copyFileSync(join(packageFolder, "package.json"), join(target, "package.json"))
  const outdir = join(target, "bundle")
  const { err, status } = yield* run("npm", ["run", "--silent", "bundle", "--", `--outdir=${outdir}`], packageFolder)
  assert.deepStrictEqual([status, err], [0, ""])
  return outdir
})

it.scopedLive("sandbox, as published, reports when it is ready and finishes the response in flight on SIGTERM", () =>
  Effect.flatMap(published, endsOnSigterm)
)

it.scopedLive(
  "the published command needs no other package except the driver of SQLite, and says how to install it",
  () =>
    Effect.gen(function* () {
      const outdir = yield* published
      const baanx = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) =>
        run(process.execPath, [join(outdir, "bin.js"), ...args], outdir, env)
      assert.match((yield* baanx(["--version"])).out, /^\d+\.\d+\.\d+/)
      const demo = yield* baanx(["demo", "--json"])
      assert.deepStrictEqual([demo.status, demo.err, JSON.parse(demo.out).ok], [0, "", true])
      assert.match((yield* baanx(["store", "new-key"])).out, /^[\w-]{43}\n$/)
      const postgres = yield* baanx(["store", "check"], {
        BAANX_STORE_URL: "postgres://user:hunter2@127.0.0.1:1/baanx"
      })
      assert.strictEqual(postgres.status, 1)
      assert.include(postgres.err, "Nothing listens")
      const sqlite = yield* baanx(["store", "check"], { BAANX_STORE_URL: "file:baanx.db" })
      assert.strictEqual(sqlite.status, 2)
      assert.match(sqlite.err, /^baanx: SQLite needs the package @libsql\/client, .*npm install @libsql\/client@.*\n$/)
    })
)
