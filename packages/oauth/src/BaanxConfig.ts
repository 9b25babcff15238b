/**
 * The settings of the module and their validation.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import { PathFamily, Region } from "@effect-baanx/api/Region"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { InvalidConfigError } from "./BaanxError.js"
import { defaultMaxTokenLength } from "./Credentials.js"
import { isLoopback } from "./RedirectUri.js"

export { PathFamily, Region }

/**
 * The settings. Only `clientKey` is required.
 *
 * @since 0.1.0
 * @category models
 */
export interface BaanxConfig {
  /** Default `https://dev.api.baanx.com`. `https`, or `http` on loopback; no user info, query or fragment. */
  readonly baseUrl?: string | URL | undefined
  /** Sent as `x-client-key`; also the OAuth `client_id`. */
  readonly clientKey: Redacted.Redacted<string>
  /** Sent as `x-secret-key`, if Baanx gave you one. */
  readonly secretKey?: Redacted.Redacted<string> | undefined
  /** The steps that send the secret key. Sources disagree; default `["initiate"]`. */
  readonly secretKeyOn?: ReadonlyArray<"initiate" | "token"> | undefined
  /** Default `"international"`. */
  readonly region?: Region | undefined
  /** Default `"oauth"`. */
  readonly pathFamily?: PathFamily | undefined
  /** How long a call may take from the moment it is sent. Default 10 seconds. */
  readonly timeout?: Duration.DurationInput | undefined
  /**
   * How long a call may wait for a free connection before it is sent. Default 30 seconds. It applies to transports that
   * know when they send, such as `NodeHttpClient`; with others, the wait is part of `timeout`.
   */
  readonly queueTimeout?: Duration.DurationInput | undefined
  /** The maximum length of an access or refresh token, in characters, in responses and in requests. Default 16,384. */
  readonly maxTokenLength?: number | undefined
  /**
   * How to end a session at Baanx. `"revoke"` is the documented call of the session's family; in the `oauth` family it
   * ends all of the user's tokens. `"logout"` is `POST /v1/auth/logout` in both families, which released clients call.
   * Default `"revoke"`.
   */
  readonly signOutBy?: "revoke" | "logout" | undefined
  /**
   * What the exchange of the `oauth2` family sends in addition to `grant_type`, `code` and `code_verifier`. The one
   * client that is known to work sends nothing else, and Baanx rejects unknown fields. Default none.
   */
  readonly exchangeFields?: ReadonlyArray<"redirect_uri" | "client_id"> | undefined
  /**
   * Maps the `app_id` of a callback to a region, in addition to `FOX_US` and `LEDGERUS` (`"us"`) and `FOX` and
   * `LEDGERUAT` (`"international"`). A callback with any other `app_id`, or with none, stays in the region where its
   * sign-in began.
   */
  readonly appRegions?: Readonly<Record<string, Region>> | undefined
  /**
   * The scopes of a hosted sign-in of the `oauth2` family. Default `["openid", "profile", "email", "offline_access"]`.
   */
  readonly scopes?: ReadonlyArray<string> | undefined
  /**
   * The expected `iss` of an `oauth2` callback (RFC 9207). Baanx does not document its value; if unset, `iss` is
   * ignored.
   */
  readonly issuer?: string | undefined
  /**
   * A hook for your own retries, proxies and headers. The module's guard is below it: no request can leave the base
   * URL. To go through a gateway, use its URL as the base URL.
   */
  readonly transformClient?: ((client: HttpClient.HttpClient) => HttpClient.HttpClient) | undefined
}

/**
 * The validated settings, with all defaults filled in.
 *
 * @since 0.1.0
 * @category models
 */
export interface ResolvedConfig {
  /** Without a trailing slash. */
  readonly baseUrl: string
  readonly clientKey: Redacted.Redacted<string>
  readonly secretKey: Redacted.Redacted<string> | undefined
  readonly secretKeyOn: ReadonlySet<"initiate" | "token">
  readonly region: Region
  readonly pathFamily: PathFamily
  readonly timeout: Duration.Duration
  readonly queueTimeout: Duration.Duration
  readonly maxTokenLength: number
  readonly signOutBy: "revoke" | "logout"
  readonly exchangeFields: ReadonlySet<"redirect_uri" | "client_id">
  readonly appRegions: ReadonlyMap<string, Region>
  readonly scopes: ReadonlyArray<string>
  readonly issuer: string | undefined
}

