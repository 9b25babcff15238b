import { BaanxClient, type Region } from "@effect-baanx/oauth"
import { answerJson, MockHttpClient } from "@effect-baanx/oauth/testing/MockHttpClient"
import { make } from "@effect-baanx/oauth/BaanxClient"
import { type Deadline, executeWithin } from "@effect-baanx/api/Transport"
import { HttpApiEndpoint, HttpClient, type HttpClientRequest } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, identity, Redacted, Schema, Tracer } from "effect"
import { constVoid } from "effect/Function"
import { clientOver, plainKeys } from "./Fixtures.js"

const { clientKey, secretKey } = plainKeys

describe("a response that does not match the contract", () => {
  const names = <A, I>(title: string, schema: Schema.Schema<A, I>, body: unknown, path: string, expected: string) => {
    const endpoint = HttpApiEndpoint.post("x", "/v1/x").addSuccess(schema)
    it.effect(`${title}: fails with DecodeError at "${path}", expected ${expected}`, () =>
      Effect.gen(function* () {
        const client = yield* BaanxClient
        const send = client.operation("authorize", endpoint)
        const error = yield* Effect.flip(send({}))
        assert.deepInclude(error, { _tag: "DecodeError", operation: "authorize", path, expected })
      }).pipe(Effect.provide(clientOver([answerJson(200, body)])))
    )
  }

  names("a wrong member", Schema.Struct({ a: Schema.String }), { a: 1 }, "a", "string")
  names(
    "a wrong member of a member",
    Schema.Struct({ a: Schema.Struct({ b: Schema.Number }) }),
    { a: { b: "x" } },
    "a.b",
    "number"
  )
  names("a wrong element of a list", Schema.Array(Schema.Number), [1, "x"], "1", "number")
  names("another type of body", Schema.Struct({ a: Schema.String }), "x", "", "{ readonly a: string }")
  names("no member of a union", Schema.Union(Schema.String, Schema.Number), true, "", "string")
  names("a value that breaks a filter", Schema.Struct({ a: Schema.NonEmptyString }), { a: "" }, "a", "NonEmptyString")
  names("a type that breaks before a filter", Schema.Struct({ a: Schema.NonEmptyString }), { a: 1 }, "a", "string")
  names("a value that cannot be transformed", Schema.Struct({ a: Schema.NumberFromString }), { a: 1 }, "a", "string")
  names(
    "a transformed value that breaks a filter",
    Schema.Struct({ a: Schema.compose(Schema.NumberFromString, Schema.Positive) }),
    { a: "-1" },
    "a",
    "Positive"
  )
  names(
    "an excess member",
    Schema.Struct({ b: Schema.optional(Schema.String) }).annotations({ parseOptions: { onExcessProperty: "error" } }),
    { a: 1 },
    "a",
    "nothing"
  )
})

describe("a refusal in which Baanx quotes the request", () => {
  const words = Schema.Record({ key: Schema.String, value: Schema.String })
  const endpoint = HttpApiEndpoint.post("x", "/v1/x")
    .setUrlParams(words)
    .setPayload(words)
    .setHeaders(Schema.Struct({ authorization: Schema.String }))
  const nothing = { bearer: Redacted.make("bearer-words"), payload: {}, urlParams: {} }

  const quoted = (call: Partial<typeof nothing>, words: string) =>
    Effect.gen(function* () {
      const client = yield* BaanxClient
      const error = yield* Effect.flip(client.operation("initiate", endpoint)({ ...nothing, ...call }))
      return error._tag === "InvalidRequestError" ? error.description : error._tag
    }).pipe(Effect.provide(clientOver([answerJson(400, { message: `no ${words} here` })])))

  for (const [title, call, words] of [
    ["the client key", {}, clientKey],
    ["the secret key", {}, secretKey],
    ["the bearer", {}, "bearer-words"],
    ["a member of the body", { payload: { password: "some-words" } }, "some-words"],
    ["a parameter", { urlParams: { state: "some-words" } }, "some-words"]
  ] as const) {
    it.effect(`has ${title} redacted`, () =>
      Effect.map(quoted(call, words), (description) => assert.strictEqual(description, "no <redacted> here"))
    )
  }

  for (const name of ["grant_type", "response_type", "code_challenge_method", "mode", "region", "token_hint"]) {
    it.effect(`keeps ${name}, which is not a secret`, () =>
      Effect.gen(function* () {
        const fields = { [name]: "some-words" }
        assert.strictEqual(yield* quoted({ payload: fields }, "some-words"), "no some-words here")
        assert.strictEqual(yield* quoted({ urlParams: fields }, "some-words"), "no some-words here")
      })
    )
  }

  it.effect("keeps words that the request did not contain", () =>
    Effect.map(quoted({}, "Stryker was here"), (description) =>
      assert.strictEqual(description, "no Stryker was here here")
    )
  )
})

