/**
 * The settings of the module as a `Config`.
 *
 * @since 0.1.0
 */
import { PathFamily, Region } from "@effect-baanx/api/Region"
import * as Config from "effect/Config"
import * as Schema from "effect/Schema"
import type { BaanxConfig } from "./BaanxConfig.js"
import { requiredConfig } from "./internal/runtime.js"

const optional = <A>(config: Config.Config<A>, description: string): Config.Config<A | undefined> =>
  config.pipe(Config.withDescription(description), Config.withDefault(undefined))

/** Nothing works without it, so the error says where to get one. */
const clientKey = requiredConfig(
  "BAANX_CLIENT_KEY",
  Config.redacted("BAANX_CLIENT_KEY"),
  "it is not set. Baanx issues client keys; to try without one, use the key that `baanx sandbox` prints"
).pipe(Config.withDescription("The public client key, x-client-key"))

/**
 * The settings from `BAANX_BASE_URL`, `BAANX_CLIENT_KEY`, `BAANX_SECRET_KEY`, `BAANX_REGION`, `BAANX_PATH_FAMILY` and
 * `BAANX_TIMEOUT`. Only the client key is required.
 *
 * @since 0.1.0
 * @category config
 */
export const configFromEnvironment: Config.Config<BaanxConfig> = Config.all({
  baseUrl: optional(Config.string("BAANX_BASE_URL"), "The base URL of Baanx's API"),
  clientKey,
  secretKey: optional(Config.redacted("BAANX_SECRET_KEY"), "The private key, x-secret-key"),
  region: optional(Schema.Config("BAANX_REGION", Region), "The backend: international or us"),
  pathFamily: optional(Schema.Config("BAANX_PATH_FAMILY", PathFamily), "The path family: oauth or oauth2"),
  timeout: optional(Config.duration("BAANX_TIMEOUT"), "How long a call may take, such as 10 seconds")
})
