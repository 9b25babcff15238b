/** `npm run build:effect-4`: derives the packages for Effect 4, installs what they need, and builds them. */
import process from "node:process"
import { build } from "./Build.js"

await build().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
