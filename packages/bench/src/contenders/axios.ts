/** axios on its `node:http` adapter with a timeout, not following redirects. */
import { create } from "axios"
import { Agent } from "node:http"
import type { Connect } from "../Contender.js"
import * as Sample from "../Sample.js"

export const connect: Connect = async (origin) => {
  const httpAgent = new Agent({ keepAlive: true, maxSockets: 64 })
  const client = create({
    baseURL: origin,
    httpAgent,
    headers: Sample.headers,
    timeout: 10_000,
    maxRedirects: 0,
    proxy: false
  })
  return {
    authorize: async () => {
      const { data } = await client.post<unknown>(Sample.path, { token: Sample.sessionToken })
      return Sample.check(Sample.read(data))
    },
    close: async () => httpAgent.destroy()
  }
}
