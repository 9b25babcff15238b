/**
 * The HTTP policy of the module: sets the base URL, client key and region, enforces a deadline and a size limit,
 * follows no redirect, records no secret, and turns every failure into a typed error.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as UrlParams from "@effect/platform/UrlParams"
import { clientKeyHeader, secretKeyHeader, usEnvHeader } from "@effect-baanx/api/Headers"
import { type AbortableCall, executeWithin, keepsDeadlines } from "@effect-baanx/api/Transport"
import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { constVoid } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Tracer from "effect/Tracer"
import { type BaanxConfig, type Region, type ResolvedConfig, resolveConfig } from "./BaanxConfig.js"
import { DecodeError, type HttpError, type InvalidConfigError, type Operation, TransportError } from "./BaanxError.js"
import {
  type AnyCall,
  type AnyEndpoint,
  type BaanxCall,
  type BaanxEndpoint,
  type BaanxOperation,
  successOf,
  typed
} from "./internal/endpoint.js"
import { guard, stayBelow, withoutRedirects } from "./internal/guard.js"
import { logCall } from "./internal/logCall.js"
import { plainText } from "./internal/plainText.js"
import { isSuccess, readBody } from "./internal/readBody.js"
import { refusal, refusalOfSuccess } from "./internal/refusal.js"
import { type Caller, isHttpClientError, makeCallMetrics, placeOf, withCaller } from "./internal/runtime.js"
import { transportError } from "./internal/transportError.js"
import { cleaned, type WordReader } from "./internal/wordReader.js"

export type { BaanxCall, BaanxEndpoint, BaanxOperation, WordReader }

/**
 * What `BaanxClient` offers the services.
 *
 * @since 0.1.0
 * @category models
 */
export interface BaanxClientShape {
  readonly config: ResolvedConfig
  /**
   * Turns an endpoint of the contract into a function that sends one request and decodes the response. Errors quote
   * Baanx's words without the secrets of the request, or as `reader` decides.
   */
  readonly operation: BaanxOperation
  /**
   * A client for the rest of Baanx's API: takes paths below the base URL, rejects those that climb out of it, adds the
   * client key and the region, and follows no redirect.
   */
  readonly http: (region: Region) => HttpClient.HttpClient
}

/**
 * The client that every service of the module uses.
 *
 * @since 0.1.0
 * @category services
 */
export class BaanxClient extends Context.Tag("@effect-baanx/oauth/BaanxClient")<BaanxClient, BaanxClientShape>() {
  /**
   * The client on top of the provided `HttpClient`.
   *
   * @since 0.1.0
   */
  static readonly layer = (config: BaanxConfig): Layer.Layer<BaanxClient, InvalidConfigError, HttpClient.HttpClient> =>
    Layer.effect(BaanxClient, make(config))
}

const annotateStatus = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<void> =>
  Effect.annotateCurrentSpan("http.response.status_code", response.status)

const annotateError = ({ _tag }: HttpError): Effect.Effect<void> => Effect.annotateCurrentSpan("error.type", _tag)

