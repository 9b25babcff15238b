/** Every service, with its stores in memory and the sandbox as its Baanx. */
import {
  type AccessToken,
  Baanx,
  type BaanxConfig,
  PendingAuthorizations,
  RedirectUri,
  TokenStore
} from "@effect-baanx/oauth"
import { Sandbox } from "@effect-baanx/sandbox"
import { FetchHttpClient, HttpClient, HttpClientRequest } from "@effect/platform"
import { Effect, Layer, Redacted } from "effect"
import { sandboxPassword } from "./Fixtures.js"

export const inProcess = Sandbox.layerHttpClient({ seed: "flow" })
export const overSocket = Layer.merge(
  Sandbox.layer({ seed: "flow" }),
  Layer.provideMerge(FetchHttpClient.layer, Layer.succeed(FetchHttpClient.RequestInit, { redirect: "manual" }))
)

type Program = Baanx.Baanx | PendingAuthorizations | TokenStore | Sandbox | HttpClient.HttpClient

export const program = (
  config: Partial<BaanxConfig> = {},
  sandbox: Layer.Layer<Sandbox | HttpClient.HttpClient, unknown> = inProcess
): Layer.Layer<Program> =>
  Layer.unwrapEffect(
    Effect.map(Sandbox, ({ baseUrl, clientKey }) =>
      Baanx.layerWithStores({ baseUrl, clientKey: Redacted.make(clientKey), ...config })
    )
  ).pipe(
    Layer.orDie,
    Layer.provideMerge(Layer.mergeAll(PendingAuthorizations.layerMemory, TokenStore.layerMemory)),
    Layer.provideMerge(Layer.orDie(sandbox))
  )

export const redirectUri = Effect.map(Sandbox, (sandbox) => RedirectUri.make(sandbox.redirectUri))
export const password = Redacted.make(sandboxPassword)

/** Whether Baanx accepts the token. */
export const works = (token: AccessToken, region: "international" | "us" = "international") =>
  Effect.gen(function* () {
    const { baseUrl, clientKey } = yield* Sandbox
    const client = yield* HttpClient.HttpClient
    const { status } = yield* client.execute(
      HttpClientRequest.get(`${baseUrl}/v1/user`).pipe(
        HttpClientRequest.setHeaders({ "x-client-key": clientKey, "x-us-env": String(region === "us") }),
        HttpClientRequest.bearerToken(token)
      )
    )
    return status === 200
  }).pipe(Effect.orDie)

/** Matches the sandbox's tokens, codes and session tokens. */
export const issued = /(?:access|refresh)_token_[0-9a-f]{4}|auth_code_[0-9a-f]|eyJ[\w-]+\.[\w-]+\./
