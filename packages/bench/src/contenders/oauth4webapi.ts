/**
 * oauth4webapi does not have this endpoint. The closest is a request for a protected resource, then its own validation
 * of an authorization response (state, issuer, error) on the URL of the response, then checks of the code and the
 * location by hand.
 */
import * as oauth from "oauth4webapi"
import type { Connect } from "../Contender.js"
import * as Sample from "../Sample.js"

export const connect: Connect = async (origin) => {
  const server: oauth.AuthorizationServer = { issuer: origin }
  const client: oauth.Client = { client_id: Sample.clientKey }
  const url = new URL(Sample.path, origin)
  const headers = new Headers(Sample.headersWithoutBearer)
  return {
    authorize: async () => {
      const response = await oauth.protectedResourceRequest(
        Sample.loginToken,
        "POST",
        url,
        headers,
        JSON.stringify({ token: Sample.sessionToken }),
        { [oauth.allowInsecureRequests]: true }
      )
      if (response.status !== 200) throw new Error(`status ${response.status}`)
      const answer = Sample.read(await response.json())
      const callback = new URL(answer.url)
      const parameters = oauth.validateAuthResponse(server, client, callback, Sample.state)
      if (
        callback.origin + callback.pathname !== Sample.redirectUri ||
        parameters.get("code") !== answer.code ||
        answer.state !== Sample.state
      ) {
        throw new Error("the URL leads elsewhere")
      }
      return answer.code
    },
    close: () => Promise.resolve()
  }
}
