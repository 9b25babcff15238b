import process from "node:process"

const seed = process.env["FAST_CHECK_SEED"]

/** With `CI_FULL=1`, everything is tried on everything. */
export const full = process.env["CI_FULL"] === "1"

/**
 * How often a property is tried. A failure prints its seed, as `{ seed: 42, path: … }`; with `FAST_CHECK_SEED=42` the
 * same attacks come again.
 */
export const runs = (numRuns: number) => ({
  fastCheck: { numRuns, ...(seed === undefined ? {} : { seed: Number(seed) }) }
})
