/** `GET /v1/auth/oauth/authorize/initiate`: step 1. */
import type { initiate as contract } from "@effect-baanx/api/BaanxApi"
import { SessionToken } from "@effect-baanx/api/Credentials"
import { secretKeyHeader } from "@effect-baanx/api/Headers"
import { OAuthError } from "@effect-baanx/api/WireError"
import type { HttpApiEndpoint } from "@effect/platform/HttpApiEndpoint"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { caller, refuse } from "../Call.js"
import { checkClientId } from "../checks/ClientId.js"
import { checkRedirectUri } from "../checks/RedirectUri.js"
import { checkSecretKey } from "../checks/SecretKey.js"
import type { SandboxClient } from "../../SandboxSeed.js"
import { startSession } from "../Sessions.js"
import { Store } from "../Store.js"

/** One public client sends its client key here; what else Baanx accepts is unknown. */
const checkClientSecret = (clientSecret: Redacted.Redacted<string> | undefined, client: SandboxClient) =>
  clientSecret === undefined || [client.clientKey, client.secretKey].includes(Redacted.value(clientSecret))
    ? Effect.void
    : refuse(new OAuthError({ error: "invalid_client", error_description: "Invalid client secret" }))

/** Starts a session. With `mode=api` it returns the token, otherwise it redirects the browser to the hosted page. */
export const initiate = ({ headers, urlParams }: HttpApiEndpoint.Request<typeof contract>) =>
  Effect.gen(function* () {
    const { client, region } = yield* caller
    const { settings } = (yield* Store).state
    yield* checkClientId(urlParams.client_id, client)
    yield* checkSecretKey(headers[secretKeyHeader], [client.secretKey], settings.secretKeyOnInitiate)
    yield* checkClientSecret(urlParams.client_secret, client)
    yield* checkRedirectUri(urlParams.redirect_uri, client)
    const session = yield* startSession({
      pathFamily: "oauth",
      clientKey: client.clientKey,
      region,
      redirectUri: urlParams.redirect_uri,
      state: Redacted.value(urlParams.state),
      codeChallenge: urlParams.code_challenge,
      scope: undefined
    })
    return urlParams.mode === "api"
      ? { token: SessionToken.make(session.token), url: Redacted.make(session.url) }
      : HttpServerResponse.redirect(session.url, { status: 302 })
  })
