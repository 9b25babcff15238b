/** A run as tables and as a page. */
import { availableParallelism, cpus, release, type } from "node:os"
import type { Medians } from "./Comparison.js"
import { contenderNames, contenders } from "./Contender.js"
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
}

const onNetwork = contenderNames.filter((name) => contenders[name].transport !== "null")
const onNothing = contenderNames.filter((name) => contenders[name].transport === "null")

const ratio = (value: number, base: number): string => `${(value / base).toFixed(2)}×`

const networkTable = (medians: Medians): string => {
  const base = medians.undici
  return table([
    ["contender", "carried by", "p50, µs", "ratio", "CPU, µs", "ratio", "calls/s", "ratio", "bytes kept"],
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

const startUpTable = ({ mockServer, sandbox }: StartUps): string => {
  const row = (title: string, { memory, millis }: StartUps["sandbox"]) => [
    title,
    millis.toFixed(0),
    ratio(millis, mockServer.millis),
    (memory / 1e6).toFixed(0),
    ratio(memory, mockServer.memory)
  ]
  return table([
    ["from start to first answer", "ms", "ratio", "MB", "ratio"],
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
  [networkTable(run.medians), nullTable(run.medians), startUpTable(run.startUps), targetTable(run)].join("\n\n")

/** docs/benchmarks.md */
export const page = (run: Run): string => `# Benchmarks

What an authorize call costs with this module, and with what people use today. \`npm run bench\` measures anew, on your
machine, and writes this page. The figures below are of ${run.date.toISOString().slice(0, 10)}, medians of
${run.rounds} rounds on ${cpus()[0]?.model.trim() ?? "an unknown CPU"}, ${availableParallelism()} cores,
${type()} ${release()}, Node ${process.version}${pinned ? "; the server pinned to one core, whoever is measured to another" : "; nothing pinned, since there is no `taskset`"}.

![CPU time of one authorize call for each contender](benchmarks.svg)

${networkTable(run.medians)}

- **p50**: median from call to verified grant, one call at a time. **CPU**: user and system time of the client's process
  a call, 50 in flight; **calls/s**: how many end in a second of the same. **bytes kept**: what a call leaves on the heap
  after a garbage collection, below 0 where garbage of an earlier phase went with it. **ratio**: to plain
  \`undici.request\` in the same run.
- Read the ratios. Times depend on the machine, and on what else ran on it.
- The server is plain \`node:http\` and one core of it serves all: who costs less than it does is held back by it in
  calls/s and p50, so that the ratios of these two understate the distance to undici by hand.

## Each does the same work

One \`POST /v1/auth/oauth/authorize\` with the client key and both tokens; of the answer, the state is compared and the
URL is held against the redirect URI, the code and the state. The server counts what arrives with both tokens, and a run
where it is not exactly what the contender says it sent ends in an error.

- effect-baanx is called as a backend on Effect calls it: the layers are built once, and each of the 50 in flight is a
  fiber that makes one call after another. \`Effect.runPromise\` for each call, as code that awaits promises needs, makes a
  fiber, a promise and a way between them for each; that is in a row of its own, and its price is Effect's. All others
  are called from promises, as they are made for.
- \`undici.request\` by hand is a pool of 64 connections and a comparison of the state, nothing else; the second adds the
  contract's Schema and the checks of the URL. Neither has a deadline for the whole call, a size cap or typed errors.
- oauth4webapi knows no such endpoint. Nearest to it: \`protectedResourceRequest\`, then its \`validateAuthResponse\` over
  the URL of the answer, then code and place by hand. It sets no time-out.
- openid-client: \`fetchProtectedResource\` with its default time-out of 30 seconds, the checks by hand.
- ky, got and axios: time-out of 10 seconds, no repeat, no redirect followed, the checks by hand; got and axios on a
  keep-alive agent with 64 sockets.

Each contender is a file in [packages/bench/src/contenders](../packages/bench/src/contenders) and runs in a fresh process
each round: 4,000 calls and a second of CPU time at least to warm up, then each phase for so much CPU time, not so many
calls, so that the slow take no longer than the fast. Rounds alternate between forwards and backwards, so that whatever
drifts falls on all.

## The module's own cost

With an \`HttpClient\` that answers at once, what is left is the module: fiber, request, deadline, span, decoding, checks.

${nullTable(run.medians)}

## The sandbox's start

The published command, one bundled file, against npm's oauth2-mock-server, each until the first answer of a sign-in: step
1 there, the discovery document here. Memory is resident at that moment.

${startUpTable(run.startUps)}

## Targets

${targetTable(run)}

## Run it

\`\`\`sh
npm run bench                     # everything, and writes this page
npm run bench -- --rounds 10      # more rounds
npm run bench -- --quick          # a few calls, to see that it works; its figures say nothing
npm run bench -- soak             # 200,000 calls, one in twenty interrupted, and what they leave behind
npm run bench -- start-up         # the sandbox's start alone
\`\`\`
`
