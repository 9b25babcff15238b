/**
 * Runs the backend on Node with settings from the environment: `REDIRECT_URI`, `PORT` (3000), `HOST` (127.0.0.1),
 * `BAANX_COOKIE_KEYS` for more than one process, and the `BAANX_*` of `Baanx.layerConfig`. Without `BAANX_BASE_URL` it
 * starts a sandbox.
 */
import { NodeHttpClient } from "@effect-baanx/node"
import { Baanx, RedirectUri } from "@effect-baanx/oauth"
import { Sandbox } from "@effect-baanx/sandbox"
import { HttpServer } from "@effect/platform"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Array as Arr, Config, ConfigProvider, Effect, Layer, Option, Schema } from "effect"
import { createServer } from "node:http"
import * as Backend from "./Backend.js"

const port = Config.withDefault(Config.port("PORT"), 3000)
const redirectUri = Config.orElse(Schema.Config("REDIRECT_URI", RedirectUri), () =>
  Config.map(port, (port) => RedirectUri.make(`http://localhost:${port}/callback`))
)

/** A local Baanx with the redirect URI registered, and the settings to connect to it. */
const SandboxLive = Effect.gen(function* () {
  const sandbox = Sandbox.layer({
    clients: [{ clientKey: "sandbox-client-key", secretKey: "sandbox-secret-key", redirectUris: [yield* redirectUri] }]
  })
  return Layer.unwrapScoped(
    Effect.gen(function* () {
      const { baseUrl, clientKey } = yield* Sandbox
      yield* Effect.logInfo(`The sandbox runs at ${baseUrl}. Sign in as user@example.com with sandbox-password`)
      const settings = new Map([
        ["BAANX_BASE_URL", baseUrl],
        ["BAANX_CLIENT_KEY", clientKey]
      ])
      return Layer.setConfigProvider(
        ConfigProvider.orElse(ConfigProvider.fromMap(settings, { pathDelim: "_" }), () => ConfigProvider.fromEnv())
      )
    })
  ).pipe(Layer.provide(sandbox))
}).pipe(Layer.unwrapEffect)

const BaanxLive = Layer.unwrapEffect(
  Effect.map(Config.option(Config.string("BAANX_BASE_URL")), (baseUrl) =>
    Option.isSome(baseUrl) ? Baanx.layerConfig : Layer.provide(Baanx.layerConfig, SandboxLive)
  )
)

const BackendLive = Effect.gen(function* () {
  const keys = yield* Config.withDefault(Config.array(Config.redacted(), "BAANX_COOKIE_KEYS"), [])
  return Backend.layer({
    redirectUri: yield* redirectUri,
    keys: Arr.isNonEmptyReadonlyArray(keys) ? keys : undefined
  })
}).pipe(Layer.unwrapEffect)

Backend.serve.pipe(
  HttpServer.withLogAddress,
  Layer.provide(BackendLive),
  Layer.provide(BaanxLive),
  Layer.provide(NodeHttpClient.layer()),
  Layer.provide(
    NodeHttpServer.layerConfig(createServer, { port, host: Config.withDefault(Config.string("HOST"), "127.0.0.1") })
  ),
  Layer.launch,
  NodeRuntime.runMain
)
