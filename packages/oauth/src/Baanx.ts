/**
 * One layer for everything; you provide only an `HttpClient`.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AuthorizationFlow } from "./AuthorizationFlow.js"
import { AuthorizeService } from "./AuthorizeService.js"
import { BaanxClient } from "./BaanxClient.js"
import type { BaanxConfig } from "./BaanxConfig.js"
import type { InvalidConfigError } from "./BaanxError.js"
import { configFromEnvironment } from "./ConfigFromEnvironment.js"
import { InitiateService } from "./InitiateService.js"
import { LoginService } from "./LoginService.js"
import { PendingAuthorizations } from "./PendingAuthorizations.js"
import { TokenService } from "./TokenService.js"
import { TokenSession } from "./TokenSession.js"
import { TokenStore } from "./TokenStore.js"

/**
 * Every service of the module.
 *
 * @since 0.1.0
 * @category models
 */
export type Baanx = AuthorizationFlow | AuthorizeService | InitiateService | LoginService | TokenService | TokenSession

/**
 * Every service; you provide the two stores.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWithStores = (
  config: BaanxConfig
): Layer.Layer<Baanx, InvalidConfigError, HttpClient.HttpClient | PendingAuthorizations | TokenStore> =>
  Layer.mergeAll(AuthorizationFlow.layer, TokenSession.layer).pipe(
    Layer.provideMerge(
      Layer.mergeAll(AuthorizeService.layer, InitiateService.layer, LoginService.layer, TokenService.layer)
    ),
    Layer.provide(BaanxClient.layer(config))
  )

/**
 * Every service, with both stores in memory, for a single process.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { AuthorizationFlow, Baanx, RedirectUri } from "@effect-baanx/oauth"
 * import { Effect, Layer, Redacted } from "effect"
 *
 * const BaanxLive = Baanx.layer({ clientKey: Redacted.make("your-client-key") }).pipe(
 *   Layer.provide(FetchHttpClient.layer)
 * )
 *
 * const begin = Effect.gen(function* () {
 *   const flow = yield* AuthorizationFlow
 *   return yield* flow.begin({ redirectUri: RedirectUri.make("https://yourapp.com/callback") })
 * }).pipe(Effect.provide(BaanxLive))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (config: BaanxConfig): Layer.Layer<Baanx, InvalidConfigError, HttpClient.HttpClient> =>
  Layer.provide(layerWithStores(config), Layer.merge(PendingAuthorizations.layerMemory, TokenStore.layerMemory))

/**
 * Like `layer`, with the settings from `BAANX_BASE_URL`, `BAANX_CLIENT_KEY`, `BAANX_SECRET_KEY`, `BAANX_REGION`,
 * `BAANX_PATH_FAMILY` and `BAANX_TIMEOUT`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig: Layer.Layer<Baanx, InvalidConfigError | ConfigError.ConfigError, HttpClient.HttpClient> =
  Layer.unwrapEffect(Effect.map(configFromEnvironment, layer))
