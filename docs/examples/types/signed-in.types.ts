/** An endpoint has a session only behind `SignedIn`. Nothing here runs: the compiler is the test. */
import type {
  AccessToken,
  AuthorizationFlow,
  LoginService,
  RedirectUri,
  SessionKey,
  TokenSession,
  TokenSessionError
} from "@effect-baanx/oauth"
import { BaanxAuth, CurrentSession, type CurrentSessionShape, PasswordSignIn, SignedIn } from "@effect-baanx/server"
import { HttpApi, HttpApiBuilder, HttpApiEndpoint, HttpApiGroup, type HttpClient } from "@effect/platform"
import { Effect, Layer, Schema } from "effect"
import { expectTypeOf } from "vitest"

declare const redirectUri: RedirectUri

const account = HttpApiGroup.make("account")
  .add(HttpApiEndpoint.get("mine", "/mine").addSuccess(Schema.String).middleware(SignedIn))
  .add(HttpApiEndpoint.get("open", "/open").addSuccess(Schema.String))
const Api = HttpApi.make("backend").add(BaanxAuth).add(PasswordSignIn).add(account)

const key = Effect.map(CurrentSession, ({ key }): string => key)

expectTypeOf<CurrentSessionShape["key"]>().toEqualTypeOf<SessionKey>()
expectTypeOf<CurrentSessionShape["accessToken"]>().toEqualTypeOf<Effect.Effect<AccessToken, TokenSessionError>>()
expectTypeOf<CurrentSessionShape["httpClient"]>().toEqualTypeOf<HttpClient.HttpClient>()

const behind = HttpApiBuilder.group(Api, "account", (handlers) =>
  handlers.handle("mine", () => key).handle("open", () => Effect.succeed("to everyone"))
)
const notBehind = HttpApiBuilder.group(Api, "account", (handlers) =>
  handlers.handle("mine", () => key).handle("open", () => key)
)

const serve = (account: Layer.Layer<HttpApiGroup.ApiGroup<"backend", "account">, never, SignedIn>) =>
  HttpApiBuilder.api(Api).pipe(Layer.provide(account), Layer.provide(BaanxAuth.layer(Api, { redirectUri })))

serve(behind)
// @ts-expect-error `open` is not behind `SignedIn`, and nothing provides CurrentSession
serve(notBehind)

// For sign-in, a backend has to provide the services of `Baanx.layer`.
expectTypeOf<Layer.Layer.Context<ReturnType<typeof serve>>>().toEqualTypeOf<
  AuthorizationFlow | LoginService | TokenSession
>()

const alone = HttpApi.make("backend").add(BaanxAuth)
// An API that mounts sign-in runs only with its layer.
expectTypeOf(HttpApiBuilder.api(alone)).toEqualTypeOf<
  Layer.Layer<HttpApi.Api, never, HttpApiGroup.ApiGroup<"backend", "baanxAuth">>
>()

// @ts-expect-error an unchecked string is not a redirect URI
BaanxAuth.layer(Api, { redirectUri: "https://app.example.com/callback" })

// @ts-expect-error a path begins with a slash
BaanxAuth.make({ prefix: "auth" })
