import * as FastCheck from "fast-check"
import process from "node:process"
import { setImmediate } from "node:timers/promises"
import { afterEach } from "vitest"

FastCheck.configureGlobal({ seed: Number(process.env["SEED"]) })

/** Lets a worker handle Vitest's messages between tests, as in the root. */
afterEach(() => setImmediate())
