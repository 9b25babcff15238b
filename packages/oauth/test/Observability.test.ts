import { answerJson, answerText, type MockAnswer, MockHttpClient } from "@effect-baanx/oauth/testing/MockHttpClient"
import { NodeSdk } from "@effect/opentelemetry"
import { assert, describe, it } from "@effect/vitest"
import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base"
import { Effect, Layer, Logger, LogLevel } from "effect"
import { inspect } from "node:util"
import { authorize, scripted, secrets, service, success } from "./AuthorizeSuite.js"
import { secretsIn } from "./Channels.js"

/** Traces one authorize call to a Baanx on port 8443 with OpenTelemetry. */
const traceCall = (answer: MockAnswer) =>
  Effect.gen(function* () {
    const exporter = new InMemorySpanExporter()
    const spans = yield* Effect.ignore(authorize()).pipe(
      Effect.withSpan("sign-in"),
      Effect.zipRight(Effect.sync(() => exporter.getFinishedSpans())),
      Effect.provide(Layer.provide(service("https://api.baanx.com:8443"), MockHttpClient.layer([answer]))),
      Effect.provide(
        NodeSdk.layer(() => ({
          resource: { serviceName: "backend" },
          spanProcessor: new SimpleSpanProcessor(exporter)
        }))
      )
    )
    const [client, caller] = spans
    assert.strictEqual(spans.length, 2)
    assert.strictEqual(client?.parentSpanContext?.spanId, caller?.spanContext().spanId)
    // Everything that an exporter could send.
    assert.deepStrictEqual(secretsIn(secrets, [inspect(spans, { depth: 20, showHidden: true })]), [])
    return client
  })

describe("a span of a call, following OpenTelemetry's conventions for HTTP clients", () => {
  it.effect("has the method, server, URL, operation and status, and no secret", () =>
    Effect.gen(function* () {
      const span = yield* traceCall(answerText(success.status, success.body))
      assert.strictEqual(span?.name, "POST /v1/auth/oauth/authorize")
      assert.strictEqual(span?.kind, 2)
      assert.deepStrictEqual(span?.attributes, {
        "http.request.method": "POST",
        "server.address": "api.baanx.com",
        "server.port": 8443,
        "url.full": "https://api.baanx.com:8443/v1/auth/oauth/authorize",
        "url.template": "/v1/auth/oauth/authorize",
        "baanx.operation": "authorize",
        "http.response.status_code": 200
      })
    })
  )

  it.effect("has the error's tag as error.type, and no secret", () =>
    Effect.gen(function* () {
      const span = yield* traceCall(answerJson(401, { message: `not with ${secrets.loginToken}` }))
      assert.strictEqual(span?.attributes["http.response.status_code"], 401)
      assert.strictEqual(span?.attributes["error.type"], "UnauthorizedError")
      assert.strictEqual(span?.status.code, 2)
    })
  )
})

describe("the log", () => {
  const logLines = (level: LogLevel.LogLevel, answer: MockAnswer) =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.make((options) => {
        lines.push(Logger.logfmtLogger.log(options))
      })
      yield* Effect.ignore(authorize()).pipe(
        Logger.withMinimumLogLevel(level),
        Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
        scripted(answer)
      )
      return lines
    })

  it.effect("has one line per operation at debug level, with its outcome and no secret", () =>
    Effect.gen(function* () {
      const [line, ...more] = yield* logLines(LogLevel.Debug, answerText(success.status, success.body))
      assert.deepStrictEqual(more, [])
      assert.match(line ?? "", /level=DEBUG .*message="?Baanx authorize"? .*outcome=success/)
      assert.deepStrictEqual(secretsIn(secrets, [line ?? ""]), [])
    })
  )

  it.effect("has the error's tag as the outcome of a failed operation", () =>
    Effect.gen(function* () {
      const [line] = yield* logLines(LogLevel.Debug, answerJson(403, { message: secrets.loginToken }))
      assert.match(line ?? "", /outcome=ForbiddenError/)
      assert.deepStrictEqual(secretsIn(secrets, [line ?? ""]), [])
    })
  )

  it.effect("has no line at info level", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* logLines(LogLevel.Info, answerText(success.status, success.body)), [])
    })
  )
})
