import { assert, describe, it } from "@effect/vitest"
import { contenderNames, contenders, type Entry } from "../src/Contenders.js"
import * as Sample from "../src/Sample.js"
import { withServer } from "./Fixtures.js"

describe("each contender does the same work", () => {
  for (const name of contenderNames) {
    const { load, node, title, transport }: Entry = contenders[name]
    // Bench.full.test.ts runs them in their own Node.
    if (node !== undefined) continue

    const outcome = async (answer: Sample.Answer) => {
      const { connect } = await load()
      const { counts, result } = await withServer(
        connect,
        ({ authorize }) => authorize().catch(() => "rejected"),
        answer
      )
      return { ended: result, requests: counts.requests }
    }

    it(`${title} sends one request with both tokens and returns the code`, async () => {
      assert.deepStrictEqual(await outcome(Sample.answer), {
        ended: Sample.code,
        requests: transport === "null" ? 0 : 1
      })
    })

    if (transport !== "null") {
      it(`${title} rejects another state`, async () => {
        const state = "another-state"
        const url = `${Sample.redirectUri}?state=${state}&code=${Sample.code}`
        assert.deepStrictEqual(await outcome({ ...Sample.answer, state, url }), { ended: "rejected", requests: 1 })
      })
    }

    if (transport !== "null" && name !== "undici") {
      for (const [what, url] of [
        ["place", Sample.answer.url.replace("app.example.com", "app.example.org")],
        ["code", Sample.answer.url.replace(Sample.code, "another-code")],
        ["state", Sample.answer.url.replace(Sample.state, "another-state")]
      ] as const) {
        it(`${title} rejects a URL with another ${what}`, async () => {
          assert.deepStrictEqual(await outcome({ ...Sample.answer, url }), { ended: "rejected", requests: 1 })
        })
      }
    }
  }
})
