/**
 * An `HttpClient` for Node on a pool of undici: fast, with a limit on everything, and careful with money.
 *
 * It never follows a redirect and never sends a request twice, not even one that undici would repeat because a
 * kept-alive connection died before it. It makes no span of its own and adds no header. An answer in gzip, deflate or
 * brotli is decompressed, with the size cap counted afterwards; none is asked for.
 *
 * @since 0.1.0
 */
import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { X509Certificate } from "node:crypto"
import * as Undici from "undici"
import { Exchange, type Limits, type TimeLimit } from "./internal/Exchange.js"
import { collect } from "./internal/requestBody.js"
import { aborted, nameOf, Response } from "./internal/Response.js"
import { NodeTransportFailure } from "./NodeTransportFailure.js"

/**
 * What the pool may do. The time-outs are counted by undici, to about half a second; an exact deadline for a whole call
 * is the caller's, with `Effect.timeout` or the `timeout` of the Baanx configuration.
 *
 * @since 0.1.0
 * @category models
 */
export interface NodeHttpClientOptions {
  /** Sockets for each origin, at most. Default 64. */
  readonly connections?: number | undefined
  /** Requests on one socket at once, of which only GET and HEAD share. 0 closes a socket after each. Default 1. */
  readonly pipelining?: number | undefined
  /** How long an idle socket is kept where the server does not say. Default 4 seconds. */
  readonly keepAlive?: Duration.DurationInput | undefined
  /** TCP and TLS together. Default 10 seconds. */
  readonly connectTimeout?: Duration.DurationInput | undefined
  /** From the request to the last of the answer's headers. Default 30 seconds. */
  readonly headersTimeout?: Duration.DurationInput | undefined
  /** Between two pieces of a body, and from the headers to somebody who reads it. Default 30 seconds. */
  readonly bodyTimeout?: Duration.DurationInput | undefined
  /** Follow `http_proxy`, `https_proxy` and `no_proxy` (or in capitals) of the `Config`. Default false. */
  readonly proxyFromEnvironment?: boolean | undefined
  /** PEM certificates to trust instead of those that Node brings. */
  readonly ca?: string | ReadonlyArray<string> | undefined
  /** Bytes of a request's body. Default 1 MiB. */
  readonly maxRequestSize?: number | undefined
  /** Bytes of an answer's body, before and after decompression. Default 1 MiB. */
  readonly maxResponseSize?: number | undefined
}

interface Settings extends Limits {
  readonly maxRequestSize: number
  readonly agent: Undici.Agent.Options
  readonly tls: { readonly rejectUnauthorized: true; readonly timeout: number; readonly ca?: Array<string> }
}

const invalid = (setting: string, reason: string) => ConfigError.InvalidData(["NodeHttpClient", setting], reason)

const settings = (options: NodeHttpClientOptions): Effect.Effect<Settings, ConfigError.ConfigError> => {
  const whole = (setting: keyof NodeHttpClientOptions, value: number, least: number) =>
    Number.isSafeInteger(value) && value >= least
      ? Effect.succeed(value)
      : Effect.fail(invalid(setting, `must be a whole number, ${least} or more`))
  const millis = (setting: keyof NodeHttpClientOptions, value: Duration.DurationInput) =>
    Option.match(Duration.decodeUnknown(value), {
      onNone: () => Effect.fail(invalid(setting, "must be a duration")),
      onSome: (duration) => whole(setting, Math.ceil(Duration.toMillis(duration)), 1)
    })
  return Effect.gen(function* () {
    const connections = yield* whole("connections", options.connections ?? 64, 1)
    const pipelining = yield* whole("pipelining", options.pipelining ?? 1, 0)
    const keepAliveTimeout = yield* millis("keepAlive", options.keepAlive ?? "4 seconds")
    const timeout = yield* millis("connectTimeout", options.connectTimeout ?? "10 seconds")
    const headersTimeout = yield* millis("headersTimeout", options.headersTimeout ?? "30 seconds")
    const bodyTimeout = yield* millis("bodyTimeout", options.bodyTimeout ?? "30 seconds")
    const maxRequestSize = yield* whole("maxRequestSize", options.maxRequestSize ?? 1024 * 1024, 0)
    const maxResponseSize = yield* whole("maxResponseSize", options.maxResponseSize ?? 1024 * 1024, 1)
    const ca = options.ca === undefined ? undefined : [options.ca].flat()
    yield* Effect.try({
      try: () => ca?.map((pem) => new X509Certificate(pem)),
      catch: () => invalid("ca", "must be certificates in PEM")
    })
    // Said here, `rejectUnauthorized` holds against NODE_TLS_REJECT_UNAUTHORIZED too.
    const tls: Settings["tls"] = { rejectUnauthorized: true, timeout, ...(ca === undefined ? {} : { ca }) }
    const agent = { connections, pipelining, keepAliveTimeout, headersTimeout, bodyTimeout, maxResponseSize }
    return { maxRequestSize, maxResponseSize, bodyTimeout, tls, agent: { ...agent, connect: tls } }
  })
}

