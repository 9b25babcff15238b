/**
 * openid-client's request for a protected resource, with its default timeout of 30 seconds, and the checks by hand.
 */
import * as client from "openid-client"
import type { Connect } from "../Contender.js"
import * as Sample from "../Sample.js"

export const connect: Connect = async (origin) => {
  const config = new client.Configuration({ issuer: origin }, Sample.clientKey)
  // Marked as deprecated only to make it stand out; without it, plain http is refused even on loopback.
  // oxlint-disable-next-line typescript/no-deprecated
  client.allowInsecureRequests(config)
  const url = new URL(Sample.path, origin)
  const headers = new Headers(Sample.headersWithoutBearer)
  return {
    authorize: async () => {
      const response = await client.fetchProtectedResource(
        config,
        Sample.loginToken,
        url,
        "POST",
        JSON.stringify({ token: Sample.sessionToken }),
        headers
      )
      if (response.status !== 200) throw new Error(`status ${response.status}`)
      return Sample.check(Sample.read(await response.json()))
    },
    close: () => Promise.resolve()
  }
}
