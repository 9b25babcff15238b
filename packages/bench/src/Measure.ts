/**
 * Measures a contender in its own process.
 *
 * Each phase lasts for a fixed CPU time of that process, not for a number of calls or seconds: a slow contender takes
 * no longer than a fast one, and a busy machine costs no samples. The warm-up has a minimum number of calls too, since
 * V8 optimises what is called often: measured after only a second, the larger libraries cost twice as much.
 */
import * as Schema from "effect/Schema"
import { setTimeout } from "node:timers/promises"
import type { Contender } from "./Contender.js"
import { promiseLane } from "./Lane.js"
import * as Sample from "./Sample.js"

export const Measurement = Schema.Struct({
  /** Every call of the process, including the warm-up; the server must have seen as many. */
  calls: Schema.Number,
  /** Median µs from call to grant, 1 in flight. */
  latency: Schema.Number,
  /** CPU µs per call of the contender's process, user and system, 50 in flight. */
  cpu: Schema.Number,
  /** Calls per second, 50 in flight. */
  perSecond: Schema.Number,
  /** Bytes per call that remain after a garbage collection. */
  retained: Schema.Number
})

export type Measurement = typeof Measurement.Type

/** CPU milliseconds of each phase, and the minimum number of calls of the warm-up and of the last phase. */
export interface Budget {
  readonly warmUp: number
  readonly warmUpCalls: number
  readonly load: number
  readonly latency: number
  readonly retained: number
  readonly retainedCalls: number
}

export const budgets = {
  full: { warmUp: 1000, warmUpCalls: 4000, load: 600, latency: 250, retained: 200, retainedCalls: 1000 },
  quick: { warmUp: 10, warmUpCalls: 0, load: 10, latency: 10, retained: 10, retainedCalls: 0 }
} satisfies Record<string, Budget>

const inFlight = 50

const cpuMicros = (): number => {
  const { user, system } = process.cpuUsage()
  return user + system
}

/**
 * Makes calls one after another in each lane until the CPU time is used up and there were `atLeast` calls; runs `ended`
 * after each. Returns the number of calls.
 */
const drive = async (
  { authorize, lane = promiseLane(authorize) }: Contender,
  lanes: number,
  cpuMillis: number,
  atLeast = 0,
  ended = () => {}
): Promise<number> => {
  const end = cpuMicros() + cpuMillis * 1000
  let calls = 0
  let done = false
  const more = (code: string): boolean => {
    if (code !== Sample.code) throw new Error("a different code came back")
    ended()
    calls += 1
    // Not after every call: reading the CPU time costs about as much as a promise.
    if (calls % 16 === 0) done = calls >= atLeast && cpuMicros() > end
    return !done
  }
  await Promise.all(Array.from({ length: lanes }, () => lane(more)))
  return calls
}

/** Bytes in use. Collects several times, since what a finalizer releases is garbage only for the next collection. */
const bytesInUse = async (): Promise<number> => {
  for (let time = 0; time < 6; time++) {
    await setTimeout(5)
    globalThis.gc?.()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2
}

export const measure = async (contender: Contender, budget: Budget): Promise<Measurement> => {
  const warmUp = await drive(contender, inFlight, budget.warmUp, budget.warmUpCalls)

  const cpuBefore = cpuMicros()
  const start = performance.now()
  const loaded = await drive(contender, inFlight, budget.load)
  const seconds = (performance.now() - start) / 1000
  const cpu = (cpuMicros() - cpuBefore) / loaded

  const latencies: Array<number> = []
  let before = performance.now()
  await drive(contender, 1, budget.latency, 0, () => {
    const now = performance.now()
    latencies.push((now - before) * 1000)
    before = now
  })
  const latency = median(latencies)

  // Last, because a forced collection leaves V8 with a small heap, which it then collects constantly.
  const bytes = await bytesInUse()
  const kept = await drive(contender, inFlight, budget.retained, budget.retainedCalls)
  const retained = ((await bytesInUse()) - bytes) / kept

  return { calls: warmUp + loaded + latencies.length + kept, latency, cpu, perSecond: loaded / seconds, retained }
}
