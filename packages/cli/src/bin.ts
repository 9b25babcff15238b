#!/usr/bin/env node
/** The executable. What is published has the sandbox as one bundled file beside it. */
import { existsSync } from "node:fs"
import { readFlags } from "./SandboxFlags.js"
import type * as SandboxMain from "./SandboxMain.js"

const bundle = new URL("./sandbox.js", import.meta.url)
const flags = process.argv[2] === "sandbox" ? readFlags(process.argv.slice(3)) : undefined

if (flags !== undefined && existsSync(bundle)) {
  const { main }: typeof SandboxMain = await import(bundle.href)
  main(flags)
} else {
  const { main } = await import("./Cli.js")
  main(process.argv)
}
