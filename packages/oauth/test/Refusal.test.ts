/** Which error a refusal becomes, and how its text is redacted. */
import { BaanxClient, type HttpError, TokenService } from "@effect-baanx/oauth"
import { type MockAnswer } from "@effect-baanx/oauth/testing/MockHttpClient"
import { HttpApiEndpoint, HttpClientRequest, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Layer, Schema } from "effect"
import { refusal } from "../src/internal/refusal.js"
import { withoutSecrets } from "../src/internal/withoutSecrets.js"
import { cleaned } from "../src/internal/wordReader.js"
import { clientOver, code, codeVerifier, redirectUri } from "./Fixtures.js"

/** A response with any status: the constructor of `Response` accepts only 200 to 599. */
const answer =
  (status: number, body: unknown, headers: Record<string, string> = {}): MockAnswer =>
  (request) =>
    Effect.sync(() => {
      const init = { headers: { "content-type": "application/json", ...headers } }
      const response = HttpClientResponse.fromWeb(request, new Response(JSON.stringify(body) ?? "", init))
      return Object.defineProperty(response, "status", { value: status })
    })

const endpoint = HttpApiEndpoint.post("x", "/v1/x")
  .setPayload(Schema.Struct({ secret: Schema.String, empty: Schema.String }))
  .addSuccess(Schema.Unknown)

/** Sends a secret and receives this response. */
const call = (given: MockAnswer, secret = "sent-secret"): Effect.Effect<unknown, HttpError> =>
  Effect.flatMap(BaanxClient, (client) =>
    client.operation("authorize", endpoint)({ payload: { secret, empty: "" } })
  ).pipe(Effect.provide(clientOver([given])))

const errorOf = (status: number, body: unknown, headers?: Record<string, string>) =>
  Effect.flip(call(answer(status, body, headers)))

describe("a response", () => {
  for (const [status, body, expected] of [
    [199, {}, { _tag: "UnexpectedResponseError", status: 199, reason: "Status" }],
    [200, {}, undefined],
    [200, { success: true }, undefined],
    [200, [], undefined],
    [
      200,
      { success: "false", message: "x" },
      { _tag: "InvalidRequestError", code: "not_successful", description: "x" }
    ],
    [200, { success: false }, { _tag: "InvalidRequestError", code: "not_successful", description: "no reason given" }],
    [299, {}, undefined],
    [400, undefined, { _tag: "InvalidRequestError", code: "400", description: "no reason given" }],
    [402, {}, { _tag: "UnexpectedResponseError", status: 402, reason: "Status" }],
    [413, {}, { _tag: "InvalidRequestError", code: "413" }],
    [401, {}, { _tag: "UnauthorizedError", code: "unauthorized" }],
    [403, {}, { _tag: "ForbiddenError", code: "forbidden" }],
    [498, { code: "E1", message: "x" }, { _tag: "UnauthorizedError", code: "invalid_client_key", description: "x" }],
    [499, { code: "E1", message: "x" }, { _tag: "UnauthorizedError", code: "missing_client_key", description: "x" }],
    [500, {}, { _tag: "ServerError", status: 500 }],
    [599, {}, { _tag: "ServerError", status: 599 }],
    [600, {}, { _tag: "UnexpectedResponseError", status: 600, reason: "Status" }]
  ] as const) {
    it.effect(`${status} with ${JSON.stringify(body)} is ${expected?._tag ?? "a success"}`, () =>
      Effect.gen(function* () {
        if (expected === undefined) assert.deepStrictEqual(yield* call(answer(status, body)), body)
        else assert.deepInclude(yield* errorOf(status, body), { operation: "authorize", ...expected })
      })
    )
  }

  // Calls `refusal` itself: the client fails on every 3xx before it gets there.
  it('300 with {"success":false} is UnexpectedResponseError', () => {
    const response = HttpClientResponse.fromWeb(HttpClientRequest.post("/"), new Response(null, { status: 300 }))
    assert.deepInclude(
      refusal("authorize", response, { success: false }, () => [], cleaned, Clock.make()),
      { _tag: "UnexpectedResponseError", operation: "authorize", status: 300, reason: "Status" }
    )
  })
})

