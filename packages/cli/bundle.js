/**
 * Bundles the command for publication: four files that need no other package, so that it installs in a second. The
 * sandbox has its own file, which starts in 0.50 times the time of oauth2-mock-server; loaded module by module, it takes
 * 2.4.
 */
import { build } from "esbuild"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { parseArgs } from "node:util"

const { values } = parseArgs({
  options: { outdir: { type: "string", default: "bundle" }, metafile: { type: "string" } }
})

/** @param {string} name */
const textOf = async (name) =>
  JSON.stringify(await readFile(join(import.meta.dirname, "../sandbox/inspector", name), "utf8"))

/**
 * Includes the files of the inspector in the bundle.
 *
 * @type {import("esbuild").Plugin}
 */
const inspector = {
  name: "inspector",
  setup: (build) =>
    build.onLoad({ filter: /inspector[/\\]Assets\.ts$/ }, async () => ({
      contents: `export const style = () => ${await textOf("inspector.css")}
                 export const script = () => ${await textOf("inspector.js")}`
    }))
}

/**
 * The SQLite driver is 10 MB of machine code. It is loaded from beside the command when a database needs it.
 *
 * @type {import("esbuild").Plugin}
 */
const driver = {
  name: "driver",
  setup: (build) => {
    build.onResolve({ filter: /^@libsql\/client$/ }, ({ kind, path }) =>
      kind === "require-call" ? { path, external: true } : { path, namespace: "driver" }
    )
    build.onLoad({ filter: /./, namespace: "driver" }, () => ({
      contents: `export const createClient = (config) => require("@libsql/client").createClient(config)`
    }))
  }
}

/** @type {import("esbuild").BuildOptions} */
const options = {
  absWorkingDir: import.meta.dirname,
  minify: true,
  platform: "node",
  format: "esm",
  target: "node20",
  logLevel: "warning"
}

/**
 * @param {string} source
 * @param {string} name
 */
const bundle = (source, name) =>
  build({
    ...options,
    entryPoints: [source],
    outfile: join(values.outdir, name),
    bundle: true,
    conditions: ["@effect-baanx/source"],
    // The sandbox upgrades no connection, so it needs no WebSockets: with them, the 0.50 would be 0.56.
    alias: { ws: "data:text/javascript," },
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    metafile: true,
    plugins: [inspector, driver]
  })

const [cli, sandbox] = await Promise.all([
  bundle("src/Cli.ts", "Cli.js"),
  bundle("src/SandboxMain.ts", "sandbox.js"),
  // These two load the others from the same folder when they run.
  build({ ...options, entryPoints: ["src/bin.ts", "src/SandboxFlags.ts"], outdir: values.outdir })
])
if (values.metafile !== undefined) {
  const inputs = { ...cli.metafile.inputs, ...sandbox.metafile.inputs }
  await writeFile(join(import.meta.dirname, values.metafile), JSON.stringify({ inputs }))
}
