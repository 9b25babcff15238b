import process from "node:process"
import { full } from "../Size.js"

const seed = process.env["FAST_CHECK_SEED"]

/**
 * How often a property is tried with `FULL=1`; else a fifth of that. A failure prints its seed, as `{ seed: 42, path: … }`; with `FAST_CHECK_SEED=42` the
 * same attacks come again.
 */
export const runs = (numRuns: number) => ({
  fastCheck: { numRuns: full ? numRuns : Math.ceil(numRuns / 5), ...(seed === undefined ? {} : { seed: Number(seed) }) }
})
