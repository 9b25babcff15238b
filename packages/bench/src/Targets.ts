/** The targets of the project, compared with one run. */
import type { Medians } from "./Comparison.js"
import { contenderNames, contenders } from "./Contenders.js"
import { heapGrowth, type Leftovers } from "./Soak.js"
import type { StartUps } from "./StartUp.js"

export interface Target {
  readonly title: string
  readonly limit: string
  readonly measured: string
  readonly reached: boolean
}

const atMost = (title: string, measured: number, limit: number, unit: string): Target => ({
  title,
  limit: `≤ ${limit} ${unit}`.trim(),
  measured: `${measured.toFixed(2)} ${unit}`.trim(),
  reached: measured <= limit
})

const atLeast = (title: string, measured: number, limit: number): Target => ({
  title,
  limit: `≥ ${limit}`,
  measured: measured.toFixed(2),
  reached: measured >= limit
})

export const targets = (medians: Medians, startUps: StartUps, leftovers: Leftovers): ReadonlyArray<Target> => {
  const { node, nullEffect3, nullEffect4, nullUnchecked, nullValidated, undici, undiciSchema } = medians
  const rivals = contenderNames.filter((name) => {
    const { kind, transport } = contenders[name]
    return name !== "node" && name !== "nodePromise" && kind !== "hand" && transport !== "null"
  })
  const onFetch = rivals.filter((name) => contenders[name].kind === "peer" && contenders[name].transport === "fetch")
  const { calls, fibers, interrupted, listeners, sockets, warnings } = leftovers
  const left = sockets + fibers + listeners + warnings
  const growth = heapGrowth(leftovers)
  return [
    atMost("latency, relative to `undici.request` with Schema", node.latency / undiciSchema.latency, 1.15, ""),
    atMost("CPU per call, relative to `undici.request`", node.cpu / undici.cpu, 1.6, ""),
    atMost(
      "CPU per call, relative to the cheapest peer on fetch",
      node.cpu / Math.min(...onFetch.map((name) => medians[name].cpu)),
      0.25,
      ""
    ),
    atLeast("calls per second, relative to `undici.request`", node.perSecond / undici.perSecond, 0.6),
    atLeast(
      "calls per second, relative to the best contender other than undici by hand",
      node.perSecond / Math.max(...rivals.map((name) => medians[name].perSecond)),
      1
    ),
    atMost("own cost of the module over a null transport", nullValidated.cpu, 15, "µs"),
    atMost("of which validation", nullValidated.cpu - nullUnchecked.cpu, 6, "µs"),
    atMost("own cost on Effect 4, relative to Effect 3", nullEffect4.cpu / nullEffect3.cpu, 1, ""),
    {
      title: `sockets, fibers, listeners and warnings left by ${calls} calls, ${interrupted} interrupted`,
      limit: "0",
      measured: String(left),
      reached: left === 0
    },
    atMost("growth of the heap over the last 80 % of these calls", growth * 100, 2, "%"),
    atMost(
      "start-up time of the sandbox, relative to oauth2-mock-server",
      startUps.sandbox.millis / startUps.mockServer.millis,
      0.6,
      ""
    ),
    atMost(
      "start-up memory of the sandbox, relative to oauth2-mock-server",
      startUps.sandbox.memory / startUps.mockServer.memory,
      1.4,
      ""
    )
  ]
}