describe("Retry-After", () => {
  for (const [value, seconds] of [
    ["0", 0],
    ["7", 7],
    ["999999", 999_999],
    ["1000000", undefined],
    ["", undefined],
    ["-1", undefined],
    ["1.5", 1.5],
    ["0.25", 0.25],
    ["7.", 7],
    [".5", 0.5],
    ["0.0004", 0.001],
    ["1.", 1],
    [".", undefined],
    ["1.5.2", undefined],
    ["1,5", undefined],
    ["1e3", undefined],
    ["Infinity", undefined],
    ["0x10", undefined],
    [".55", 0.55],
    [".5s", undefined],
    ["Thu, 01 Jan 1970 00:02:00", 120],
    ["about Thu, 01 Jan 1970 00:02:00 GMT", undefined],
    ["1s", undefined],
    ["x1", undefined],
    ["Wed, 21 Oct 2026 07:28:00 GMT", undefined],
    ["Thu, 01 Jan 1970 00:02:00 GMT", 120],
    ["Thursday, 01-Jan-70 00:02:00 GMT", 120],
    ["Thu Jan  1 00:02:00 1970", 120],
    ["Wed, 31 Dec 1969 23:59:00 GMT", 0],
    ["Someday, 99 Foo 2026 GMT", undefined],
    ["2", 2]
  ] as const) {
    it.effect(`"${value}" is ${seconds === undefined ? "ignored" : `${seconds} seconds`}`, () =>
      Effect.gen(function* () {
        const retryAfter = seconds === undefined ? undefined : Duration.seconds(seconds)
        const headers = { "retry-after": value }
        assert.deepInclude(yield* errorOf(429, {}, headers), { _tag: "RateLimitedError", retryAfter })
        assert.deepInclude(yield* errorOf(503, {}, headers), { _tag: "ServerError", retryAfter })
      })
    )
  }

  it.effect("that is a date is compared with the Date of the same response", () =>
    Effect.gen(function* () {
      const headers = { date: "Wed, 21 Oct 2026 07:28:00 GMT", "retry-after": "Wed, 21 Oct 2026 07:29:30 GMT" }
      assert.deepInclude(yield* errorOf(429, {}, headers), { retryAfter: Duration.seconds(90) })
    })
  )

  it.effect("is undefined if it is absent", () =>
    Effect.map(errorOf(429, {}), (error) =>
      assert.deepInclude(error, { _tag: "RateLimitedError", retryAfter: undefined })
    )
  )
})

describe("the code and description of a refusal", () => {
  for (const [title, body, code, description] of [
    ["errorCode before code and error", { errorCode: "A", code: "B", error: "C" }, "A", "C"],
    ["code before error", { code: "B", error: "C" }, "B", "C"],
    ["only error", { error: "invalid_request" }, "invalid_request", "invalid_request"],
    ["error_description before message", { error: "a", error_description: "b", message: "c" }, "a", "b"],
    ["message before error", { error: "a", message: "c" }, "a", "c"],
    ["the first text in details", { details: [1, "field x", "field y"] }, "400", "field x"],
    ["details that are not a list", { details: { 0: "field x" } }, "400", "no reason given"],
    ["the fields that are not empty", { errorCode: "", code: "B", error_description: "", message: "c" }, "B", "c"],
    ["the fields that are texts", { errorCode: 1, code: null, error: "a", message: {} }, "a", "a"],
    ["an error object", { error: { code: "A", message: "b" } }, "A", "b"],
    ["JSON in message", { message: '{"error":{"errorCode":"A","message":"b"}}' }, "A", "b"],
    ["JSON in message without a nested error", { message: '{"code":"A","message":"b"}' }, "A", "b"],
    ["a message that only begins like JSON", { message: "{ oh no" }, "400", "{ oh no"],
    ["a message that is a number", { message: 7 }, "400", "no reason given"],
    ["a message that is a JSON list", { message: "[1]" }, "400", "[1]"],
    ["a message that is a JSON string", { message: '"x"' }, "400", '"x"'],
    ["a code with spaces", { code: "not a code", message: "b" }, "400", "b"],
    ["a code that begins with a digit", { code: "1a", message: "b" }, "400", "b"],
    ["a code of 64 characters", { code: "a".repeat(64), message: "b" }, "400", "b"],
    ["a code of 30 characters", { code: "a".repeat(30), message: "b" }, "a".repeat(30), "b"],
    ["a code that is a secret", { code: "sent-secret", message: "b" }, "400", "b"],
    ["a secret in the description", { code: "A", message: "b sent-secret c" }, "A", "b <redacted> c"]
  ] as const) {
    it.effect(`${title}: ${code}, "${description}"`, () =>
      Effect.map(errorOf(400, body), (error) =>
        assert.deepInclude(error, { _tag: "InvalidRequestError", code, description })
      )
    )
  }
})

