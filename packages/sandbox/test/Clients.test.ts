/** The sequences of calls that three public clients are known to make. */
import { Sandbox } from "@effect-baanx/sandbox"
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { clientKey, email, password } from "./Fixtures.js"
import { call, challenge, form, state, verifier } from "./Steps.js"

const hidden = (page: string) => /type="hidden" name="\w+" value="([^"]+)"/.exec(page)?.[1] ?? ""

const open = (location: string | undefined) => {
  const url = new URL(location ?? "", "http://localhost")
  return call({ path: url.pathname, query: url.search.slice(1), headers: { "x-client-key": undefined } })
}

describe("a public client", () => {
  it.effect("can log in, initiate, authorize, exchange and refresh like Pera", () =>
    Effect.gen(function* () {
      const { redirectUri, secretKey } = yield* Sandbox
      const login = yield* call({ method: "POST", path: "/v1/auth/login", json: { email, password } })
      const initiate = yield* call({
        path: "/v1/auth/oauth/authorize/initiate",
        headers: { "x-secret-key": secretKey },
        query: {
          response_type: "code",
          client_id: clientKey,
          redirect_uri: redirectUri,
          state,
          code_challenge: challenge,
          code_challenge_method: "S256",
          mode: "api"
        }
      })
      const authorize = yield* call({
        method: "POST",
        path: "/v1/auth/oauth/authorize",
        headers: { authorization: `Bearer ${String(login.body["accessToken"])}` },
        json: { token: initiate.body["token"] }
      })
      expect(authorize.body).toMatchObject({ state })
      const token = yield* call({
        method: "POST",
        path: "/v1/auth/oauth/token",
        json: {
          grant_type: "authorization_code",
          code: authorize.body["code"],
          redirect_uri: redirectUri,
          code_verifier: verifier
        }
      })
      expect(token.status).toBe(200)
      const refresh = yield* call({
        method: "POST",
        path: "/v1/auth/oauth/token",
        json: { grant_type: "refresh_token", refresh_token: token.body["refresh_token"] }
      })
      expect(refresh.status).toBe(200)
    }).pipe(Effect.provide(Sandbox.layerHttpClient()))
  )

  it.effect("can open the oauth2 page without a state, exchange with three fields and log out like Ledger", () =>
    Effect.gen(function* () {
      const { redirectUri } = yield* Sandbox
      const start = yield* call({
        path: "/v1/auth/oauth2/authorize",
        headers: { "x-client-key": undefined },
        query: {
          client_id: clientKey,
          response_type: "code",
          scope: "openid profile email offline_access",
          redirect_uri: redirectUri,
          code_challenge: challenge,
          code_challenge_method: "S256",
          prompt: "consent"
        }
      })
      const signInPage = yield* open(start.headers["location"])
      const token = hidden(signInPage.text)
      const signedIn = yield* call(form("/hosted/sign-in", { token, email, password, action: "continue" }))
      const consentPage = yield* open(signedIn.headers["location"])
      const interaction = hidden(consentPage.text)
      const allowed = yield* call(form("/hosted/consent", { interaction, region: "us", action: "allow" }))
      const callback = new URL(allowed.headers["location"] ?? "").searchParams
      expect([...callback.keys()].sort()).toEqual(["app_id", "code", "iss"])
      expect(callback.get("app_id")).toBe("LEDGERUAT_US")

      // The app_id determines the header of every later call.
      const headers = { "x-us-env": "true" }
      const tokens = yield* call({
        method: "POST",
        path: "/v1/auth/oauth2/token",
        headers,
        json: { grant_type: "authorization_code", code: callback.get("code"), code_verifier: verifier }
      })
      expect(tokens.status).toBe(200)
      const authorization = `Bearer ${String(tokens.body["access_token"])}`
      expect((yield* call({ path: "/v1/user", headers: { ...headers, authorization } })).status).toBe(200)
      const logout = yield* call({
        method: "POST",
        path: "/v1/auth/logout",
        headers: { ...headers, authorization }
      })
      expect(logout.body).toEqual({ success: true })
      expect((yield* call({ path: "/v1/user", headers: { ...headers, authorization } })).status).toBe(401)
    }).pipe(
      Effect.provide(
        Sandbox.layerHttpClient({
          clients: [
            {
              clientKey,
              secretKey: "unused",
              redirectUris: ["http://localhost:3000/callback"],
              appId: "LEDGERUAT"
            }
          ]
        })
      )
    )
  )

  it.effect("can initiate with its client key as client_secret and an unused redirect URI like MetaMask", () =>
    Effect.gen(function* () {
      const redirectUri = "https://example.com"
      const headers = { "x-us-env": "false" }
      const initiate = yield* call({
        path: "/v1/auth/oauth/authorize/initiate",
        headers,
        query: {
          response_type: "code",
          client_id: clientKey,
          client_secret: clientKey,
          redirect_uri: redirectUri,
          state,
          code_challenge: challenge,
          code_challenge_method: "S256",
          mode: "api"
        }
      })
      expect(initiate.status).toBe(200)
      const login = yield* call({ method: "POST", path: "/v1/auth/login", headers, json: { email, password } })
      const authorize = yield* call({
        method: "POST",
        path: "/v1/auth/oauth/authorize",
        headers: { ...headers, authorization: `Bearer ${String(login.body["accessToken"])}` },
        json: { token: initiate.body["token"] }
      })
      expect(authorize.body).toMatchObject({ state })
      const exchange = yield* call({
        method: "POST",
        path: "/v1/auth/oauth/token",
        // In its token calls, the client key is the secret key as well.
        headers: { ...headers, "x-secret-key": clientKey },
        json: {
          grant_type: "authorization_code",
          code: authorize.body["code"],
          redirect_uri: redirectUri,
          code_verifier: verifier
        }
      })
      expect(exchange.status).toBe(200)
      const authorization = `Bearer ${String(exchange.body["access_token"])}`
      const logout = yield* call({
        method: "POST",
        path: "/v1/auth/logout",
        headers: { ...headers, authorization },
        json: {}
      })
      expect(logout.body).toEqual({ success: true })
    }).pipe(
      Effect.provide(
        Sandbox.layerHttpClient({
          clients: [{ clientKey, secretKey: "unused", redirectUris: ["https://example.com"] }]
        })
      )
    )
  )
})
