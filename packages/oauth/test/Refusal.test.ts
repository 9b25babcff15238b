import { HttpClientRequest, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { ForbiddenError, InvalidRequestError, UnauthorizedError } from "../src/BaanxError.js"
import { toInvalidGrant } from "../src/internal/invalidGrant.js"
import { refusal } from "../src/internal/refusal.js"
import { repeats, withoutSecrets } from "../src/internal/withoutSecrets.js"

const answer = (status: number, headers: Record<string, string> = {}): HttpClientResponse.HttpClientResponse =>
  Object.defineProperty(
    HttpClientResponse.fromWeb(HttpClientRequest.post("/"), new Response(null, { headers })),
    "status",
    { value: status }
  )

const secrets = ["sent-secret"]
const refused = (status: number, body: unknown, headers?: Record<string, string>) =>
  refusal("authorize", answer(status, headers), body, () => secrets)

describe("an answer that refuses", () => {
  for (const [status, body, expected] of [
    [199, {}, { _tag: "UnexpectedResponseError", status: 199, reason: "Status" }],
    [200, {}, undefined],
    [200, { success: true }, undefined],
    [200, [], undefined],
    [200, { success: false }, { _tag: "InvalidRequestError", code: "not_successful", description: "no reason given" }],
    [299, {}, undefined],
    [300, { success: false }, { _tag: "UnexpectedResponseError", status: 300, reason: "Status" }],
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
    it(`${status} with ${JSON.stringify(body)}`, () => {
      const error = refused(status, body)
      if (expected === undefined) assert.isUndefined(error)
      else assert.deepInclude(error, { operation: "authorize", ...expected })
    })
  }
})

describe("Retry-After", () => {
  for (const [value, seconds] of [
    ["0", 0],
    ["7", 7],
    ["999999", 999_999],
    ["1000000", undefined],
    ["", undefined],
    ["-1", undefined],
    ["1.5", undefined],
    ["1s", undefined],
    ["x1", undefined],
    ["Wed, 21 Oct 2026 07:28:00 GMT", undefined]
  ] as const) {
    it(`of "${value}" is ${seconds === undefined ? "not taken" : `${seconds} seconds`}`, () => {
      const retryAfter = seconds === undefined ? undefined : Duration.seconds(seconds)
      assert.deepInclude(refused(429, {}, { "retry-after": value }), { _tag: "RateLimitedError", retryAfter })
      assert.deepInclude(refused(503, {}, { "retry-after": value }), { _tag: "ServerError", retryAfter })
    })
  }

  it("may be absent", () => {
    assert.deepInclude(refused(429, {}), { _tag: "RateLimitedError", retryAfter: undefined })
  })
})

describe("code and description of a refusal", () => {
  for (const [title, body, code, description] of [
    ["errorCode before code before error", { errorCode: "A", code: "B", error: "C" }, "A", "C"],
    ["code before error", { code: "B", error: "C" }, "B", "C"],
    ["error alone", { error: "invalid_request" }, "invalid_request", "invalid_request"],
    ["error_description first", { error: "a", error_description: "b", message: "c" }, "a", "b"],
    ["message next", { error: "a", message: "c" }, "a", "c"],
    ["the first detail last", { details: [1, "field x", "field y"] }, "400", "field x"],
    ["details that are no list", { details: { 0: "field x" } }, "400", "no reason given"],
    ["empty texts", { errorCode: "", code: "B", error_description: "", message: "c" }, "B", "c"],
    ["other than texts", { errorCode: 1, code: null, error: "a", message: {} }, "a", "a"],
    ["an error in an object", { error: { code: "A", message: "b" } }, "A", "b"],
    ["JSON text in message", { message: '{"error":{"errorCode":"A","message":"b"}}' }, "A", "b"],
    ["JSON text in message, not nested", { message: '{"code":"A","message":"b"}' }, "A", "b"],
    ["text in message that only begins as JSON", { message: "{ oh no" }, "400", "{ oh no"],
    ["a number in message", { message: 7 }, "400", "no reason given"],
    ["a list in message", { message: "[1]" }, "400", "[1]"],
    ["a quoted text in message", { message: '"x"' }, "400", '"x"'],
    ["a code of other characters", { code: "not a code", message: "b" }, "400", "b"],
    ["a code that begins with a digit", { code: "1a", message: "b" }, "400", "b"],
    ["a code of 64 characters", { code: "a".repeat(64), message: "b" }, "400", "b"],
    ["a code of 30 characters", { code: "a".repeat(30), message: "b" }, "a".repeat(30), "b"],
    ["a code that is a secret", { code: "sent-secret", message: "b" }, "400", "b"],
    ["a secret in the description", { code: "A", message: "b sent-secret c" }, "A", "b <redacted> c"]
  ] as const) {
    it(`are found in ${title}`, () => {
      assert.deepInclude(refused(400, body), { code, description })
    })
  }
})

describe("withoutSecrets", () => {
  for (const [title, text, expected] of [
    ["a secret", "a sent-secret b", "a <redacted> b"],
    ["a secret twice", "sent-secret sent-secret", "<redacted> <redacted>"],
    ["another text", "a sent-secre b", "a sent-secre b"],
    ["a long word of prose", "internationalisation", "internationalisation"],
    ["15 characters with a digit", "abcdefghijklmn1", "abcdefghijklmn1"],
    ["16 characters with a digit", "abcdefghijklmno1", "<redacted>"],
    ["39 letters", "a".repeat(39), "a".repeat(39)],
    ["40 letters", "a".repeat(40), "<redacted>"],
    ["41 letters", "a".repeat(41), "<redacted>"],
    ["spaces and control characters in a row", "a \n\t\u0000\u2028 b", "a b"],
    ["more than 200 characters", "no. ".repeat(60), "no. ".repeat(50)],
    ["half a pair at the cut", `${"no. ".repeat(49)}abc\u{1f600}`, `${"no. ".repeat(49)}abc`],
    ["a whole pair", "a \u{1f600} b", "a \u{1f600} b"]
  ] as const) {
    it(`of ${title}`, () => assert.strictEqual(withoutSecrets(text, ["sent-secret", ""]), expected))
  }

  it("knows a secret in the encodings of a query and of JSON", () => {
    const secret = 'p"ä\\ss w'
    for (const form of [secret, encodeURIComponent(secret), 'p\\"ä\\\\ss w']) {
      assert.strictEqual(withoutSecrets(`<${form}>`, [secret]), "<<redacted>>", form)
    }
    assert.strictEqual(withoutSecrets("a p\ufffdw b", ["p\ud800w"]), "a <redacted> b")
  })
})

describe("repeats", () => {
  it("is for secrets that do not stand in a text by chance", () => {
    assert.isTrue(repeats("a 12345678 b", "12345678"))
    assert.isFalse(repeats("a 1234567 b", "1234567"))
    assert.isFalse(repeats("a 12345678 b", "123456789"))
    assert.isTrue(repeats("a pass%20word b", "pass word"))
  })
})

describe("invalid_grant", () => {
  const words = { operation: "token", code: "invalid_grant", description: "why" } as const
  for (const [error, tag] of [
    [new InvalidRequestError(words), "InvalidGrantError"],
    [new UnauthorizedError(words), "InvalidGrantError"],
    [new ForbiddenError(words), "ForbiddenError"],
    [new InvalidRequestError({ ...words, code: "invalid_request" }), "InvalidRequestError"],
    [new UnauthorizedError({ ...words, code: "unauthorized" }), "UnauthorizedError"]
  ] as const) {
    it(`of ${error._tag} with ${error.code} is ${tag}`, () => {
      assert.deepInclude(toInvalidGrant(error), { _tag: tag, operation: "token", description: "why" })
    })
  }
})
