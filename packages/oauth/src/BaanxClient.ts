/**
 * The one HTTP policy of the module: base URL, client key, region, time-out, size cap, no redirect followed, no secret
 * recorded, every outcome a typed error.
 *
 * @since 0.1.0
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import type { HttpMethod } from "@effect/platform/HttpMethod"
import * as UrlParams from "@effect/platform/UrlParams"
import { clientKeyHeader, secretKeyHeader, usEnvHeader } from "@effect-baanx/api/Headers"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { constTrue, constVoid, identity } from "effect/Function"
import * as Layer from "effect/Layer"
import type * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Tracer from "effect/Tracer"
import { DecodeError, type HttpError, type Operation, TransportError } from "./BaanxError.js"
import { type BaanxConfig, type Region, type ResolvedConfig, resolveConfig } from "./BaanxConfig.js"
import type { InvalidConfigError } from "./BaanxError.js"
import { readBody } from "./internal/answerBody.js"
import { isLogged, logged } from "./internal/logged.js"
import { makeRecorded } from "./internal/recorded.js"
import { refusal } from "./internal/refusal.js"
import { type Abortable, executeWithin, isTimed } from "./internal/timed.js"
import { transportError } from "./internal/transportError.js"

/**
 * One call of an operation. `body` and `query` have the names of the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface BaanxCall {
  readonly region?: Region | undefined
  readonly bearer?: Redacted.Redacted<string> | undefined
  readonly body?: { readonly [name: string]: string } | undefined
  readonly query?: { readonly [name: string]: string } | undefined
}

/**
 * What is needed of an endpoint of the contract.
 *
 * @since 0.1.0
 * @category models
 */
export interface BaanxEndpoint<A> {
  readonly method: HttpMethod
  readonly path: string
  readonly successSchema: Schema.Schema<A, unknown>
}

/**
 * What `BaanxClient` offers to the services.
 *
 * @since 0.1.0
 * @category models
 */
export interface BaanxClientShape {
  readonly config: ResolvedConfig
  /**
   * An endpoint of the contract as a function; what does not change from call to call is worked out here, once. `read`
   * makes secrets of an answer's plain text before anybody else, a tracer for one, sees it.
   */
  readonly operation: <A, B, Call extends BaanxCall = BaanxCall>(
    operation: Operation,
    endpoint: BaanxEndpoint<A>,
    read: (answer: A, call: Call) => B
  ) => (call: Call) => Effect.Effect<B, HttpError>
  /** For the rest of Baanx's API: takes paths below the base URL; adds client key and region, follows no redirect. */
  readonly http: (region: Region) => HttpClient.HttpClient
}

/**
 * The client that every service of the module sends through.
 *
 * @since 0.1.0
 * @category services
 */
export class BaanxClient extends Context.Tag("@effect-baanx/oauth/BaanxClient")<BaanxClient, BaanxClientShape>() {
  /**
   * The client over whichever `HttpClient` is provided.
   *
   * @since 0.1.0
   */
  static readonly layer = (config: BaanxConfig): Layer.Layer<BaanxClient, InvalidConfigError, HttpClient.HttpClient> =>
    Layer.effect(BaanxClient, make(config))
}

