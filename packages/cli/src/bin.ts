#!/usr/bin/env node
/** The executable. The published package has the sandbox as one bundled file beside it. */
import { existsSync } from "node:fs"
import { readFlags } from "./SandboxFlags.js"
import type * as SandboxMain from "./SandboxMain.js"

// A reader that has seen enough of the output, such as `head`, ends the command; a reader of the log lines does not.
const isBrokenPipe = (error: Error) => "code" in error && error.code === "EPIPE"
process.stdout.on("error", (error) => {
  if (!isBrokenPipe(error)) throw error
  process.exit(0)
})
process.stderr.on("error", (error) => {
  if (!isBrokenPipe(error)) throw error
})

const bundle = new URL("./sandbox.js", import.meta.url)
const flags = process.argv[2] === "sandbox" ? readFlags(process.argv.slice(3)) : undefined

if (flags !== undefined && existsSync(bundle)) {
  const { main }: typeof SandboxMain = await import(bundle.href)
  main(flags)
} else {
  const { main } = await import("./Cli.js")
  main(process.argv)
}
