/** The runtimes of the table in the README, and how each runs a program of `consumer/runtimes`. */
import { build } from "esbuild"
import { spawn } from "node:child_process"
import { EventEmitter, once } from "node:events"
import { existsSync } from "node:fs"
import { cp, mkdir, realpath, writeFile } from "node:fs/promises"
import { createServer, request as httpRequest } from "node:http"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { check, runtime } from "./Consumer.js"
import { run, temporary } from "./Packages.js"

/** Runs the program that uses a package against the sandbox at `baseUrl`; rejects unless it works. */
export type Runtime = (project: string, name: string, baseUrl: string) => Promise<void>

/** Puts the programs into a project in which the packages are installed. */
export const addPrograms = async (project: string): Promise<void> => {
  await cp(fileURLToPath(new URL("../consumer/runtimes", import.meta.url)), join(project, "runtimes"), {
    recursive: true
  })
  await writeFile(
    join(project, "run.js"),
    `const [name, baseUrl] = process.argv.slice(2)
const { run } = await import(\`./runtimes/\${name}.js\`)
console.log(await run(baseUrl))
process.exit()
`
  )
  const how = { compiler: "7", resolution: "NodeNext", skipLibCheck: true } as const
  await check(project, "runtimes", how, { include: ["runtimes"] })
}

const expectStatus = (printed: string): void => {
  if (printed.trim() !== "200") throw new Error(`The program ended with ${printed}`)
}

const command =
  (binary: string, ...args: ReadonlyArray<string>): Runtime =>
  async (project, name, baseUrl) => {
    if (name === "cli") {
      const bin = await realpath(join(project, "node_modules/.bin/baanx"))
      await run(binary, [...args, bin, "demo"], { cwd: project })
    } else {
      expectStatus(await run(binary, [...args, "run.js", name, baseUrl], { cwd: project }))
    }
  }

const bundle = async (project: string, contents: string, conditions: Array<string>): Promise<string> => {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: project },
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    conditions,
    logLevel: "silent"
  })
  return outputFiles[0]?.text ?? ""
}

/** Runs the program in a page, in headless Chromium. Requests to its own origin are forwarded to the sandbox. */
const browser =
  (chromium: string): Runtime =>
  async (project, name, baseUrl) => {
    const script = await bundle(
      project,
      `import { run } from "./runtimes/${name}.js"
       const end = (result) => fetch("/ended", { method: "POST", body: String(result) })
       run(location.origin).then(end, end)`,
      []
    )
    const profile = await temporary("chromium")
    const ended = new EventEmitter()
    const server = createServer((request, response) => {
      const { method, url = "" } = request
      if (url === "/") {
        response.setHeader("content-type", "text/html").end('<script type="module" src="/program.js"></script>')
      } else if (url === "/program.js") {
        response.setHeader("content-type", "text/javascript").end(script)
      } else if (url === "/ended") {
        let body = ""
        request.setEncoding("utf8").on("data", (text: string) => (body += text))
        request.on("end", () => {
          response.end()
          ended.emit("ended", body)
        })
      } else {
        const { host: _, ...headers } = request.headers
        const onward = httpRequest(`${baseUrl}${url}`, { method, headers }, (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers)
          answer.pipe(response)
        })
        request.pipe(onward.on("error", () => response.destroy()))
      }
    })
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
    const address = server.address()
    const port = typeof address === "object" ? address?.port : undefined
    const options = ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${profile}`]
    const result: Promise<ReadonlyArray<unknown>> = once(ended, "ended")
    const page = spawn(chromium, [...options, `http://127.0.0.1:${port}/`], { stdio: "ignore" })
    try {
      expectStatus(String(await result))
    } finally {
      page.kill()
      server.close()
    }
  }

const workerConfig = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "loopback", network = (allow = ["local"], deny = []))
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2025-01-01",
  globalOutbound = "loopback"
);
`

/** Runs the program in a Worker for each request, in workerd without the flags for Node's modules. */
const worker =
  (workerd: string): Runtime =>
  async (project, name, baseUrl) => {
    const folder = join(project, `worker-${name}`)
    await mkdir(folder)
    const script = await bundle(
      project,
      `import { run } from "./runtimes/${name}.js"
       export default { fetch: async () => new Response(await run("${baseUrl}").catch(String)) }`,
      ["workerd", "worker"]
    )
    await writeFile(join(folder, "worker.js"), script)
    await writeFile(join(folder, "config.capnp"), workerConfig)
    const server = spawn(workerd, ["serve", "config.capnp", "--control-fd=3"], {
      cwd: folder,
      stdio: ["ignore", "ignore", "ignore", "pipe"]
    })
    try {
      const port = await new Promise<number>((resolve, reject) => {
        server.once("exit", () => reject(new Error("workerd did not start")))
        server.stdio[3]?.once("data", (event: Buffer) => resolve(JSON.parse(event.toString()).port))
      })
      expectStatus(await (await fetch(`http://127.0.0.1:${port}/`)).text())
    } finally {
      server.kill()
    }
  }

export const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync)

/** The runtimes, by their column in the table. */
export const runtimes: Readonly<Record<string, () => Promise<Runtime>>> = {
  "Node 20": async () => command(await runtime("node", "20")),
  "Node 22": async () => command(await runtime("node", "22")),
  "Node 24": async () => command(await runtime("node", "24")),
  Bun: async () => command(await runtime("bun", "1")),
  Deno: async () => command(await runtime("deno", "2"), "run", "--allow-all"),
  Chromium: async () => browser(chromium ?? "chromium"),
  Workers: async () => worker(await runtime("workerd", "1"))
}
