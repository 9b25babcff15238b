import { FastCheck } from "effect"
import process from "node:process"
import { setImmediate } from "node:timers/promises"
import { afterEach } from "vitest"

FastCheck.configureGlobal({ seed: Number(process.env["SEED"]) })

/**
 * Lets a worker handle Vitest's messages between tests: a file whose tests wait for nothing would block them until it
 * ends, and after a minute Vitest gives up on a message that was not acknowledged.
 */
afterEach(() => setImmediate())
