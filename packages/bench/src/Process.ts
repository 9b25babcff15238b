/** Starts the server and each contender in a fresh process, on its own core if the system has `taskset`. */
import * as Schema from "effect/Schema"
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import type { Counts } from "./StaticServer.js"

/** The server has one core, the measured contender the other. */
export type Core = "server" | "contender"

const cores: Record<Core, string> = { server: "0", contender: "1" }

export const pinned: boolean = Object.values(cores).every(
  (core) => spawnSync("taskset", ["-c", core, "true"]).status === 0
)

/** Starts Node with these arguments; it always ends with this process. */
export const startNode = (
  core: Core,
  args: ReadonlyArray<string>,
  { node = process.execPath, stdout = "inherit" }: { readonly node?: string; readonly stdout?: "pipe" | "inherit" } = {}
) => {
  const command = [...(pinned ? ["taskset", "-c", cores[core]] : []), node, ...args]
  const child = spawn(command[0] ?? node, command.slice(1), {
    stdio: ["ignore", stdout, "inherit", "ipc"],
    // Variables for proxies or certificates must not affect the comparison.
    env: { PATH: process.env["PATH"] }
  })
  const end = () => child.kill("SIGKILL")
  process.once("exit", end)
  child.once("exit", () => process.removeListener("exit", end))
  return child
}

export const script = (name: string): string => fileURLToPath(new URL(`./${name}.js`, import.meta.url))

/** The next message, or a failure if the process ends without one. */
export const message = async <A>(child: ChildProcess, schema: Schema.Schema<A>): Promise<A> => {
  const ended = new AbortController()
  const signal = ended.signal
  const value: unknown = await Promise.race([
    once(child, "message", { signal }).then(([value]) => value),
    // Not "exit", which may come before the last message.
    once(child, "close", { signal }).then(([status]) => {
      throw new Error(`${child.spawnargs.join(" ")} ended with ${status}`)
    })
  ]).finally(() => ended.abort())
  return Schema.decodeUnknownSync(schema)(value)
}

const CountsMessage: Schema.Schema<Counts> = Schema.Struct({
  requests: Schema.Number,
  sockets: Schema.Number
})

export interface ServerProcess {
  readonly origin: string
  readonly counts: () => Promise<Counts>
  readonly stop: () => void
}

/** The neutral server in its own process. */
export const startServer = async (): Promise<ServerProcess> => {
  const child = startNode("server", [script("serve")])
  const origin = await message(child, Schema.String)
  return {
    origin,
    counts: () => {
      child.send("counts")
      return message(child, CountsMessage)
    },
    stop: () => child.kill()
  }
}
