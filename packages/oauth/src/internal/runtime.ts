/**
 * Code below Effect's documented API: the fiber that makes a call, its metrics without `Effect.onExit` and
 * `Effect.mapError`, decoder issues, and platform errors.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import type { AbortableCall } from "@effect-baanx/api/Transport"
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import { constTrue } from "effect/Function"
import * as LogLevel from "effect/LogLevel"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as MetricKey from "effect/MetricKey"
import * as MetricLabel from "effect/MetricLabel"
import * as Option from "effect/Option"
import type * as ParseResult from "effect/ParseResult"
import * as Tracer from "effect/Tracer"

/** What a call needs to know about the fiber that makes it. */
export interface Caller {
  readonly clock: Clock.Clock
  /** False with the default tracer, whose spans nobody sees. */
  readonly isTraced: boolean
  readonly logsDebug: boolean
  readonly metricLabels: ReadonlyArray<MetricLabel.MetricLabel>
}

const defaultTracer = Context.get(DefaultServices.liveServices, Tracer.Tracer)

export const withCaller = <A, E, R>(use: (caller: Caller) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.withFiberRuntime((fiber) =>
    use({
      clock: Context.get(fiber.currentDefaultServices, Clock.Clock),
      isTraced: fiber.currentTracer !== defaultTracer,
      logsDebug: LogLevel.lessThanEqual(fiber.getFiberRef(FiberRef.currentMinimumLogLevel), LogLevel.Debug),
      metricLabels: fiber.getFiberRef(FiberRef.currentMetricLabels)
    })
  )

/** The context of the running fiber. */
export const currentContext = (): Context.Context<never> => Option.getOrThrow(Fiber.getCurrentFiber()).currentContext

/** The platform's own span would record headers and the URL with its query. */
export const withoutSpans = HttpClient.withTracerDisabledWhen(constTrue)

/** The options of undici, one of which limits the redirects that an interceptor of the dispatcher may follow. */
export const UndiciOptions = Context.GenericTag<{ readonly maxRedirections: number }>(
  "@effect/platform-node/NodeHttpClient/undiciOptions"
)

const calls = MetricKey.counter("baanx_calls", { description: "Calls to Baanx", incremental: true })
const seconds = MetricKey.histogram(
  "baanx_call_seconds",
  MetricBoundaries.fromIterable([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]),
  "How long a call to Baanx took"
)

/** `"success"`, the tag of the error that a call failed with, `"interrupted"` or `"defect"`. */
export const outcomeOf = (cause: Cause.Cause<{ readonly _tag: string }>): string =>
  Option.match(Cause.failureOption(cause), {
    onSome: (error) => error._tag,
    onNone: () => (Cause.isInterrupted(cause) ? "interrupted" : "defect")
  })

/** Counts and times the calls of an operation by their outcome, maps their errors, and aborts those that do not succeed. */
export const makeCallMetrics = (operation: string) => {
  const metricsOf = (outcome: string) => {
    const labels = [MetricLabel.make("operation", operation), MetricLabel.make("outcome", outcome)]
    return {
      calls: Metric.fromMetricKey(MetricKey.taggedWithLabels(calls, labels)),
      seconds: Metric.fromMetricKey(MetricKey.taggedWithLabels(seconds, labels))
    }
  }
  const known = new Map<string, ReturnType<typeof metricsOf>>()
  const update = (outcome: string, millis: number, labels: Caller["metricLabels"]): void => {
    let metrics = known.get(outcome)
    if (metrics === undefined) known.set(outcome, (metrics = metricsOf(outcome)))
    metrics.calls.unsafeUpdate(1, labels)
    metrics.seconds.unsafeUpdate(millis / 1000, labels)
  }

  return <A, E0, E extends { readonly _tag: string }>(
    { clock, metricLabels }: Caller,
    { abort, effect }: AbortableCall<A, E0>,
    toError: (error: E0) => E
  ): Effect.Effect<A, E> => {
    const start = clock.unsafeCurrentTimeMillis()
    const end = (outcome: string): void => update(outcome, clock.unsafeCurrentTimeMillis() - start, metricLabels)
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
export const placeOf = (issue: ParseResult.ParseIssue): { readonly path: string; readonly expected: string } => {
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
    return { path: path.join("."), expected: at._tag === "Unexpected" ? "nothing" : String(at.ast) }
  }
}

/** A required setting; the error for a missing one says what to do. */
export const requiredConfig = <A>(name: string, config: Config.Config<A>, missing: string): Config.Config<A> =>
  Config.mapOrFail(Config.option(config), (value) =>
    Either.fromOption(value, () => ConfigError.MissingData([name], missing))
  )

export const isHttpClientError = HttpClientError.isHttpClientError

/** Whether reading failed because the response has no body, such as a 204. */
export const isEmptyBody = (error: HttpClientError.HttpClientError): boolean => error.reason === "EmptyBody"

/** Whether a response had begun. */
export const isOfResponse = (error: HttpClientError.HttpClientError): boolean => error._tag === "ResponseError"

type RequestReason = HttpClientError.RequestError["reason"]

/** Why a request was not sent, in terms that reveal nothing about it. */
export const requestReasonOf = ({ reason }: HttpClientError.HttpClientError): RequestReason =>
  reason === "Encode" || reason === "InvalidUrl" ? reason : "Transport"

/** Whether a request was never sent because it could not be built. */
export const isUnsendable = (error: HttpClientError.HttpClientError): boolean => requestReasonOf(error) !== "Transport"

export const requestError = (
  request: HttpClientRequest.HttpClientRequest,
  reason: RequestReason,
  details?: { readonly description?: string; readonly cause?: unknown }
): HttpClientError.RequestError => new HttpClientError.RequestError({ request, reason, ...details })

export const responseError = (
  response: HttpClientResponse.HttpClientResponse,
  { reason }: HttpClientError.ResponseError
): HttpClientError.ResponseError => new HttpClientError.ResponseError({ request: response.request, response, reason })
