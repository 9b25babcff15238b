/** All four steps and a session, against the sandbox at `baseUrl`. */
import type { HttpClient } from "@effect/platform"
import { AuthorizationFlow, Baanx, RedirectUri, SessionKey, TokenSession } from "@effect-baanx/oauth"
import { Effect, Layer, Redacted } from "effect"

export const config = (baseUrl: string) => ({ baseUrl, clientKey: Redacted.make("sandbox-client-key") })

export const signIn = Effect.gen(function* () {
  const flow = yield* AuthorizationFlow
  const session = yield* TokenSession
  const key = SessionKey.make("user-1")
  yield* session.start(
    key,
    yield* flow.signIn({
      email: "user@example.com",
      password: Redacted.make("sandbox-password"),
      redirectUri: RedirectUri.make("http://localhost:3000/callback")
    })
  )
  const client = yield* session.httpClient(key)
  const { status } = yield* client.get("/v1/user")
  yield* session.signOut(key)
  return status
})

export const signInOver = <E>(baseUrl: string, client: Layer.Layer<HttpClient.HttpClient, E>): Promise<number> =>
  Effect.runPromise(Effect.provide(signIn, Layer.provide(Baanx.layer(config(baseUrl)), client)))
