/** The command: `npm run bench`, with `--quick`, `--rounds`, `--out`, and `soak` or `start-up` for only one part. */
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { bundleSizes } from "./BundleSizes.js"
import { chart } from "./Chart.js"
import { compare } from "./Comparison.js"
import { nodeVersion } from "./Effect4.js"
import { message, script, type ServerProcess, startNode, startServer } from "./Process.js"
import { page, text } from "./Report.js"
import { heapGrowth, Leftovers } from "./Soak.js"
import { startUps } from "./StartUp.js"

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean" }, rounds: { type: "string" }, out: { type: "string" } }
})
const quick = values.quick === true
const rounds = Number(values.rounds ?? (quick ? 1 : 6))
if (!Number.isSafeInteger(rounds) || rounds < 1) throw new Error("--rounds must be a whole number, 1 or more")
// The figures of a quick run are not worth keeping.
const out = values.out ?? (quick ? undefined : fileURLToPath(new URL("../../../docs", import.meta.url)))
const log = (line: string) => console.log(line)

const soak = (server: ServerProcess) =>
  message(
    startNode("contender", ["--expose-gc", script("soakModule"), server.origin, quick ? "2000" : "200000"]),
    Leftovers
  )

const server = await startServer()
try {
  switch (positionals[0]) {
    case "soak": {
      const leftovers = await soak(server)
      console.log({ ...leftovers, heapGrowth: heapGrowth(leftovers) })
      break
    }
    case "start-up":
      console.log(await startUps(rounds, log))
      break
    case undefined: {
      const medians = await compare(server, { rounds, budget: quick ? "quick" : "full", log })
      const run = {
        date: new Date(),
        rounds,
        medians,
        startUps: await startUps(rounds, log),
        leftovers: await soak(server),
        sizes: await bundleSizes(),
        nodeOfLines: nodeVersion()
      }
      console.log(`\n${text(run)}`)
      if (out === undefined) break
      await mkdir(out, { recursive: true })
      await writeFile(join(out, "benchmarks.md"), page(run))
      await writeFile(join(out, "benchmarks.svg"), chart(medians))
      console.log(`\nWrote ${join(out, "benchmarks.md")}`)
      break
    }
    default:
      throw new Error(`unknown part ${positionals[0]}: use soak or start-up, or nothing for all`)
  }
} finally {
  server.stop()
}
