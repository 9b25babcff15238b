/** Calls authorize repeatedly, interrupts one call in twenty, and then looks at what is left behind. */
import * as NodeHttpClient from "@effect-baanx/node/NodeHttpClient"
import { AuthorizeService } from "@effect-baanx/oauth/AuthorizeService"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Schema from "effect/Schema"
import * as Supervisor from "effect/Supervisor"
import { setImmediate, setTimeout } from "node:timers/promises"
import { clientLayer, request } from "./Module.js"

export const Leftovers = Schema.Struct({
  calls: Schema.Number,
  /** Calls that the interruption ended. For the other calls, it came after the response. */
  interrupted: Schema.Number,
  /** Sockets, fibers and listeners that are still there after the layers are closed. */
  sockets: Schema.Number,
  fibers: Schema.Number,
  listeners: Schema.Number,
  /** Node emits one when listeners pile up on an emitter. */
  warnings: Schema.Number,
  /** Bytes of the heap after each tenth of the calls and a garbage collection. */
  heap: Schema.Array(Schema.Number)
})

export type Leftovers = typeof Leftovers.Type

/** Growth of the heap from the second tenth, when everything is warm, to the last. */
export const heapGrowth = ({ heap }: Leftovers): number => (heap.at(-1) ?? NaN) / (heap[1] ?? NaN) - 1

const lanes = 50

const listeners = (): number => process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)

const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP")).length

const heapUsed = async (): Promise<number> => {
  await setImmediate()
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

export const soak = async (origin: string, calls: number, log: (line: string) => void): Promise<Leftovers> => {
  let warnings = 0
  const warned = ({ name }: Error) => {
    if (name === "MaxListenersExceededWarning") warnings += 1
  }
  process.on("warning", warned)
  const before = { listeners: listeners(), sockets: sockets() }
  const supervisor = await Effect.runPromise(Supervisor.track)
  const alive = async () => (await Effect.runPromise(supervisor.value)).length
  const managed = ManagedRuntime.make(
    AuthorizeService.layer.pipe(
      Layer.provide(clientLayer(origin)),
      Layer.provide(NodeHttpClient.layer()),
      Layer.provideMerge(Supervisor.addSupervisor(supervisor))
    )
  )
  const authorize = Effect.flatMap(AuthorizeService, (service) => service.authorize(request))
  let interrupted = 0
  const call = async (index: number): Promise<void> => {
    if (index % 20 !== 0) {
      await managed.runPromise(authorize)
      return
    }
    // Interrupts in turn before the request is sent, in flight, and while the response arrives.
    const fiber = managed.runFork(authorize)
    for (let turn = 0; turn < (index / 20) % 3; turn++) await setImmediate()
    const exit = await Effect.runPromise(Fiber.interrupt(fiber))
    if (Exit.isInterrupted(exit)) interrupted += 1
    else if (Exit.isFailure(exit)) throw new Error(String(exit.cause))
  }
  const heap: Array<number> = []
  for (let tenth = 1; tenth <= 10; tenth++) {
    // One iterator for all lanes: a free lane takes the next index.
    const indexes = Array.from({ length: calls / 10 }).keys()
    await Promise.all(
      Array.from({ length: lanes }, async () => {
        for (const index of indexes) await call(index)
      })
    )
    heap.push(await heapUsed())
    log(`soak: ${(calls / 10) * tenth} of ${calls} calls, heap ${((heap.at(-1) ?? NaN) / 1e6).toFixed(1)} MB`)
  }
  await managed.dispose()
  // A destroyed socket is gone a turn or two later.
  for (let wait = 0; wait < 100 && (sockets() > before.sockets || (await alive()) > 0); wait++) await setTimeout(10)
  const left = {
    sockets: sockets() - before.sockets,
    fibers: await alive(),
    listeners: listeners() - before.listeners
  }
  process.removeListener("warning", warned)
  return { calls, interrupted, ...left, warnings, heap }
}