const fromEnvironment = (name: string): Config.Config<string | undefined> =>
  Config.string(name).pipe(
    Config.orElse(() => Config.string(name.toUpperCase())),
    Config.withDefault(undefined)
  )

const proxyAgent = ({ agent, tls }: Settings): Effect.Effect<Undici.Dispatcher, ConfigError.ConfigError> =>
  Effect.gen(function* () {
    const httpProxy = yield* fromEnvironment("http_proxy")
    const httpsProxy = yield* fromEnvironment("https_proxy")
    const noProxy = yield* fromEnvironment("no_proxy")
    return yield* Effect.try({
      // An empty text keeps undici from looking into the environment itself.
      try: () =>
        new Undici.EnvHttpProxyAgent({
          ...agent,
          requestTls: tls,
          proxyTls: tls,
          httpProxy: httpProxy ?? "",
          httpsProxy: httpsProxy ?? "",
          noProxy: noProxy ?? ""
        }),
      catch: () => invalid("proxyFromEnvironment", "a proxy of the environment is no URL")
    })
  })

const transportError = (request: HttpClientRequest.HttpClientRequest, cause: NodeTransportFailure) =>
  new HttpClientError.RequestError({ request: nameOf(request), reason: "Transport", cause })

const encodeError = (request: HttpClientRequest.HttpClientRequest, reason: "TooLarge" | "Unreadable") =>
  new HttpClientError.RequestError({
    request: nameOf(request),
    reason: "Encode",
    cause: new NodeTransportFailure({ reason: reason === "TooLarge" ? "TooLarge" : "Invalid", sent: false })
  })

/**
 * `@effect-baanx/oauth` looks for this: a call with a time limit, kept by the Clock of the caller from the first byte to
 * the last, without the fibers and the race of `Effect.timeout`. Who runs it aborts it when it ends in a failure or an
 * interruption, which it has to watch for itself.
 */
const executeWithin = Symbol.for("@effect-baanx/node/executeWithin")

class Call {
  exchange: Exchange | undefined
  readonly limit: TimeLimit | undefined

  constructor(limit: TimeLimit | undefined) {
    this.limit = limit
  }

  /** Gives the connection back, whatever the state of the call. */
  abort(): void {
    this.exchange?.abort(aborted)
  }
}

interface Target {
  readonly origin: string
  readonly path: string
}

/** The URL of an endpoint comes again and again without parameters of its own: the first hundred are parsed but once. */
const makeTargetOf = (): ((request: HttpClientRequest.HttpClientRequest) => Target | undefined) => {
  const known = new Map<string, Target>()
  return (request) => {
    const fixed = request.urlParams.length === 0
    const before = fixed ? known.get(request.url) : undefined
    if (before !== undefined) return before
    const url = Either.getOrUndefined(UrlParams.makeUrl(request.url, request.urlParams, Option.none()))
    if (url === undefined) return undefined
    const target = { origin: url.origin, path: url.pathname + url.search }
    if (fixed && known.size < 100) known.set(request.url, target)
    return target
  }
}

