/**
 * A fast `HttpClient` for Node on an undici pool, with a limit on everything.
 *
 * It never follows a redirect and never sends a request twice, not even one that undici would retry because a
 * kept-alive connection closed. It creates no span and adds no header. It does not ask for compression, but
 * decompresses a response in gzip, deflate or brotli and applies the size limit to the result; reading one in any other
 * coding fails. A body of up to 64 KiB is read ahead, so that a response that you do not read frees its connection.
 *
 * @since 0.1.0
 */
import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { type Deadline, type DeadlineHttpClient, executeWithin, TransportFailure } from "@effect-baanx/api/Transport"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { X509Certificate } from "node:crypto"
import * as Undici from "undici"
import { Exchange, type Limits } from "./internal/Exchange.js"
import { passOverContinue } from "./internal/passOverContinue.js"
import { pausable } from "./internal/pausing.js"
import { collect } from "./internal/requestBody.js"
import { aborted, Response } from "./internal/Response.js"
import { calledBack, hasQuery, invalidConfig, requestError, urlOf } from "./internal/runtime.js"

/**
 * The limits of the pool. undici measures these timeouts, accurate to about half a second. For an exact limit on a
 * whole call, use `Effect.timeout` or the `timeout` of the Baanx configuration, which starts when the request is sent.
 * Before that, a call waits for a free connection, for up to the `queueTimeout` of the Baanx configuration.
 *
 * @since 0.1.0
 * @category models
 */
export interface NodeHttpClientOptions {
  /** The maximum number of sockets per origin. Default 64. */
  readonly connections?: number | undefined
  /**
   * Requests in flight on one socket; only GET and HEAD share one. 0 closes the socket after each request. Default 1.
   */
  readonly pipelining?: number | undefined
  /** How long to keep an idle socket if the server does not say. Default 4 seconds. */
  readonly keepAlive?: Duration.DurationInput | undefined
  /** Limit for TCP and TLS together. Default 10 seconds. */
  readonly connectTimeout?: Duration.DurationInput | undefined
  /** Limit from the request, and again from its first interim response, to the last header. Default 30 seconds. */
  readonly headersTimeout?: Duration.DurationInput | undefined
  /**
   * Limit between two pieces of a body, and from the headers to the first read if the body is not complete by then.
   * Default 30 seconds.
   */
  readonly bodyTimeout?: Duration.DurationInput | undefined
  /** Whether to use `http_proxy`, `https_proxy` and `no_proxy` (or in upper case) from the `Config`. Default false. */
  readonly proxyFromEnvironment?: boolean | undefined
  /** PEM certificates to trust instead of those that come with Node. */
  readonly ca?: string | ReadonlyArray<string> | undefined
  /** Maximum size of a request body in bytes. Default 1 MiB. */
  readonly maxRequestSize?: number | undefined
  /** Maximum size of a response body in bytes, before and after decompression. Default 1 MiB. */
  readonly maxResponseSize?: number | undefined
  /** Maximum size of all headers of a response in bytes. Default 64 KiB. */
  readonly maxHeaderSize?: number | undefined
}

interface Settings extends Limits {
  readonly maxRequestSize: number
  readonly agent: Undici.Agent.Options
  readonly tls: { readonly rejectUnauthorized: true; readonly timeout: number; readonly ca?: Array<string> }
}

const invalid = (setting: string, reason: string) => invalidConfig(["NodeHttpClient", setting], reason)

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
    const maxHeaderSize = yield* whole("maxHeaderSize", options.maxHeaderSize ?? 64 * 1024, 1)
    const ca = options.ca === undefined ? undefined : [options.ca].flat()
    yield* Effect.try({
      try: () => ca?.map((pem) => new X509Certificate(pem)),
      catch: () => invalid("ca", "must be certificates in PEM")
    })
    // When set here, `rejectUnauthorized` overrides NODE_TLS_REJECT_UNAUTHORIZED.
    const tls: Settings["tls"] = { rejectUnauthorized: true, timeout, ...(ca === undefined ? {} : { ca }) }
    const connect = pausable(Undici.buildConnector(tls))
    const agent = {
      connections,
      pipelining,
      keepAliveTimeout,
      headersTimeout,
      bodyTimeout,
      maxResponseSize,
      maxHeaderSize,
      connect: pipelining > 1 ? connect : passOverContinue(connect)
    }
    return {
      maxRequestSize,
      maxResponseSize,
      headersTimeout,
      bodyTimeout,
      pauses: options.proxyFromEnvironment !== true,
      tls,
      agent
    }
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
      // An empty string keeps undici from reading the environment itself.
      try: () =>
        new Undici.EnvHttpProxyAgent({
          ...agent,
          requestTls: tls,
          proxyTls: tls,
          httpProxy: httpProxy ?? "",
          httpsProxy: httpsProxy ?? "",
          noProxy: noProxy ?? ""
        }),
      catch: () => invalid("proxyFromEnvironment", "a proxy in the environment is not a URL")
    })
  })

const encodeError = (request: HttpClientRequest.HttpClientRequest, reason: "TooLarge" | "Unreadable") =>
  requestError(
    request,
    "Encode",
    new TransportFailure({ reason: reason === "TooLarge" ? "TooLarge" : "Invalid", sent: false })
  )

