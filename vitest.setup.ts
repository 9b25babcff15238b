import { FastCheck } from "effect"
import process from "node:process"
import { setImmediate } from "node:timers/promises"
import { afterEach } from "vitest"

FastCheck.configureGlobal({ seed: Number(process.env["SEED"]) })

/**
 * Lets a worker hear from Vitest between tests: a file whose tests wait for nothing would keep it deaf for all its time,
 * and after a minute Vitest gives up on a message that was not confirmed.
 */
afterEach(() => setImmediate())
