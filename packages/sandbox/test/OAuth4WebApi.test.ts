import { Sandbox } from "@effect-baanx/sandbox"
import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import * as oauth from "oauth4webapi"
import { email, password } from "./Fixtures.js"

/** Signs in on the hosted pages like a browser without scripts, and returns the callback. */
const browse = async (start: URL): Promise<URL> => {
  const { origin } = start
  let response = await fetch(start, { redirect: "manual" })
  for (let hops = 0; hops < 10; hops++) {
    const location = response.headers.get("location")
    if (location !== null) {
      const next = new URL(location, origin)
      if (next.origin !== origin) return next
      response = await fetch(next, { redirect: "manual" })
      continue
    }
    const page = await response.text()
    const [, action = ""] = /action="([^"]+)"/.exec(page) ?? []
    const [, name = "", value = ""] = /type="hidden" name="(\w+)" value="([^"]+)"/.exec(page) ?? []
    const fields = action.endsWith("consent") ? { action: "allow" } : { email, password, action: "continue" }
    const body = new URLSearchParams({ [name]: value, ...fields })
    response = await fetch(new URL(action, origin), { method: "POST", body, redirect: "manual" })
  }
  throw new Error("No callback after the last page")
}

it.scopedLive("oauth4webapi can authorize, exchange, refresh and revoke in the oauth2 family", () =>
  Effect.gen(function* () {
    const { baseUrl, clientId, clientKey, redirectUri } = yield* Sandbox
    yield* Effect.promise(async () => {
      const server: oauth.AuthorizationServer = {
        issuer: baseUrl,
        authorization_endpoint: `${baseUrl}/v1/auth/oauth2/authorize`,
        token_endpoint: `${baseUrl}/v1/auth/oauth2/token`,
        authorization_response_iss_parameter_supported: true
      }
      const client: oauth.Client = { client_id: clientId }
      const options = { [oauth.allowInsecureRequests]: true, headers: { "x-client-key": clientKey } }
      const verifier = oauth.generateRandomCodeVerifier()
      const state = oauth.generateRandomState()
      const start = new URL(`${baseUrl}/v1/auth/oauth2/authorize`)
      start.search = new URLSearchParams({
        client_id: clientId,
        response_type: "code",
        scope: "openid profile email offline_access",
        redirect_uri: redirectUri,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
        prompt: "consent",
        state
      }).toString()

      const parameters = oauth.validateAuthResponse(server, client, await browse(start), state)
      const exchange = () =>
        oauth.authorizationCodeGrantRequest(server, client, oauth.None(), parameters, redirectUri, verifier, options)
      const tokens = await oauth.processAuthorizationCodeResponse(server, client, await exchange())
      expect(tokens).toMatchObject({ token_type: "bearer", expires_in: 21_600, scope: start.searchParams.get("scope") })

      // No known client of Baanx sends its client_id with a refresh token, and the contract does not allow it.
      const noClientId: oauth.ClientAuth = () => undefined
      const refresh = () =>
        oauth.refreshTokenGrantRequest(server, client, noClientId, tokens.refresh_token ?? "", options)
      const renewed = await oauth.processRefreshTokenResponse(server, client, await refresh())
      expect(renewed.access_token).not.toBe(tokens.access_token)

      await expect(oauth.processRefreshTokenResponse(server, client, await refresh())).rejects.toMatchObject({
        error: "invalid_grant",
        status: 400
      })
      await expect(oauth.processAuthorizationCodeResponse(server, client, await exchange())).rejects.toMatchObject({
        error: "invalid_grant"
      })
    })
  }).pipe(Effect.provide(Sandbox.layer({ settings: { hostedExchangeFields: "optional" } })))
)