class Call {
  exchange: Exchange | undefined
  readonly deadline: Deadline | undefined

  constructor(deadline?: Deadline) {
    this.deadline = deadline
  }

  /** Frees the connection, whatever the state of the call. */
  abort(): void {
    this.exchange?.abort(aborted)
  }
}

interface Target {
  readonly origin: string
  readonly path: string
}

/** Caches up to 100 parsed URLs: an endpoint has the same one in every call. */
const makeTargetOf = (): ((request: HttpClientRequest.HttpClientRequest) => Target | undefined) => {
  const known = new Map<string, Target>()
  return (request) => {
    const fixed = !hasQuery(request)
    const before = fixed ? known.get(request.url) : undefined
    if (before !== undefined) return before
    const url = urlOf(request)
    if (url === undefined) return undefined
    const target = { origin: url.origin, path: url.pathname + url.search }
    if (fixed && known.size < 100) known.set(request.url, target)
    return target
  }
}

/**
 * The client itself, for use without a layer. The pool closes with the scope, and every call with it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: NodeHttpClientOptions = {}
): Effect.Effect<DeadlineHttpClient, ConfigError.ConfigError, Scope.Scope> =>
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
      calledBack<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>((resume) => {
        const exchange = new Exchange(request.method, limits, () =>
          resume(
            exchange.status === 0 && exchange.failure !== undefined
              ? requestError(request, "Transport", exchange.failure)
              : Effect.succeed(new Response(request, exchange))
          )
        )
        call.exchange = exchange
        // undici's proxy adds `host` to the headers that it is given, and requests share their headers.
        const own = options.proxyFromEnvironment === true ? { ...headers } : headers
        dispatcher.dispatch({ origin, path, method: request.method, headers: own, body }, exchange)
        if (call.deadline !== undefined) exchange.endWithin(call.deadline)
      })

    const send = (
      request: HttpClientRequest.HttpClientRequest,
      call: Call
    ): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> => {
      const target = targetOf(request)
      if (target === undefined) return requestError(request, "InvalidUrl")
      const { body, headers } = request
      if (body._tag === "Empty") return dispatch(request, target, headers, null, call)
      if (body._tag === "Uint8Array") {
        return body.body.length > limits.maxRequestSize
          ? encodeError(request, "TooLarge")
          : dispatch(request, target, headers, body.body, call)
      }
      return Effect.matchEffect(collect(body, limits.maxRequestSize), {
        onFailure: (reason) => encodeError(request, reason),
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
            const call = new Call()
            // The canceler of `Effect.async` would work, but costs as much as the rest of Effect here.
            return Effect.catchAllCause(restore(send(request, call)), (cause) => {
              call.abort()
              return Effect.failCause(cause)
            })
          })
        ),
        Effect.succeed
      ),
      {
        [executeWithin]: (request: HttpClientRequest.HttpClientRequest, deadline: Deadline) => {
          const call = new Call(deadline)
          return { effect: send(request, call), abort: () => call.abort() }
        }
      }
    )
  })

/**
 * The client as a layer. It fails before any call if an option is invalid.
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
 * `BAANX_HTTP_MAX_REQUEST_SIZE`, `BAANX_HTTP_MAX_RESPONSE_SIZE`, `BAANX_HTTP_MAX_HEADER_SIZE` (bytes).
 *
 * @since 0.1.0
 * @category configs
 */
export const config: Config.Config<NodeHttpClientOptions> = Config.all({
  connections: Config.integer("BAANX_HTTP_CONNECTIONS").pipe(Config.withDefault(undefined)),
  pipelining: Config.integer("BAANX_HTTP_PIPELINING").pipe(Config.withDefault(undefined)),
  keepAlive: Config.duration("BAANX_HTTP_KEEP_ALIVE").pipe(Config.withDefault(undefined)),
  connectTimeout: Config.duration("BAANX_HTTP_CONNECT_TIMEOUT").pipe(Config.withDefault(undefined)),
  headersTimeout: Config.duration("BAANX_HTTP_HEADERS_TIMEOUT").pipe(Config.withDefault(undefined)),
  bodyTimeout: Config.duration("BAANX_HTTP_BODY_TIMEOUT").pipe(Config.withDefault(undefined)),
  proxyFromEnvironment: Config.boolean("BAANX_HTTP_PROXY_FROM_ENVIRONMENT").pipe(Config.withDefault(undefined)),
  ca: Config.string("BAANX_HTTP_CA").pipe(Config.withDefault(undefined)),
  maxRequestSize: Config.integer("BAANX_HTTP_MAX_REQUEST_SIZE").pipe(Config.withDefault(undefined)),
  maxResponseSize: Config.integer("BAANX_HTTP_MAX_RESPONSE_SIZE").pipe(Config.withDefault(undefined)),
  maxHeaderSize: Config.integer("BAANX_HTTP_MAX_HEADER_SIZE").pipe(Config.withDefault(undefined))
})

/**
 * The client as a layer, with the options from `config`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig: Layer.Layer<HttpClient.HttpClient, ConfigError.ConfigError> = Layer.scoped(
  HttpClient.HttpClient,
  Effect.flatMap(config, make)
)
