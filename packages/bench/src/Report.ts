/** A run as tables and as a page. */
import { availableParallelism, cpus, release, type } from "node:os"
import type { BundleSizes } from "./BundleSizes.js"
import type { Medians } from "./Comparison.js"
import { contenderNames, contenders } from "./Contenders.js"
import { pinned } from "./Process.js"
import type { Leftovers } from "./Soak.js"
import type { StartUps } from "./StartUp.js"
import { table } from "./Table.js"
import { targets } from "./Targets.js"

export interface Run {
  readonly date: Date
  readonly rounds: number
  readonly medians: Medians
  readonly startUps: StartUps
  readonly leftovers: Leftovers
  readonly sizes: ReadonlyArray<BundleSizes>
  /** The version of the Node on which both lines are compared. */
  readonly nodeOfLines: string
}

const onNetwork = contenderNames.filter((name) => contenders[name].transport !== "null")
const lines = ["nullEffect3", "nullEffect4"] as const
const onNothing = contenderNames.filter(
  (name) => contenders[name].transport === "null" && !lines.some((line) => line === name)
)

const ratio = (value: number, base: number): string => `${(value / base).toFixed(2)}×`

const networkTable = (medians: Medians): string => {
  const base = medians.undici
  return table([
    ["contender", "transport", "p50, µs", "ratio", "CPU, µs", "ratio", "calls/s", "ratio", "bytes kept"],
    ...onNetwork
      .toSorted((a, b) => medians[a].cpu - medians[b].cpu)
      .map((name) => {
        const { cpu, latency, perSecond, retained } = medians[name]
        return [
          contenders[name].title,
          contenders[name].transport,
          latency.toFixed(0),
          ratio(latency, base.latency),
          cpu.toFixed(1),
          ratio(cpu, base.cpu),
          perSecond.toFixed(0),
          ratio(perSecond, base.perSecond),
          retained.toFixed(0)
        ]
      })
  ])
}

const nullTable = (medians: Medians): string =>
  table([
    ["over a null transport", "CPU, µs", "p50, µs", "bytes kept"],
    ...onNothing.map((name) => {
      const { cpu, latency, retained } = medians[name]
      return [contenders[name].title, cpu.toFixed(1), latency.toFixed(1), retained.toFixed(0)]
    })
  ])

const lineTable = (medians: Medians): string => {
  const base = medians.nullEffect3
  return table([
    ["over a null transport", "CPU, µs", "ratio", "p50, µs", "ratio", "bytes kept"],
    ...lines.map((name) => {
      const { cpu, latency, retained } = medians[name]
      return [
        contenders[name].title,
        cpu.toFixed(1),
        ratio(cpu, base.cpu),
        latency.toFixed(1),
        ratio(latency, base.latency),
        retained.toFixed(0)
      ]
    })
  ])
}

const kilobytes = (bytes: number): string => (bytes / 1000).toFixed(1)

const sizeTable = (sizes: Run["sizes"]): string =>
  table([
    ["minified and gzipped", "Effect 3, kB", "Effect 4, kB", "ratio"],
    ...sizes.map(({ effect3, effect4, title }) => [
      title,
      kilobytes(effect3),
      kilobytes(effect4),
      ratio(effect4, effect3)
    ])
  ])

const startUpTable = ({ mockServer, sandbox }: StartUps): string => {
  const row = (title: string, { memory, millis }: StartUps["sandbox"]) => [
    title,
    millis.toFixed(0),
    ratio(millis, mockServer.millis),
    (memory / 1e6).toFixed(0),
    ratio(memory, mockServer.memory)
  ]
  return table([
    ["from start to first response", "ms", "ratio", "MB", "ratio"],
    row("`baanx sandbox`", sandbox),
    row("oauth2-mock-server", mockServer)
  ])
}

const targetTable = ({ leftovers, medians, startUps }: Run): string =>
  table([
    ["target", "limit", "measured", "reached"],
    ...targets(medians, startUps, leftovers).map(({ limit, measured, reached, title }) => [
      title,
      limit,
      measured,
      reached ? "yes" : "**no**"
    ])
  ])

/** What is printed at the end of a run. */
export const text = (run: Run): string =>
  [
    networkTable(run.medians),
    nullTable(run.medians),
    lineTable(run.medians),
    sizeTable(run.sizes),
    startUpTable(run.startUps),
    targetTable(run)
  ].join("\n\n")

