import { Sandbox } from "@effect-baanx/sandbox"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Struct, TestClock } from "effect"
import { after, login, notAllowed, other, table, withHeaders, withJson, withText } from "./RuleTable.js"
import { call, loginCall } from "./Steps.js"

describe("a request", () => {
  table([
    {
      rule: "without a client key",
      request: withHeaders(login, { "x-client-key": undefined }),
      status: 499,
      body: { message: "Missing client key" }
    },
    {
      rule: "with a blank client key",
      request: withHeaders(login, { "x-client-key": "" }),
      status: 499,
      body: { message: "Missing client key" }
    },
    {
      rule: "with an unknown client key",
      request: withHeaders(login, { "x-client-key": "nobody" }),
      status: 498,
      body: { message: "Invalid client key" }
    },
    {
      rule: "without a client key and of more than 64 KiB",
      request: withHeaders(withText(login, "x".repeat(70_000)), { "x-client-key": undefined }),
      status: 499
    },
    {
      rule: "of more than 64 KiB",
      request: withText(login, `{"email":"${"x".repeat(70_000)}"}`),
      status: 413,
      body: { message: "The body is larger than 65536 bytes" }
    },
    { rule: "that is not JSON", request: withText(login, "{"), status: 400, body: { message: "The body is not JSON" } },
    {
      rule: "that is a JSON array",
      request: withText(login, "[]"),
      status: 400,
      body: { message: "The body is not a JSON object" }
    },
    {
      rule: "that is JSON null",
      request: withText(login, "null"),
      status: 400,
      body: { message: "The body is not a JSON object" }
    },
    {
      rule: "that nests deeper than 64 levels",
      request: withText(login, `{"email":${"[".repeat(64)}${"]".repeat(64)}}`),
      status: 400,
      body: { message: "The body nests deeper than 64 levels" }
    },
    {
      rule: "that nests 64 levels deep",
      request: withText(login, `{"email":${"[".repeat(63)}${"]".repeat(63)}}`),
      status: 422,
      body: { message: "email field must be a string" }
    },
    {
      rule: "that is not UTF-8",
      request: withText(login, new Uint8Array([0x7b, 0xff, 0x7d])),
      status: 400,
      body: { message: "The body is not UTF-8" }
    },
    {
      rule: "with the wrong content type",
      request: withText(login, "{}", "text/plain"),
      status: 400,
      body: { message: "The content type must be application/json" }
    },
    {
      rule: "as a form where only JSON is accepted",
      request: withText(login, "email=a%40b", "application/x-www-form-urlencoded"),
      status: 400,
      body: { message: "The content type must be application/json" }
    },
    { rule: "in another charset", request: withText(login, "{}", "application/json; charset=utf-16"), status: 400 },
    {
      rule: "with the charset UTF-8",
      request: withText(login, JSON.stringify(loginCall.json), "application/json; charset=UTF-8"),
      status: 200
    },
    {
      rule: "with a content-encoding",
      request: withHeaders(login, { "content-encoding": "gzip" }),
      status: 400,
      body: { message: "The body must not be compressed" }
    },
    {
      rule: "without a body",
      request: Effect.map(login, Struct.omit("json")),
      status: 400,
      body: { message: "The body is empty" }
    },
    {
      rule: "with a field twice",
      request: withText(login, `{"email":"a@b","password":"x","email":"c@d"}`),
      status: 400,
      body: { message: "Duplicated parameter: email" }
    },
    {
      rule: "with a field twice, once escaped",
      request: withText(login, `{"email":"a@b","\\u0065mail":"c@d"}`),
      status: 400,
      body: { message: "Duplicated parameter: email" }
    },
    {
      rule: "with an unknown field",
      request: withJson(login, { otp: "123456" }),
      status: 422,
      body: notAllowed("otp")
    },
    {
      rule: "with __proto__",
      request: withText(login, `{"__proto__":{"x":1}}`),
      status: 422,
      body: notAllowed("__proto__")
    },
    {
      rule: "with an unknown query parameter",
      request: Effect.map(login, (call) => ({ ...call, query: { page: "1" } })),
      status: 422,
      body: notAllowed("page")
    },
    {
      rule: "to an unknown path",
      request: Effect.succeed({ path: "/v1/nothing" }),
      status: 404,
      body: { message: "Not found" }
    },
    {
      rule: "with the wrong method",
      request: Effect.succeed({ path: "/v1/auth/login" }),
      status: 405,
      body: { message: "Method not allowed" }
    },
    {
      rule: "with x-us-env neither true nor false",
      request: withHeaders(login, { "x-us-env": "yes" }),
      status: 400,
      body: { message: 'The x-us-env header must be "true" or "false"' }
    },
    {
      rule: "with regions that contradict each other",
      request: Effect.map(login, (call) => ({ ...call, headers: { "x-us-env": "false" }, query: { region: "us" } })),
      status: 400
    },
    {
      rule: "with an unknown region",
      request: Effect.map(login, (call) => ({ ...call, query: { region: "eu" } })),
      status: 400,
      body: { message: "region is not valid" }
    }
  ])
})

describe("the rate limit", () => {
  it.effect("sends Retry-After unless retryAfter is false", () =>
    Effect.gen(function* () {
      const retryAfter = (rateLimit: { requests: number; seconds: number; retryAfter?: boolean }) =>
        Effect.gen(function* () {
          yield* call(loginCall)
          yield* TestClock.adjust("20 seconds")
          return (yield* call(loginCall)).headers["retry-after"]
        }).pipe(Effect.provide(Sandbox.layerHttpClient({ settings: { rateLimit } })))
      expect(yield* retryAfter({ requests: 1, seconds: 60 })).toBe("40")
      expect(yield* retryAfter({ requests: 1, seconds: 60, retryAfter: false })).toBeUndefined()
    })
  )

  const limited = { settings: { rateLimit: { requests: 2, seconds: 60 } } }
  table([
    { rule: "the second request, at 2 per minute", request: Effect.tap(login, call), status: 200, options: limited },
    {
      rule: "the third request, at 2 per minute",
      request: Effect.tap(login, (request) => Effect.replicateEffect(call(request), 2)),
      status: 429,
      body: { message: "Too many requests, please try again later." },
      options: limited
    },
    {
      rule: "a request of another client, at 2 per minute",
      request: Effect.tap(withHeaders(login, other), () => Effect.replicateEffect(call(loginCall), 2)),
      status: 200,
      options: limited
    },
    {
      rule: "a request after the window, at 2 per minute",
      request: Effect.tap(login, (request) => after(60, Effect.replicateEffect(call(request), 2))),
      status: 200,
      options: limited
    }
  ])
})