/**
 * The client itself, for who wants it without a layer. The pool closes with the scope, and every call with it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: NodeHttpClientOptions = {}
): Effect.Effect<HttpClient.HttpClient, ConfigError.ConfigError, Scope.Scope> =>
  Effect.gen(function* () {
    const limits = yield* settings(options)
    const targetOf = makeTargetOf()
    const dispatcher = yield* Effect.acquireRelease(
      options.proxyFromEnvironment === true
        ? proxyAgent(limits)
        : Effect.sync((): Undici.Dispatcher => new Undici.Agent(limits.agent)),
      (dispatcher) => Effect.promise(() => dispatcher.destroy())
    )

    const dispatch = (
      request: HttpClientRequest.HttpClientRequest,
      { origin, path }: Target,
      headers: Headers.Headers,
      body: Uint8Array | null,
      call: Call
    ) =>
      Effect.async<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>((resume) => {
        const exchange = new Exchange(request.method, limits, () =>
          resume(
            exchange.status === 0 && exchange.failure !== undefined
              ? Effect.fail(transportError(request, exchange.failure))
              : Effect.succeed(new Response(request, exchange))
          )
        )
        call.exchange = exchange
        if (call.limit !== undefined) exchange.endWithin(call.limit)
        dispatcher.dispatch({ origin, path, method: request.method, headers, body }, exchange)
      })

    const send = (
      request: HttpClientRequest.HttpClientRequest,
      call: Call
    ): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> => {
      const target = targetOf(request)
      if (target === undefined) {
        return Effect.fail(new HttpClientError.RequestError({ request: nameOf(request), reason: "InvalidUrl" }))
      }
      const { body, headers } = request
      if (body._tag === "Empty") return dispatch(request, target, headers, null, call)
      if (body._tag === "Uint8Array") {
        return body.body.length > limits.maxRequestSize
          ? Effect.fail(encodeError(request, "TooLarge"))
          : dispatch(request, target, headers, body.body, call)
      }
      return Effect.matchEffect(collect(body, limits.maxRequestSize), {
        onFailure: (reason) => Effect.fail(encodeError(request, reason)),
        onSuccess: ({ bytes, contentType }) =>
          dispatch(
            request,
            target,
            contentType === undefined || "content-type" in headers
              ? headers
              : Headers.set(headers, "content-type", contentType),
            bytes,
            call
          )
      })
    }

    return Object.assign(
      HttpClient.makeWith<never, never, HttpClientError.HttpClientError, never>(
        Effect.flatMap((request) =>
          Effect.uninterruptibleMask((restore) => {
            const call = new Call(undefined)
            // Not the canceler of `Effect.async`: what it builds for each call costs as much as the rest of Effect here.
            return Effect.catchAllCause(restore(send(request, call)), (cause) => {
              call.abort()
              return Effect.failCause(cause)
            })
          })
        ),
        Effect.succeed
      ),
      {
        [executeWithin]: (request: HttpClientRequest.HttpClientRequest, limit: TimeLimit) => {
          const call = new Call(limit)
          return { effect: send(request, call), abort: () => call.abort() }
        }
      }
    )
  })

/**
 * The client as a layer. Options that cannot work make it fail before any call.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options?: NodeHttpClientOptions | undefined
): Layer.Layer<HttpClient.HttpClient, ConfigError.ConfigError> => Layer.scoped(HttpClient.HttpClient, make(options))

/**
 * The options from `Config`, each of them optional: `BAANX_HTTP_CONNECTIONS`, `BAANX_HTTP_PIPELINING`,
 * `BAANX_HTTP_KEEP_ALIVE`, `BAANX_HTTP_CONNECT_TIMEOUT`, `BAANX_HTTP_HEADERS_TIMEOUT`, `BAANX_HTTP_BODY_TIMEOUT` (such
 * as `"10 seconds"`), `BAANX_HTTP_PROXY_FROM_ENVIRONMENT` (`true`), `BAANX_HTTP_CA` (PEM),
 * `BAANX_HTTP_MAX_REQUEST_SIZE`, `BAANX_HTTP_MAX_RESPONSE_SIZE` (bytes).
 *
 * @since 0.1.0
 * @category configs
 */
export const config: Config.Config<NodeHttpClientOptions> = Config.all({
  connections: Config.integer("CONNECTIONS").pipe(Config.withDefault(undefined)),
  pipelining: Config.integer("PIPELINING").pipe(Config.withDefault(undefined)),
  keepAlive: Config.duration("KEEP_ALIVE").pipe(Config.withDefault(undefined)),
  connectTimeout: Config.duration("CONNECT_TIMEOUT").pipe(Config.withDefault(undefined)),
  headersTimeout: Config.duration("HEADERS_TIMEOUT").pipe(Config.withDefault(undefined)),
  bodyTimeout: Config.duration("BODY_TIMEOUT").pipe(Config.withDefault(undefined)),
  proxyFromEnvironment: Config.boolean("PROXY_FROM_ENVIRONMENT").pipe(Config.withDefault(undefined)),
  ca: Config.string("CA").pipe(Config.withDefault(undefined)),
  maxRequestSize: Config.integer("MAX_REQUEST_SIZE").pipe(Config.withDefault(undefined)),
  maxResponseSize: Config.integer("MAX_RESPONSE_SIZE").pipe(Config.withDefault(undefined))
}).pipe(Config.nested("HTTP"), Config.nested("BAANX"))

/**
 * The client as a layer, its options from `config`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig: Layer.Layer<HttpClient.HttpClient, ConfigError.ConfigError> = Layer.scoped(
  HttpClient.HttpClient,
  Effect.flatMap(config, make)
)
