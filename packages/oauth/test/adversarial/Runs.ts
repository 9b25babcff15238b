import { full } from "../Size.js"

/** How often a property is tried with `FULL=1`; else a fifth of that. */
export const runs = (numRuns: number) => ({ fastCheck: { numRuns: full ? numRuns : Math.ceil(numRuns / 5) } })
