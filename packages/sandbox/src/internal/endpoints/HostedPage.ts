/** `GET /v1/auth/oauth2/authorize`: where the browser starts in the `oauth2` family. */
import type { hostedPage as contract } from "@effect-baanx/api/BaanxApi"
import { OAuthError } from "@effect-baanx/api/WireError"
import type { HttpApiEndpoint } from "@effect/platform/HttpApiEndpoint"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { note, refuse } from "../Call.js"
import { checkRedirectUri } from "../checks/RedirectUri.js"
import { redirectTo, startSession } from "../Sessions.js"
import { Store } from "../Store.js"

const knownScopes = ["openid", "profile", "email", "offline_access", "platform:full"]

/** The response of the token endpoint always has a refresh token, so a request that asks for none is refused. */
const scopeFault = (scope: string) => {
  const scopes = scope.split(" ")
  const unknown = scopes.find((name) => !knownScopes.includes(name))
  if (unknown !== undefined) return `The scope must consist of ${knownScopes.join(" ")}`
  return scopes.includes("offline_access") ? undefined : "The scope must include offline_access"
}

/**
 * Starts a session and sends the browser to the sign-in page. Once the redirect URI is known to be the client's, errors
 * are redirected there (RFC 6749 section 4.1.2.1).
 */
export const hostedPage = ({ urlParams }: HttpApiEndpoint.Request<typeof contract>) =>
  Effect.gen(function* () {
    const { clients } = (yield* Store).state
    const client = clients.get(urlParams.client_id)
    if (client === undefined) {
      return yield* refuse(new OAuthError({ error: "invalid_client", error_description: "Unknown client_id" }))
    }
    yield* note({ clientKey: client.clientKey })
    yield* checkRedirectUri(urlParams.redirect_uri, client)
    const state = urlParams.state && Redacted.value(urlParams.state)
    const fault = scopeFault(urlParams.scope)
    if (fault !== undefined) {
      yield* note({ detail: fault })
      const url = redirectTo(urlParams.redirect_uri, {
        error: "invalid_scope",
        error_description: fault,
        ...(state === undefined ? {} : { state })
      })
      return HttpServerResponse.redirect(url, { status: 302 })
    }
    const { url } = yield* startSession({
      pathFamily: "oauth2",
      clientKey: client.clientKey,
      region: urlParams.region === "us" ? "us" : "international",
      redirectUri: urlParams.redirect_uri,
      state,
      codeChallenge: urlParams.code_challenge,
      scope: urlParams.scope
    })
    return HttpServerResponse.redirect(url, { status: 302 })
  })
