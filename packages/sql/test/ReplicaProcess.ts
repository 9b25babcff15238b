/** Starts, calls and kills the process of `Replica.ts`. */
import { Effect } from "effect"
import { type ChildProcess, fork } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { temporaryDirectory } from "./Fixtures.js"
import type * as Replica from "./Replica.js"

export type Question = typeof Replica.Question.Encoded
export type Answer = typeof Replica.Answer.Encoded

const isAnswer = (message: unknown): message is Answer =>
  typeof message === "object" && message !== null && "id" in message && "tag" in message

/** Bundles the program of a replica into one file, so that it starts quickly and needs no build. */
export const program = Effect.gen(function* () {
  const directory = yield* temporaryDirectory("baanx-replica-")
  const outfile = join(directory, "replica.mjs")
  yield* Effect.promise(() =>
    build({
      entryPoints: [fileURLToPath(new URL("Replica.ts", import.meta.url))],
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      conditions: ["@effect-baanx/source"],
      external: ["pg-native"],
      banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" }
    })
  )
  return outfile
})

/** A process that can be called, killed and restarted. While it is down, calls return `Down`. */
export const replicaWith = (program: string, settings: typeof Replica.Settings.Encoded) =>
  Effect.gen(function* () {
    /** The process, and a promise of it once it is ready. */
    let latest: ChildProcess | undefined
    let child: ChildProcess | undefined
    let count = 0
    const waiting = new Map<number, (answer: Answer) => void>()

    const start = Effect.async<void>((resume) => {
      const started = fork(program, [JSON.stringify(settings)], {
        // Without the export conditions of this process, which resolve to sources.
        execArgv: [],
        stdio: ["ignore", "inherit", "inherit", "ipc"]
      })
      latest = started
      started.on("message", (message) => {
        if (isAnswer(message)) {
          waiting.get(message.id)?.(message)
          waiting.delete(message.id)
        } else {
          child = started
          resume(Effect.void)
        }
      })
    })
    const kill = Effect.async<void>((resume) => {
      const killed = child
      if (killed === undefined) return resume(Effect.void)
      child = undefined
      killed.once("exit", () => {
        for (const [id, answer] of waiting) answer({ id, tag: "Down" })
        waiting.clear()
        resume(Effect.void)
      })
      killed.kill("SIGKILL")
    })
    const ask = (question: Omit<Question, "id">) =>
      Effect.async<Answer>((resume) => {
        const id = ++count
        if (child === undefined) return resume(Effect.succeed({ id, tag: "Down" }))
        waiting.set(id, (answer) => resume(Effect.succeed(answer)))
        child.send({ id, ...question } satisfies Question)
      })
    yield* start
    yield* Effect.addFinalizer(() => Effect.sync(() => latest?.kill("SIGKILL")))
    return { ask, isUp: () => child !== undefined, kill, start }
  })
