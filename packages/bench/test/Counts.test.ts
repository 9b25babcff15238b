import { assert, describe, it } from "@effect/vitest"
import { connect } from "../src/contenders/node.js"
import { soak } from "../src/Soak.js"
import { type Counts, listen } from "../src/StaticServer.js"
import { withServer } from "./Fixtures.js"

/** The server's counts after `lanes` concurrent series of `calls` successive calls. */
const reached = async (lanes: number, calls: number): Promise<Counts> => {
  const { counts } = await withServer(connect, ({ authorize }) =>
    Promise.all(
      Array.from({ length: lanes }, async () => {
        for (let call = 0; call < calls; call++) await authorize()
      })
    )
  )
  return counts
}

describe("this module on NodeHttpClient", () => {
  it("sends 1,000 requests for 1,000 successive calls, on the same sockets", async () => {
    const { requests, sockets } = await reached(1, 1000)
    assert.strictEqual(requests, 1000)
    // undici's pool opens a second socket if the next call comes before it has freed the first, and never a third.
    assert.isAtMost(sockets, 2)
  })

  it("opens no more sockets than the limit of its pool", async () => {
    const { requests, sockets } = await reached(50, 20)
    assert.strictEqual(requests, 1000)
    assert.isAtMost(sockets, 64)
  })

  it("leaks no socket, fiber or listener when calls are interrupted", async () => {
    const server = await listen()
    const { fibers, interrupted, listeners, sockets, warnings } = await soak(server.origin, 1000, () => undefined)
    await server.close()
    assert.isAbove(interrupted, 0)
    assert.deepStrictEqual({ fibers, listeners, warnings }, { fibers: 0, listeners: 0, warnings: 0 })
    assert.isAtMost(sockets, 0)
  })
})
