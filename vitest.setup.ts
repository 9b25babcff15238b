/**
 * Lets a worker hear from Vitest between tests: a file whose tests wait for nothing would keep it deaf for all its time,
 * and after a minute Vitest gives up on a message that was not confirmed.
 */
import { setImmediate } from "node:timers/promises"
import { afterEach } from "vitest"

afterEach(() => setImmediate())
