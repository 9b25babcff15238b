/** A backend that has mounted sign-in: a form, a session, a sign-out. */
import { FetchHttpClient, HttpApi, HttpApiBuilder, HttpApiEndpoint, HttpApiGroup, HttpServer } from "@effect/platform"
import { Baanx, RedirectUri } from "@effect-baanx/oauth"
import { BaanxAuth, CurrentSession, PasswordSignIn, SignedIn } from "@effect-baanx/server"
import { Effect, Layer, Schema } from "effect"
import { config } from "./signIn.js"

const account = HttpApiGroup.make("account").add(
  HttpApiEndpoint.get("me", "/me").addSuccess(Schema.Unknown).middleware(SignedIn)
)
const api = HttpApi.make("backend").add(BaanxAuth).add(PasswordSignIn).add(account)

const AccountLive = HttpApiBuilder.group(api, "account", (handlers) =>
  handlers.handle("me", () =>
    Effect.gen(function* () {
      const { httpClient } = yield* CurrentSession
      return yield* (yield* httpClient.get("/v1/user")).json
    }).pipe(Effect.orDie)
  )
)

export const run = async (baseUrl: string): Promise<number> => {
  const origin = "http://localhost:3000"
  const { dispose, handler } = HttpApiBuilder.toWebHandler(
    Layer.mergeAll(
      HttpApiBuilder.api(api).pipe(
        Layer.provide(AccountLive),
        Layer.provide(BaanxAuth.layer(api, { redirectUri: RedirectUri.make(`${origin}/callback`) })),
        Layer.provide(Baanx.layer(config(baseUrl))),
        Layer.provide(FetchHttpClient.layer)
      ),
      HttpServer.layerContext
    )
  )
  const signIn = await handler(
    new Request(`${origin}/sign-in`, {
      method: "POST",
      headers: { origin, "content-type": "application/json" },
      body: JSON.stringify({ email: "user@example.com", password: "sandbox-password" })
    })
  )
  const cookie = signIn.headers
    .getSetCookie()
    .map((line) => line.replace(/;.*/, ""))
    .join("; ")
  const ask = async (method: string, path: string): Promise<number> =>
    (await handler(new Request(`${origin}${path}`, { method, headers: { origin, cookie } }))).status
  const statuses = [await ask("GET", "/me"), await ask("POST", "/sign-out"), await ask("GET", "/me")]
  await dispose()
  return statuses.join() === "200,204,401" ? 200 : Number(statuses[0])
}
