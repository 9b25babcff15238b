import { NodeHttpClient as UndiciPool } from "@effect-baanx/node"
import type { AuthorizeService } from "@effect-baanx/oauth"
import { FetchHttpClient, type HttpClient } from "@effect/platform"
import { NodeHttpClient } from "@effect/platform-node"
import { type Context, type Duration, Layer, type Effect, type Scope } from "effect"
import { service } from "../AuthorizeSuite.js"

/** The HTTP clients that the module is tested with in Node. */
export const transports: ReadonlyArray<readonly [name: string, Layer.Layer<HttpClient.HttpClient>]> = [
  ["fetch", FetchHttpClient.layer],
  ["undici", NodeHttpClient.layerUndici],
  ["node:http", NodeHttpClient.layer],
  ["@effect-baanx/node", Layer.orDie(UndiciPool.layer())]
]

/** `AuthorizeService` at a base URL through one of them. */
export const through = (
  transport: Layer.Layer<HttpClient.HttpClient>,
  baseUrl: string,
  timeout?: Duration.DurationInput
): Effect.Effect<Context.Context<AuthorizeService>, never, Scope.Scope> =>
  Layer.build(Layer.provide(service(baseUrl, timeout), transport))
