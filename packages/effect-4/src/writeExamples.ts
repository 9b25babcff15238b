/** `npm run docs:effect-4`: writes the example for Effect 4 under each one that differs. */
import process from "node:process"
import { writeExamples } from "./Documentation.js"

await writeExamples().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
