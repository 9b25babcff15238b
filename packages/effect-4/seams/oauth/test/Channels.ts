import { snapshot } from "@effect-baanx/testing/metrics"
import { Cause, type Context, Effect, Exit, Logger, type Option, References, Tracer } from "effect"
import { inspect } from "node:util"

const deeply = (value: unknown): string => inspect(value, { depth: 20, showHidden: true, getters: true })

const stringified = (value: unknown): string => {
  try {
    return JSON.stringify(value) ?? ""
  } catch (error) {
    return String(error)
  }
}

const printed = (value: unknown): ReadonlyArray<string> => [
  String(value),
  stringified(value),
  deeply(value),
  ...(value instanceof Error ? [value.message, value.stack ?? "", deeply(value.cause)] : [])
]

/**
 * Runs an effect and returns everything that a user or an operator could see of it: the value or error printed in every
 * way, its cause, each log line, each span with its name, attributes, events and status, and each metric.
 */
export const channels = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<ReadonlyArray<string>, never, R> =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const logger = Logger.make((options) => {
      lines.push(Logger.formatLogFmt.log(options), Logger.formatJson.log(options), deeply(options.message))
    })
    const spans: Array<RecordedSpan> = []
    const tracer = Tracer.make({
      span: (options) => {
        const span = new RecordedSpan(options)
        spans.push(span)
        return span
      }
    })
    const exit = yield* effect.pipe(
      Effect.tapCause((cause) => Effect.logError("failed", cause)),
      Effect.tap((value) => Effect.logInfo("succeeded", value)),
      Effect.withSpan("test"),
      Effect.withTracer(tracer),
      Effect.provideService(References.MinimumLogLevel, "All"),
      Effect.provide(Logger.layer([logger])),
      Effect.exit
    )
    const metrics = yield* snapshot
    return [
      ...lines,
      ...printed(exit),
      ...(Exit.isSuccess(exit)
        ? printed(exit.value)
        : [
            Cause.pretty(exit.cause),
            ...printed(exit.cause),
            ...exit.cause.reasons.filter(Cause.isFailReason).flatMap(({ error }) => printed(error))
          ]),
      ...spans.flatMap((span) => span.shown()),
      deeply(metrics.map((pair) => [pair.metricKey.name, [...pair.metricKey.tags]]))
    ]
  })

class RecordedSpan implements Tracer.Span {
  readonly _tag = "Span"
  readonly spanId = "0000000000000001"
  readonly traceId = "00000000000000000000000000000001"
  readonly sampled = true
  readonly attributes = new Map<string, unknown>()
  readonly events: Array<unknown> = []
  status: Tracer.SpanStatus
  readonly name: string
  readonly parent: Option.Option<Tracer.AnySpan>
  readonly annotations: Context.Context<never>
  readonly links: ReadonlyArray<Tracer.SpanLink>
  readonly kind: Tracer.SpanKind
  constructor({ annotations, kind, links, name, parent, startTime }: Parameters<Tracer.Tracer["span"]>[0]) {
    this.name = name
    this.parent = parent
    this.annotations = annotations
    this.links = links
    this.kind = kind
    this.status = { _tag: "Started", startTime }
  }
  end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    this.status = { _tag: "Ended", startTime: this.status.startTime, endTime, exit }
  }
  attribute(key: string, value: unknown): void {
    this.attributes.set(key, value)
  }
  event(name: string, startTime: bigint, attributes?: Record<string, unknown>): void {
    this.events.push([name, startTime, attributes])
  }
  addLinks(): void {}
  shown(): ReadonlyArray<string> {
    return [this.name, deeply([...this.attributes]), deeply(this.events), deeply(this.status)]
  }
}

/** The names of the secrets that appear in any of the channels. */
export const secretsIn = (
  secrets: Readonly<Record<string, string>>,
  channels: ReadonlyArray<string>
): ReadonlyArray<string> =>
  Object.entries(secrets).flatMap(([name, secret]) => {
    const forms = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), btoa(secret)]
    return channels.some((text) => forms.some((form) => text.includes(form))) ? [name] : []
  })