/** The values that two public clients and `@effect-baanx/sandbox` use. */
const knownApps: ReadonlyArray<readonly [string, Region]> = [
  ["FOX", "international"],
  ["FOX_US", "us"],
  ["LEDGERUAT", "international"],
  ["LEDGERUS", "us"],
  ["SANDBOX", "international"],
  ["SANDBOX_US", "us"]
]

const headerValue = /^[\x21-\x7e]+$/

const invalidBaseUrl = (reason: string) => new InvalidConfigError({ setting: "baseUrl", reason })

const resolveBaseUrl = (input: string | URL): string | InvalidConfigError => {
  const text = String(input)
  if (!URL.canParse(text))
    return invalidBaseUrl("it is not a URL; write it with its scheme, such as https://api.baanx.com")
  const url = new URL(text)
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url.hostname))) {
    return invalidBaseUrl("it must be https; plain http is allowed only for loopback addresses and localhost")
  }
  if (url.username !== "" || url.password !== "") return invalidBaseUrl("it must not contain user info")
  if (text.includes("?") || text.includes("#")) return invalidBaseUrl("it must not contain a query or a fragment")
  return url.href.replace(/\/+$/, "")
}

const resolveKey = (setting: string, key: Redacted.Redacted<string>): InvalidConfigError | undefined => {
  const value = Redacted.value(key)
  if (value.trim() === "") return new InvalidConfigError({ setting, reason: "it is empty" })
  if (!headerValue.test(value)) {
    return new InvalidConfigError({ setting, reason: "it has a character that is not allowed in a header" })
  }
  return undefined
}

const resolveTime = (input: Duration.DurationInput): Duration.Duration | undefined =>
  Option.getOrUndefined(
    Option.filter(
      Duration.decodeUnknown(input),
      (duration) => Duration.isFinite(duration) && Duration.toMillis(duration) > 0
    )
  )

const notATime = (setting: string) => new InvalidConfigError({ setting, reason: "it must be a finite time above zero" })

/**
 * Checks the settings and fills in the defaults.
 *
 * @since 0.1.0
 * @category constructors
 */
export const resolveConfig = (config: BaanxConfig): Effect.Effect<ResolvedConfig, InvalidConfigError> =>
  Effect.suspend(() => {
    const baseUrl = resolveBaseUrl(config.baseUrl ?? "https://dev.api.baanx.com")
    if (typeof baseUrl !== "string") return baseUrl
    const badKey =
      resolveKey("clientKey", config.clientKey) ??
      (config.secretKey === undefined ? undefined : resolveKey("secretKey", config.secretKey))
    if (badKey !== undefined) return badKey
    const timeout = resolveTime(config.timeout ?? "10 seconds")
    if (timeout === undefined) return notATime("timeout")
    const queueTimeout = resolveTime(config.queueTimeout ?? "30 seconds")
    if (queueTimeout === undefined) return notATime("queueTimeout")
    const maxTokenLength = config.maxTokenLength ?? defaultMaxTokenLength
    if (!Number.isSafeInteger(maxTokenLength) || maxTokenLength < 1) {
      return new InvalidConfigError({ setting: "maxTokenLength", reason: "it must be a whole number above zero" })
    }
    return Effect.succeed({
      baseUrl,
      clientKey: config.clientKey,
      secretKey: config.secretKey,
      secretKeyOn: new Set(config.secretKeyOn ?? ["initiate"]),
      region: config.region ?? "international",
      pathFamily: config.pathFamily ?? "oauth",
      timeout,
      queueTimeout,
      maxTokenLength,
      signOutBy: config.signOutBy ?? "revoke",
      exchangeFields: new Set(config.exchangeFields),
      appRegions: new Map([...knownApps, ...Object.entries(config.appRegions ?? {})]),
      scopes: config.scopes ?? ["openid", "profile", "email", "offline_access"],
      issuer: config.issuer
    })
  })
