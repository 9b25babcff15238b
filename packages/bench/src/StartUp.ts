/**
 * How quickly a local test server starts: `baanx sandbox` as it is published, compared with oauth2-mock-server from
 * npm.
 */
import * as Schema from "effect/Schema"
import { execFileSync } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { median } from "./Measure.js"
import { startNode } from "./Process.js"

export interface StartUp {
  /** Milliseconds from the start of the process to the first response. */
  readonly millis: number
  /** Resident bytes at that moment. */
  readonly memory: number
}

export interface StartUps {
  readonly sandbox: StartUp
  readonly mockServer: StartUp
}

interface Server {
  readonly args: ReadonlyArray<string>
  /** The first request that a test would send; `undefined` until `printed` shows that the server is ready. */
  readonly firstRequest: (printed: string) => Request | undefined
}

const cliFolder = fileURLToPath(new URL("../../cli", import.meta.url))

/** The command as it is published, with the sandbox as one bundled file beside it. */
const publish = (folder: string): void => {
  writeFileSync(join(folder, "package.json"), '{"type": "module"}')
  execFileSync("npm", ["run", "--silent", "bundle", "--", `--outdir=${folder}`], {
    cwd: cliFolder,
    stdio: ["ignore", "ignore", "inherit"]
  })
}

const Ready = Schema.parseJson(
  Schema.Struct({
    baseUrl: Schema.String,
    clientKey: Schema.String,
    secretKey: Schema.String,
    redirectUri: Schema.String
  })
)

/** Step 1 of a sign-in. */
const sandbox = (folder: string): Server => ({
  args: [join(folder, "bin.js"), "sandbox", "--port", "0", "--json"],
  firstRequest: (printed) => {
    if (!printed.includes("\n")) return undefined
    const ready = Schema.decodeSync(Ready)(printed)
    const url = new URL("/v1/auth/oauth/authorize/initiate", ready.baseUrl)
    url.search = new URLSearchParams({
      client_id: ready.clientKey,
      response_type: "code",
      redirect_uri: ready.redirectUri,
      state: "a-state-of-the-bench",
      code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
      code_challenge_method: "S256",
      mode: "api"
    }).toString()
    return new Request(url, { headers: { "x-client-key": ready.clientKey, "x-secret-key": ready.secretKey } })
  }
})

/** The discovery document, with which every sign-in there begins. */
const mockServer: Server = {
  args: [
    join(dirname(createRequire(import.meta.url).resolve("oauth2-mock-server")), "oauth2-mock-server.mjs"),
    "-a",
    "127.0.0.1",
    "-p",
    "0"
  ],
  firstRequest: (printed) => {
    const origin = /listening on (\S+)\n/.exec(printed)?.[1]
    return origin === undefined ? undefined : new Request(new URL("/.well-known/openid-configuration", origin))
  }
}

const start = async ({ args, firstRequest }: Server): Promise<StartUp> => {
  const begun = performance.now()
  const child = startNode("contender", args, { stdout: "pipe" })
  try {
    let printed = ""
    let request: Request | undefined
    for await (const chunk of child.stdout ?? []) {
      printed += String(chunk)
      request = firstRequest(printed)
      if (request !== undefined) break
    }
    if (request === undefined) throw new Error(`${args.join(" ")} ended before it was ready`)
    const response = await fetch(request)
    await response.text()
    const millis = performance.now() - begun
    if (response.status !== 200) throw new Error(`${args.join(" ")} responded with ${response.status}`)
    const kilobytes = execFileSync("ps", ["-o", "rss=", "-p", String(child.pid)], { encoding: "utf8" })
    return { millis, memory: Number(kilobytes) * 1024 }
  } finally {
    if (child.kill("SIGKILL")) await once(child, "exit")
  }
}

/** Starts both in alternating order. The first start of each only warms the disk cache, and does not count. */
export const startUps = async (rounds: number, log: (line: string) => void): Promise<StartUps> => {
  const folder = mkdtempSync(join(tmpdir(), "baanx-bench-"))
  try {
    publish(folder)
    const servers = [
      { server: sandbox(folder), runs: new Array<StartUp>() },
      { server: mockServer, runs: new Array<StartUp>() }
    ] as const
    for (const { server } of servers) await start(server)
    for (let round = 1; round <= rounds; round++) {
      for (const { server, runs } of round % 2 === 1 ? servers : [servers[1], servers[0]]) {
        runs.push(await start(server))
      }
      const millis = servers.map(({ runs }) => (runs.at(-1)?.millis ?? NaN).toFixed(0))
      log(`start-up ${round} of ${rounds}, ms: sandbox ${millis[0]}, oauth2-mock-server ${millis[1]}`)
    }
    const middle = (runs: ReadonlyArray<StartUp>): StartUp => ({
      millis: median(runs.map((run) => run.millis)),
      memory: median(runs.map((run) => run.memory))
    })
    return { sandbox: middle(servers[0].runs), mockServer: middle(servers[1].runs) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