/** docs/benchmarks.md */
export const page = (run: Run): string => `# Benchmarks

What an authorize call costs with this module and with the common alternatives. \`npm run bench\` repeats the measurements
on your machine and writes this page. The figures below are from ${run.date.toISOString().slice(0, 10)}, the medians of
${run.rounds} rounds on ${cpus()[0]?.model.trim() ?? "an unknown CPU"}, ${availableParallelism()} cores,
${type()} ${release()}, Node ${process.version}${pinned ? "; the server is pinned to one core and the client to the other" : "; nothing pinned, since there is no `taskset`"}.

![CPU time of one authorize call for each contender](benchmarks.svg)

${networkTable(run.medians)}

- **p50**: the median time from the call to the verified grant, one call at a time. **CPU**: user and system time of the
  client process per call, with 50 calls in flight. **calls/s**: calls completed per second in the same phase.
  **bytes kept**: what a call leaves on the heap after a garbage collection; negative if garbage of an earlier phase was
  collected too. **ratio**: compared with plain \`undici.request\` in the same run.
- Compare the ratios. Times depend on the machine, and on what else was running on it.
- The server is plain \`node:http\` on one core. A client cheaper than the server is limited by the server in calls/s and
  p50, so the ratios of these two understate the distance to undici by hand.

## Each does the same work

Each contender sends \`POST /v1/auth/oauth/authorize\` with the client key and both tokens. It compares the state in the
response, and compares the URL there with the redirect URI, the code and the state. The server counts the requests that
arrive with both tokens; a run fails unless the count is exactly what the contender says it sent.

- effect-baanx is called as a backend written with Effect calls it: the layers are built once, and 50 fibers each make
  one call after another. Code that awaits promises has to use \`Effect.runPromise\` for each call, which creates a
  fiber and a promise each time; that is Effect's cost, and has its own row. All others are called from promises, as
  they are meant to be.
- \`undici.request\` by hand is a pool of 64 connections and a comparison of the state, nothing else; the second version
  adds the contract's Schema and the checks of the URL. Neither has a deadline for the whole call, a size cap or typed
  errors.
- oauth4webapi does not have this endpoint. The closest equivalent is \`protectedResourceRequest\`, then its
  \`validateAuthResponse\` on the URL of the response, then checking the code and the redirect URI by hand. It sets no
  time-out.
- openid-client: \`fetchProtectedResource\` with its default time-out of 30 seconds, and the checks by hand.
- ky, got and axios: a time-out of 10 seconds, no retries, no redirects followed, and the checks by hand; got and axios
  use a keep-alive agent with 64 sockets.

Each contender is a file in [packages/bench/src/contenders](../packages/bench/src/contenders), and runs in a fresh
process each round. It warms up for at least 4,000 calls and a second of CPU time. Each phase then runs for a fixed
amount of CPU time rather than a fixed number of calls, so slow contenders take no longer than fast ones. Rounds
alternate between forward and reverse order, so that drift affects all contenders alike.

## The module's own cost

With an \`HttpClient\` that responds at once, only the module's own work is left: fiber, request, deadline, span, decoding
and checks.

${nullTable(run.medians)}

## Effect 4

The rest of this page is about the packages for Effect 3. Those for Effect 4 are derived from the same source and need
Node 22.19 or later, so here both lines run on Node ${run.nodeOfLines}. The ratio compares them with Effect 3.

${lineTable(run.medians)}

What an import adds to your bundle. The first two rows leave out \`effect\` and \`@effect/*\`, which you have already; the
last row is a whole program with everything that it needs.

${sizeTable(run.sizes)}

## The sandbox's start

The published command, one bundled file, compared with oauth2-mock-server from npm. Time runs until the first response
of a sign-in: step 1 for the sandbox, the discovery document for oauth2-mock-server. Memory is the resident size at that
moment.

${startUpTable(run.startUps)}

## Targets

${targetTable(run)}

## Run it

\`\`\`sh
npm run bench                     # measures everything and writes this page
npm run bench -- --rounds 10      # more rounds
npm run bench -- --quick          # a few calls, to check that it works; the figures mean nothing
npm run bench -- soak             # 200,000 calls, one in twenty interrupted, then counts what is left
npm run bench -- start-up         # only the sandbox's start
\`\`\`
`