describe("the rest of Baanx's API", () => {
  const sent = (use: (client: HttpClient.HttpClient) => Effect.Effect<unknown, unknown>, region: Region) =>
    Effect.gen(function* () {
      const client = yield* BaanxClient
      yield* use(client.http(region))
      const [request] = yield* (yield* MockHttpClient).requests
      return request
    }).pipe(Effect.provide(clientOver([answerJson(200, {})], "https://api.baanx.com/base")))

  for (const [path, url] of [
    ["/v1/user", "https://api.baanx.com/base/v1/user"],
    ["v1/user", "https://api.baanx.com/base/v1/user"],
    ["", "https://api.baanx.com/base/"],
    ["@evil.example", "https://api.baanx.com/base/@evil.example"],
    ["//evil.example", "https://api.baanx.com/base//evil.example"],
    ["https://evil.example/", "https://api.baanx.com/base/https://evil.example/"],
    [".evil.example", "https://api.baanx.com/base/.evil.example"],
    ["\\\\evil.example", "https://api.baanx.com/base///evil.example"],
    ["/v1/straße/a%2Fb/v1.2/.../x?next=/../y", "https://api.baanx.com/base/v1/stra%C3%9Fe/a%2Fb/v1.2/.../x?next=/../y"]
  ] as const) {
    it.effect(`is requested below the base URL, whatever the path: ${path}`, () =>
      Effect.map(
        sent((client) => client.get(path), "international"),
        (request) => {
          assert.strictEqual(request?.url, url)
          assert.strictEqual(request?.headers["x-client-key"], clientKey)
          assert.strictEqual(request?.headers["x-us-env"], "false")
        }
      )
    )
  }

  for (const path of [
    "/../admin",
    "/v1/%2e%2e/%2E%2e/admin",
    "..\\admin",
    "/v1/..;/admin",
    "/v1/%252e%252e%252fadmin"
  ]) {
    it.effect(`fails with InvalidUrl and sends nothing if the path climbs: ${path}`, () =>
      Effect.gen(function* () {
        const client = yield* BaanxClient
        const error = yield* Effect.flip(client.http("international").get(path))
        assert.strictEqual(error._tag, "RequestError")
        assert.strictEqual(error.message, "InvalidUrl error (GET https://api.baanx.com/base)")
        assert.deepStrictEqual(yield* (yield* MockHttpClient).requests, [])
      }).pipe(Effect.provide(clientOver([], "https://api.baanx.com/base")))
    )
  }

  it.effect("is requested in the given region", () =>
    Effect.map(
      sent((client) => client.get("/v1/user"), "us"),
      (request) => assert.strictEqual(request?.headers["x-us-env"], "true")
    )
  )
})

describe("a transport that keeps deadlines itself", () => {
  const callOver = (transformClient?: (client: HttpClient.HttpClient) => HttpClient.HttpClient) =>
    Effect.gen(function* () {
      const calls: Array<unknown> = []
      const respond = answerJson(200, {})
      const transport = Object.assign(
        HttpClient.make((request) => {
          calls.push("no deadline")
          return respond(request)
        }),
        {
          [executeWithin]: (request: HttpClientRequest.HttpClientRequest, { millis, queueMillis }: Deadline) => {
            calls.push({ millis, queueMillis })
            return { effect: respond(request), abort: constVoid }
          }
        }
      )
      const config = { clientKey: Redacted.make(clientKey), timeout: "2 seconds", queueTimeout: "1 second" } as const
      const client = yield* make({ ...config, transformClient }).pipe(
        Effect.provideService(HttpClient.HttpClient, transport)
      )
      yield* client.operation("revoke", HttpApiEndpoint.post("x", "/x"))({})
      return calls
    })

  it.effect("gets the timeouts of the configuration with each call", () =>
    Effect.map(callOver(), (calls) => assert.deepStrictEqual(calls, [{ millis: 2000, queueMillis: 1000 }]))
  )

  it.effect("gets none if transformClient stands between", () =>
    Effect.map(callOver(identity), (calls) => assert.deepStrictEqual(calls, ["no deadline"]))
  )
})

describe("the span of a call", () => {
  for (const [baseUrl, port] of [
    ["https://api.baanx.com", 443],
    ["https://api.baanx.com:8443", 8443],
    ["http://localhost", 80],
    ["http://localhost:3000", 3000]
  ] as const) {
    it.effect(`has server.port ${port} for ${baseUrl}`, () =>
      Effect.gen(function* () {
        const ports: Array<unknown> = []
        const native = yield* Effect.tracer
        const tracer = Tracer.make({
          context: native.context,
          span: (name, parent, context, links, startTime, kind, options) => {
            ports.push(options?.attributes?.["server.port"])
            return native.span(name, parent, context, links, startTime, kind, options)
          }
        })
        const client = yield* BaanxClient
        const send = client.operation("revoke", HttpApiEndpoint.post("x", "/x"))
        yield* Effect.withTracer(send({}), tracer)
        assert.deepStrictEqual(ports, [port])
      }).pipe(Effect.provide(clientOver([answerJson(200, {})], baseUrl)))
    )
  }
})
