/** got with a timeout, without retries, not following redirects. */
import { got } from "got"
import { Agent } from "node:http"
import type { Connect } from "../Contender.js"
import * as Sample from "../Sample.js"

export const connect: Connect = async (origin) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const client = got.extend({
    agent: { http: agent },
    headers: Sample.headers,
    retry: { limit: 0 },
    timeout: { request: 10_000 },
    followRedirect: false
  })
  const url = origin + Sample.path
  return {
    authorize: async () =>
      Sample.check(Sample.read(await client.post(url, { json: { token: Sample.sessionToken } }).json())),
    close: async () => agent.destroy()
  }
}
