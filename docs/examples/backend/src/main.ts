/**
 * The backend on Node, with its settings from the environment: `REDIRECT_URI`, `PORT` (3000), and the `BAANX_*` of
 * `Baanx.layerConfig`.
 */
import { NodeHttpClient } from "@effect-baanx/node"
import { Baanx, RedirectUri } from "@effect-baanx/oauth"
import { HttpServer } from "@effect/platform"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Config, Effect, Layer, Schema } from "effect"
import { createServer } from "node:http"
import * as Backend from "./Backend.js"

const BackendLive = Layer.unwrapEffect(Effect.map(Schema.Config("REDIRECT_URI", RedirectUri), Backend.layer))

Backend.serve.pipe(
  HttpServer.withLogAddress,
  Layer.provide(BackendLive),
  Layer.provide(Baanx.layerConfig),
  Layer.provide(NodeHttpClient.layer()),
  Layer.provide(NodeHttpServer.layerConfig(createServer, { port: Config.port("PORT").pipe(Config.withDefault(3000)) })),
  Layer.launch,
  NodeRuntime.runMain
)