describe("a description in Baanx's words", () => {
  const descriptionOf = (message: string, secret?: string) =>
    Effect.map(Effect.flip(call(answer(400, { message }), secret)), (error) =>
      error._tag === "InvalidRequestError" ? error.description : error._tag
    )

  for (const [title, text, expected] of [
    ["a secret", "a sent-secret b", "a <redacted> b"],
    ["a secret twice", "sent-secret sent-secret", "<redacted> <redacted>"],
    ["a text that is not quite a secret", "a sent-secre b", "a sent-secre b"],
    ["a long word", "internationalisation", "internationalisation"],
    ["15 characters with a digit", "abcdefghijklmn1", "abcdefghijklmn1"],
    ["16 characters with a digit", "abcdefghijklmno1", "<redacted>"],
    ["39 letters", "a".repeat(39), "a".repeat(39)],
    ["40 letters", "a".repeat(40), "<redacted>"],
    ["41 letters", "a".repeat(41), "<redacted>"],
    ["spaces and control characters in a row", "a \n\t\u0000\u2028 b", "a b"],
    ["more than 200 characters", "no. ".repeat(60), "no. ".repeat(50)],
    [
      "a text whose 200th character would be half a surrogate pair",
      `${"no. ".repeat(49)}abc\u{1f600}`,
      `${"no. ".repeat(49)}abc`
    ],
    ["a surrogate pair", "a \u{1f600} b", "a \u{1f600} b"]
  ] as const) {
    const outcome = expected === text ? "keeps" : expected.includes("<redacted>") ? "redacts" : "shortens"
    it.effect(`${outcome} ${title}`, () =>
      Effect.map(descriptionOf(text), (description) => assert.strictEqual(description, expected))
    )
  }

  it("redacts a secret whole if a shorter one is a part of it", () => {
    for (const secrets of [
      ["sent", "sent-secret"],
      ["sent-secret", "sent"]
    ]) {
      assert.strictEqual(withoutSecrets("a sent-secret b", secrets), "a <redacted> b")
    }
  })

  it.effect("redacts a secret in URL encoding and in JSON", () =>
    Effect.gen(function* () {
      const secret = 'p"ä\\ss w'
      for (const form of [secret, encodeURIComponent(secret), 'p\\"ä\\\\ss w']) {
        assert.strictEqual(yield* descriptionOf(`<${form}>`, secret), "<<redacted>>", form)
      }
      assert.strictEqual(yield* descriptionOf("a p\ufffdw b", "p\ud800w"), "a <redacted> b")
    })
  )
})

describe("invalid_grant", () => {
  for (const [status, error, tag] of [
    [400, "invalid_grant", "InvalidGrantError"],
    [401, "invalid_grant", "InvalidGrantError"],
    [403, "invalid_grant", "InvalidGrantError"],
    [400, "INVALID_GRANT", "InvalidGrantError"],
    [418, "invalid_grant", "InvalidGrantError"],
    [500, "invalid_grant", "InvalidGrantError"],
    [200, "invalid_grant", "InvalidGrantError"],
    [200, "not_now", "InvalidRequestError"],
    [400, "invalid_request", "InvalidRequestError"],
    [401, "unauthorized", "UnauthorizedError"]
  ] as const) {
    it.effect(`${status} with ${error} is ${tag}`, () =>
      Effect.gen(function* () {
        const service = yield* TokenService
        const failed = yield* Effect.flip(service.exchange({ code, codeVerifier, redirectUri }))
        assert.deepInclude(failed, { _tag: tag, operation: "token", description: "why" })
      }).pipe(
        Effect.provide(
          Layer.provide(TokenService.layer, clientOver([answer(status, { error, error_description: "why" })]))
        )
      )
    )
  }
})
