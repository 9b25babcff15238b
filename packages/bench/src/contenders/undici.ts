/** undici's pool by hand: compares the state, and nothing else. */
import { Pool } from "undici"
import type { Connect } from "../Contender.js"
import * as Sample from "../Sample.js"

export const connect: Connect = async (origin) => {
  const pool = new Pool(origin, { connections: 64, pipelining: 1 })
  return {
    authorize: async () => {
      const { statusCode, body } = await pool.request({
        method: "POST",
        path: Sample.path,
        headers: Sample.headers,
        body: JSON.stringify({ token: Sample.sessionToken })
      })
      if (statusCode !== 200) throw new Error(`status ${statusCode}`)
      const answer: unknown = await body.json()
      return Sample.checkState(Sample.read(answer))
    },
    close: () => pool.destroy()
  }
}