/**
 * The client on top of the provided `HttpClient`. Fails with `InvalidConfigError` if a setting is invalid.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (config: BaanxConfig): Effect.Effect<BaanxClientShape, InvalidConfigError, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const resolved = yield* resolveConfig(config)
    const transport = yield* HttpClient.HttpClient
    const guarded = guard(transport, resolved.baseUrl)
    const client = config.transformClient === undefined ? guarded : withoutRedirects(config.transformClient(guarded))
    const deadlineClient = config.transformClient === undefined && keepsDeadlines(transport) ? transport : undefined
    const millis = Duration.toMillis(resolved.timeout)
    const queueMillis = Duration.toMillis(resolved.queueTimeout)

    const operation = typed((operation, endpoint, reader = cleaned) => {
      const url = `${resolved.baseUrl}${endpoint.path}`
      const template = HttpClientRequest.make(endpoint.method)(url).pipe(
        HttpClientRequest.setHeaders({ accept: "application/json", ...secretKeyFor(resolved, operation) })
      )
      const templates = {
        international: HttpClientRequest.setHeaders(template, commonHeaders(resolved, "international")),
        us: HttpClientRequest.setHeaders(template, commonHeaders(resolved, "us"))
      }
      const decode = Schema.decodeUnknownEither(successOf(endpoint))
      const withMetrics = makeCallMetrics(operation)
      const timeoutError = new TransportError({ operation, reason: "Timeout", sent: true })
      const span = spanOptions(operation, endpoint, new URL(url))

      const read = (response: HttpClientResponse.HttpClientResponse, call: AnyCall, clock: Clock.Clock) => {
        const secrets = () => secretsOf(resolved, call)
        return Effect.flatMap(readBody(operation, response), (body): Effect.Effect<unknown, HttpError> => {
          if (!isSuccess(response.status)) return refusal(operation, response, body, secrets, reader, clock)
          const decoded = decode(body)
          const refused = refusalOfSuccess(operation, response, body, secrets, reader, Either.isRight(decoded))
          if (refused !== undefined) return refused
          return Either.mapLeft(decoded, ({ issue }) => new DecodeError({ operation, ...placeOf(issue) }))
        })
      }

      const send = (
        call: AnyCall,
        { clock, isTraced }: Caller
      ): AbortableCall<unknown, HttpError | HttpClientError.HttpClientError> => {
        const request = toRequest(templates[call.region ?? resolved.region], call)
        const readFrom = (
          sent: Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>
        ) =>
          Effect.flatMap(isTraced ? Effect.tap(sent, annotateStatus) : sent, (response) => read(response, call, clock))

        if (deadlineClient !== undefined) {
          const { abort, effect } = deadlineClient[executeWithin](request, { queueMillis, millis, clock })
          return { abort, effect: readFrom(effect) }
        }
        const effect = readFrom(client.execute(request))
        return {
          abort: constVoid,
          effect: Effect.timeoutFail(effect, { duration: resolved.timeout, onTimeout: () => timeoutError })
        }
      }

      const toError = (error: HttpError | HttpClientError.HttpClientError): HttpError =>
        isHttpClientError(error) ? transportError(operation, error) : error

      return (call) =>
        withCaller((caller) => {
          const measured = withMetrics(caller, send(call, caller), toError)
          const logged = caller.logsDebug ? logCall(operation, measured) : measured
          return caller.isTraced
            ? Effect.withSpan(Effect.tapError(logged, annotateError), `${endpoint.method} ${endpoint.path}`, span)
            : logged
        })
    })

    const http: BaanxClientShape["http"] = (region) =>
      HttpClient.mapRequestInput(stayBelow(client, resolved.baseUrl), (request) =>
        request.pipe(
          // With a slash after the host, no path can lead to another host.
          HttpClientRequest.setUrl(`${resolved.baseUrl}${request.url.startsWith("/") ? "" : "/"}${request.url}`),
          HttpClientRequest.setHeaders(commonHeaders(resolved, region))
        )
      )
    return { config: resolved, operation, http }
  })

/** Follows the OpenTelemetry conventions for HTTP clients, but `url.full` omits the query, which may hold a state. */
const spanOptions = (operation: Operation, { method, path }: AnyEndpoint, url: URL): Tracer.SpanOptions => ({
  kind: "client",
  captureStackTrace: false,
  attributes: {
    "http.request.method": method,
    "server.address": url.hostname,
    "server.port": Number(url.port) || (url.protocol === "https:" ? 443 : 80),
    "url.full": url.href,
    "url.template": path,
    "baanx.operation": operation
  }
})

const secretKeyFor = (config: ResolvedConfig, operation: Operation): Record<string, string> =>
  config.secretKey !== undefined &&
  ((operation === "initiate" && config.secretKeyOn.has("initiate")) ||
    ((operation === "token" || operation === "refresh") && config.secretKeyOn.has("token")))
    ? { [secretKeyHeader]: Redacted.value(config.secretKey) }
    : {}

const commonHeaders = (config: ResolvedConfig, region: Region): Record<string, string> => ({
  [clientKeyHeader]: Redacted.value(config.clientKey),
  [usEnvHeader]: region === "us" ? "true" : "false"
})

const toRequest = (
  template: HttpClientRequest.HttpClientRequest,
  { bearer, payload, urlParams }: AnyCall
): HttpClientRequest.HttpClientRequest => {
  let request = template
  if (bearer !== undefined) request = HttpClientRequest.bearerToken(request, bearer)
  if (urlParams !== undefined) {
    request = HttpClientRequest.setUrlParams(request, UrlParams.fromInput(plainText(urlParams)))
  }
  if (payload !== undefined) {
    request = HttpClientRequest.bodyText(request, JSON.stringify(plainText(payload)), "application/json")
  }
  return request
}

/** Every secret of this call that Baanx could quote in its response. */
const secretsOf = (config: ResolvedConfig, { bearer, payload, urlParams }: AnyCall): ReadonlyArray<string> => [
  Redacted.value(config.clientKey),
  ...(config.secretKey === undefined ? [] : [Redacted.value(config.secretKey)]),
  ...(bearer === undefined ? [] : [Redacted.value(bearer)]),
  ...Object.entries(plainText({ ...urlParams, ...payload })).flatMap(([name, value]) =>
    publicNames.has(name) ? [] : [value]
  )
]

const publicNames = new Set(["grant_type", "response_type", "code_challenge_method", "mode", "region", "token_hint"])
