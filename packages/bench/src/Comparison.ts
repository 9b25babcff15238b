/**
 * Runs every contender once per round. The order alternates between forward and reverse (ABBA), so that drift affects
 * all alike.
 */
import * as Record from "effect/Record"
import { type ContenderName, contenderNames, contenders, type Entry } from "./Contenders.js"
import * as Effect4 from "./Effect4.js"
import { Measurement, median } from "./Measure.js"
import { message, script, type ServerProcess, startNode } from "./Process.js"

export type Medians = { readonly [Name in ContenderName]: Measurement }

export interface Settings {
  readonly rounds: number
  readonly budget: "full" | "quick"
  readonly log: (line: string) => void
}

const run = async (name: ContenderName, server: ServerProcess, budget: Settings["budget"]): Promise<Measurement> => {
  const before = await server.counts()
  const entry: Entry = contenders[name]
  const options = entry.node === "effect-4" ? { node: Effect4.node } : {}
  const child = startNode("contender", ["--expose-gc", script("contend"), name, server.origin, budget], options)
  const measurement = await message(child, Measurement)
  const { requests } = await server.counts()
  const expected = entry.transport === "null" ? 0 : measurement.calls
  if (requests - before.requests !== expected) {
    throw new Error(`${name}: ${measurement.calls} calls, but the server saw ${requests - before.requests}`)
  }
  return measurement
}

export const compare = async (server: ServerProcess, { rounds, budget, log }: Settings): Promise<Medians> => {
  const all = new Map<ContenderName, Array<Measurement>>(contenderNames.map((name) => [name, []]))
  for (let round = 1; round <= rounds; round++) {
    const order = round % 2 === 1 ? contenderNames : contenderNames.toReversed()
    for (const name of order) all.get(name)?.push(await run(name, server, budget))
    const cpu = (name: ContenderName) => `${name} ${(all.get(name)?.at(-1)?.cpu ?? NaN).toFixed(1)}`
    log(`round ${round} of ${rounds}, CPU µs per call: ${contenderNames.map(cpu).join(", ")}`)
  }
  const of = (name: ContenderName): Measurement => {
    const measurements = all.get(name) ?? []
    const middle = (key: keyof Measurement) => median(measurements.map((measurement) => measurement[key]))
    return {
      calls: middle("calls"),
      latency: middle("latency"),
      cpu: middle("cpu"),
      perSecond: middle("perSecond"),
      retained: middle("retained")
    }
  }
  return Record.map(contenders, (_, name) => of(name))
}