/** A redirect ends the call; no span of the platform's records the headers and the URL. */
const guarded = (client: HttpClient.HttpClient): HttpClient.HttpClient =>
  client.pipe(
    HttpClient.withTracerDisabledWhen(constTrue),
    HttpClient.transformResponse(Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual" }))
  )

/** Where nobody gave a tracer, its spans are seen by nobody and not worth making. */
const unseenTracer = Context.get(DefaultServices.liveServices, Tracer.Tracer)

/** By the OpenTelemetry conventions for HTTP clients; `url.full` is without its query, which may hold a state. */
const annotateStatus = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<void> =>
  Effect.annotateCurrentSpan("http.response.status_code", response.status)

const annotateError = ({ _tag }: HttpError): Effect.Effect<void> => Effect.annotateCurrentSpan("error.type", _tag)

/**
 * The client over whichever `HttpClient` is provided. Settings that cannot work are an `InvalidConfigError`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (config: BaanxConfig): Effect.Effect<BaanxClientShape, InvalidConfigError, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const resolved = yield* resolveConfig(config)
    const transport = (config.transformClient ?? identity)(yield* HttpClient.HttpClient)
    const client = guarded(transport)
    const server = new URL(resolved.baseUrl)
    const millis = Duration.toMillis(resolved.timeout)

    const operation = <A, B, Call extends BaanxCall = BaanxCall>(
      operation: Operation,
      endpoint: BaanxEndpoint<A>,
      read: (answer: A, call: Call) => B
    ) => {
      const decode = Schema.decodeUnknownEither(endpoint.successSchema)
      const blank = HttpClientRequest.make(endpoint.method)(`${resolved.baseUrl}${endpoint.path}`).pipe(
        HttpClientRequest.setHeaders({ accept: "application/json", ...secretKeyFor(resolved, operation) })
      )
      const blanks = {
        international: HttpClientRequest.setHeaders(blank, commonHeaders(resolved, "international")),
        us: HttpClientRequest.setHeaders(blank, commonHeaders(resolved, "us"))
      }
      const recorded = makeRecorded(operation)
      const late = new TransportError({ operation, reason: "Timeout", sent: true })
      const name = `${endpoint.method} ${endpoint.path}`
      const span: Tracer.SpanOptions = {
        kind: "client",
        captureStackTrace: false,
        attributes: {
          "http.request.method": endpoint.method,
          "server.address": server.hostname,
          "server.port": Number(server.port) || (server.protocol === "https:" ? 443 : 80),
          "url.full": `${resolved.baseUrl}${endpoint.path}`,
          "url.template": endpoint.path,
          "baanx.operation": operation
        }
      }

      const answer = (response: HttpClientResponse.HttpClientResponse, call: Call) =>
        Effect.flatMap(readBody(operation, response), (body): Effect.Effect<B, HttpError> => {
          const refused = refusal(operation, response, body, () => secretsOf(resolved, call))
          if (refused !== undefined) return refused
          const decoded = decode(body)
          return Either.isRight(decoded)
            ? Effect.succeed(read(decoded.right, call))
            : decodeError(operation, decoded.left.issue)
        })

      const exchange = (
        call: Call,
        isTraced: boolean,
        clock: Clock.Clock
      ): Abortable<B, HttpError | HttpClientError.HttpClientError> => {
        const request = toRequest(blanks[call.region ?? resolved.region], call)
        const answered = (
          sent: Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>
        ) => Effect.flatMap(isTraced ? Effect.tap(sent, annotateStatus) : sent, (response) => answer(response, call))
        if (isTimed(transport)) {
          const { abort, effect } = transport[executeWithin](request, { millis, clock })
          return { abort, effect: answered(effect) }
        }
        const effect = answered(client.execute(request))
        return {
          abort: constVoid,
          effect: Effect.timeoutFail(effect, { duration: resolved.timeout, onTimeout: () => late })
        }
      }
      const toError = (error: HttpError | HttpClientError.HttpClientError): HttpError =>
        HttpClientError.isHttpClientError(error) ? transportError(operation, error) : error

      return (call: Call): Effect.Effect<B, HttpError> =>
        Effect.withFiberRuntime((caller) => {
          const isTraced = caller.currentTracer !== unseenTracer
          const clock = Context.get(caller.currentDefaultServices, Clock.Clock)
          const exchanged = recorded(caller, clock, exchange(call, isTraced, clock), toError)
          const result = isLogged(caller) ? logged(operation, exchanged) : exchanged
          return isTraced ? Effect.withSpan(Effect.tapError(result, annotateError), name, span) : result
        })
    }

    const http: BaanxClientShape["http"] = (region) =>
      HttpClient.mapRequest(client, (request) =>
        request.pipe(
          // With a slash after the host, no path can lead to another one, which would be given the bearer.
          HttpClientRequest.setUrl(`${resolved.baseUrl}${request.url.startsWith("/") ? "" : "/"}${request.url}`),
          HttpClientRequest.setHeaders(commonHeaders(resolved, region))
        )
      )
    return { config: resolved, operation, http }
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
  blank: HttpClientRequest.HttpClientRequest,
  call: BaanxCall
): HttpClientRequest.HttpClientRequest => {
  let request = blank
  if (call.bearer !== undefined) request = HttpClientRequest.bearerToken(request, call.bearer)
  if (call.query !== undefined) request = HttpClientRequest.setUrlParams(request, UrlParams.fromInput(call.query))
  if (call.body !== undefined) {
    request = HttpClientRequest.bodyText(request, JSON.stringify(call.body), "application/json")
  }
  return request
}

/** Whatever of this call Baanx might quote back. */
const secretsOf = (config: ResolvedConfig, call: BaanxCall): ReadonlyArray<string> => [
  Redacted.value(config.clientKey),
  ...(config.secretKey === undefined ? [] : [Redacted.value(config.secretKey)]),
  ...(call.bearer === undefined ? [] : [Redacted.value(call.bearer)]),
  ...Object.entries({ ...call.query, ...call.body }).flatMap(([name, value]) => (publicNames.has(name) ? [] : [value]))
]

const publicNames = new Set(["grant_type", "response_type", "code_challenge_method", "mode", "region", "token_hint"])

/** Where the contract is broken and what should stand there; the value found is left behind. */
const decodeError = (operation: Operation, issue: ParseResult.ParseIssue): DecodeError => {
  const path: Array<string> = []
  let at = issue
  while (true) {
    switch (at._tag) {
      case "Pointer":
        path.push(...[at.path].flat().map(String))
        at = at.issue
        continue
      case "Composite":
        at = Array.isArray(at.issues) ? at.issues[0] : at.issues
        continue
      case "Refinement":
      case "Transformation":
        if (at.kind !== "Predicate") {
          at = at.issue
          continue
        }
        break
      default:
    }
    const expected = at._tag === "Unexpected" ? "nothing" : String(at.ast)
    return new DecodeError({ operation, path: path.join("."), expected })
  }
}
