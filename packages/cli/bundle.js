/** Makes `baanx sandbox` one file, so that it starts quickly. */
import { build } from "esbuild"
import { writeFile } from "node:fs/promises"
import { parseArgs } from "node:util"

const { values } = parseArgs({
  options: { outfile: { type: "string", default: "dist/sandbox.js" }, metafile: { type: "string" } }
})

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
  // The sandbox upgrades no connection, so it needs no WebSockets: loading them takes a twentieth of its start.
  alias: { ws: "data:text/javascript," },
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  logLevel: "warning",
  metafile: true
})
if (values.metafile !== undefined) await writeFile(values.metafile, JSON.stringify(metafile))
