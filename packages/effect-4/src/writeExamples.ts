/** `npm run docs:effect-4`: writes, under each example that differs on Effect 4, what it is there. */
import process from "node:process"
import { writeExamples } from "./Documentation.js"

await writeExamples().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
