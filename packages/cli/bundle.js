/** Makes `baanx sandbox` one file, which starts in 0.50 of the time of oauth2-mock-server; module by module it takes 2.4. */
import { build } from "esbuild"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { parseArgs } from "node:util"

const { values } = parseArgs({
  options: { outfile: { type: "string", default: "dist/sandbox.js" }, metafile: { type: "string" } }
})

/** @param {string} name */
const textOf = async (name) =>
  JSON.stringify(await readFile(join(import.meta.dirname, "../sandbox/inspector", name), "utf8"))

/**
 * The files of the inspector become a part of the one file.
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

const { metafile } = await build({
  absWorkingDir: import.meta.dirname,
  entryPoints: ["src/SandboxMain.ts"],
  outfile: values.outfile,
  bundle: true,
  minify: true,
  platform: "node",
  format: "esm",
  target: "node20",
  conditions: ["@effect-baanx/source"],
  // The sandbox upgrades no connection, so it needs no WebSockets: with them, the 0.50 are 0.56.
  alias: { ws: "data:text/javascript," },
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  logLevel: "warning",
  metafile: true,
  plugins: [inspector]
})
if (values.metafile !== undefined) await writeFile(values.metafile, JSON.stringify(metafile))
