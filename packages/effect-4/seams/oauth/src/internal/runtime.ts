/**
 * Code below Effect's documented API: the fiber that makes a call, its metrics without `Effect.onExit` and
 * `Effect.mapError`, decoder issues, and platform errors.
 */
import type { AbortableCall } from "@effect-baanx/api/Transport"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { constTrue } from "effect/Function"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as LogLevel from "effect/LogLevel"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as References from "effect/References"
import type * as SchemaAST from "effect/SchemaAST"
import type * as SchemaIssue from "effect/SchemaIssue"
import * as Tracer from "effect/Tracer"

/** What a call needs to know about the fiber that makes it. */
export interface Caller {
  readonly clock: Clock.Clock
  /** False with the default tracer, whose spans nobody sees. */
  readonly isTraced: boolean
  readonly logsDebug: boolean
  /** Where its metrics are registered, with their attributes. */
  readonly metrics: Context.Context<never>
}

export const withCaller = <A, E, R>(use: (caller: Caller) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.withFiber((fiber) =>
    use({
      clock: fiber.getRef(Clock.Clock),
      isTraced: fiber.getRef(Tracer.Tracer) !== Tracer.nativeTracer,
      logsDebug: LogLevel.isLessThanOrEqualTo(fiber.getRef(References.MinimumLogLevel), "Debug"),
      metrics: fiber.context
    })
  )

/** The context of the running fiber. */
export const currentContext = (): Context.Context<never> => Fiber.getCurrent()?.context ?? Context.empty()

/** The platform's own span would record headers and the URL with its query. */
export const withoutSpans = <E, R>(client: HttpClient.HttpClient.With<E, R>): HttpClient.HttpClient.With<E, R> =>
  HttpClient.transformResponse(client, Effect.provideService(HttpClient.TracerDisabledWhen, constTrue))

/** The options of undici, one of which limits the redirects that an interceptor of the dispatcher may follow. */
export const UndiciOptions = Context.Service<{ readonly maxRedirections: number }>(
  "@effect/platform-node/NodeHttpClient/UndiciOptions"
)

/** `"success"`, the tag of the error that a call failed with, `"interrupted"` or `"defect"`. */
export const outcomeOf = (cause: Cause.Cause<{ readonly _tag: string }>): string =>
  Option.match(Cause.findErrorOption(cause), {
    onSome: (error) => error._tag,
    onNone: () => (Cause.hasInterrupts(cause) ? "interrupted" : "defect")
  })

/** Counts and times the calls of an operation by their outcome, maps their errors, and aborts those that do not succeed. */
export const makeCallMetrics = (operation: string) => {
  const metricsOf = (outcome: string) => {
    const attributes = { operation, outcome }
    return {
      calls: Metric.counter("baanx_calls", { description: "Calls to Baanx", incremental: true, attributes }),
      seconds: Metric.histogram("baanx_call_seconds", {
        description: "How long a call to Baanx took",
        boundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
        attributes
      })
    }
  }
  const known = new Map<string, ReturnType<typeof metricsOf>>()
  const update = (outcome: string, millis: number, context: Caller["metrics"]): void => {
    let metrics = known.get(outcome)
    if (metrics === undefined) known.set(outcome, (metrics = metricsOf(outcome)))
    metrics.calls.updateUnsafe(1, context)
    metrics.seconds.updateUnsafe(millis / 1000, context)
  }

  return <A, E0, E extends { readonly _tag: string }>(
    { clock, metrics }: Caller,
    { abort, effect }: AbortableCall<A, E0>,
    toError: (error: E0) => E
  ): Effect.Effect<A, E> => {
    const start = clock.currentTimeMillisUnsafe()
    const end = (outcome: string): void => update(outcome, clock.currentTimeMillisUnsafe() - start, metrics)
    return Effect.uninterruptibleMask((restore) =>
      Effect.matchCauseEffect(restore(effect), {
        onFailure: (cause) => {
          abort()
          const failed = Cause.map(cause, toError)
          end(outcomeOf(failed))
          return Effect.failCause(failed)
        },
        onSuccess: (value) => {
          end("success")
          return Effect.succeed(value)
        }
      })
    )
  }
}

/** Where a value breaks its schema and what was expected there, without the value itself. */
export const placeOf = (issue: SchemaIssue.Issue): { readonly path: string; readonly expected: string } => {
  const path: Array<string> = []
  let at = issue
  while (true) {
    switch (at._tag) {
      case "Pointer":
        path.push(...at.path.map(String))
        at = at.issue
        continue
      case "Composite":
        at = at.issues[0]
        continue
      case "AnyOf":
        if (at.issues[0] === undefined) break
        at = at.issues[0]
        continue
      case "Encoding":
        at = at.issue
        continue
      default:
    }
    return { path: path.join("."), expected: expectedBy(at) }
  }
}

/** What the schema expects, without the value. */
const expectedBy = (issue: SchemaIssue.Issue): string => {
  switch (issue._tag) {
    case "UnexpectedKey":
      return "nothing"
    case "MissingKey":
      return "a value"
    case "Filter":
      return issue.filter.annotations?.expected ?? "another value"
    case "InvalidType":
      return nameOf(issue.ast)
    case "AnyOf":
    case "OneOf":
      return nameOf(issue.ast)
    default:
      return "another value"
  }
}

const nameOf = (ast: SchemaAST.AST): string => {
  switch (ast._tag) {
    case "Objects":
      return "an object"
    case "Arrays":
      return "an array"
    case "Union":
      return ast.types.map(nameOf).join(" | ")
    case "Literal":
      return JSON.stringify(String(ast.literal))
    default:
      return ast._tag.toLowerCase()
  }
}

/** A required setting; the error for a missing one says what to do. */
export const requiredConfig = <A>(name: string, config: Config.Config<A>, missing: string): Config.Config<A> =>
  Config.mapEffect(
    Config.option(config),
    Option.match({
      onSome: Effect.succeed,
      onNone: () =>
        Effect.fail(new Config.ConfigError(new ConfigProvider.SourceError({ message: `${name}: "${missing}"` })))
    })
  )

export const isHttpClientError = HttpClientError.isHttpClientError

/** Whether reading failed because the response has no body, such as a 204. */
export const isEmptyBody = ({ reason }: HttpClientError.HttpClientError): boolean => reason._tag === "EmptyBodyError"

/** Whether a response had begun. */
export const isOfResponse = ({ response }: HttpClientError.HttpClientError): boolean => response !== undefined

type RequestReason = "Transport" | "Encode" | "InvalidUrl"

/** Why a request was not sent, in terms that reveal nothing about it. */
export const requestReasonOf = ({ reason }: Pick<HttpClientError.HttpClientError, "reason">): RequestReason =>
  reason._tag === "EncodeError" ? "Encode" : reason._tag === "InvalidUrlError" ? "InvalidUrl" : "Transport"

/** Whether a request was never sent because it could not be built. */
export const isUnsendable = (error: HttpClientError.HttpClientError): boolean => requestReasonOf(error) !== "Transport"

const requestErrors = {
  Transport: HttpClientError.TransportError,
  Encode: HttpClientError.EncodeError,
  InvalidUrl: HttpClientError.InvalidUrlError
}

export const requestError = (
  request: HttpClientRequest.HttpClientRequest,
  reason: RequestReason,
  details?: { readonly description?: string; readonly cause?: unknown }
): HttpClientError.HttpClientError =>
  new HttpClientError.HttpClientError({ reason: new requestErrors[reason]({ request, ...details }) })

const responseErrors = {
  StatusCodeError: HttpClientError.StatusCodeError,
  DecodeError: HttpClientError.DecodeError,
  EmptyBodyError: HttpClientError.EmptyBodyError
}

export const responseError = (
  response: HttpClientResponse.HttpClientResponse,
  { reason }: HttpClientError.HttpClientError
): HttpClientError.HttpClientError => {
  const { request } = response
  return new HttpClientError.HttpClientError({
    reason:
      reason._tag === "StatusCodeError" || reason._tag === "DecodeError" || reason._tag === "EmptyBodyError"
        ? new responseErrors[reason._tag]({ request, response })
        : new requestErrors[requestReasonOf({ reason })]({ request })
  })
}
