/** undici's pool by hand with what a careful backend adds: a Schema, and a check of the URL, code and state. */
import * as Schema from "effect/Schema"
import { Pool } from "undici"
import type { Connect } from "../Contender.js"
import * as Sample from "../Sample.js"

const decode = Schema.decodeUnknownSync(
  Schema.Struct({ url: Schema.NonEmptyString, code: Schema.NonEmptyString, state: Schema.NonEmptyString })
)

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
      return Sample.check(decode(await body.json()))
    },
    close: () => pool.destroy()
  }
}
