import { full } from "../Size.js"

/** The number of runs of a property: `numRuns` with `FULL=1`, otherwise a fifth of that. */
export const runs = (numRuns: number) => ({ fastCheck: { numRuns: full ? numRuns : Math.ceil(numRuns / 5) } })
