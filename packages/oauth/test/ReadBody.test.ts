/** How `BaanxClient` reads the body of a response. */
import { BaanxClient, type HttpError } from "@effect-baanx/oauth"
import { TransportFailure, type TransportReason } from "@effect-baanx/api"
import {
  Cookies,
  Headers,
  HttpApiEndpoint,
  HttpClientError,
  HttpClientRequest,
  HttpClientResponse,
  HttpIncomingMessage
} from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Inspectable, Option, Schema, Stream } from "effect"
import { clientOver } from "./Fixtures.js"

const unread = Effect.dieMessage("BaanxClient reads only text and stream")

/** A response whose `text` is `whole` and whose `stream` has the pieces, so that a test sees which of them was read. */
class Answer extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly request = HttpClientRequest.post("/")
  readonly cookies = Cookies.empty
  readonly remoteAddress = Option.none()
  readonly json = unread
  readonly formData = unread
  readonly urlParamsBody = unread
  readonly arrayBuffer = unread
  readonly headers: Headers.Headers
  readonly text: Effect.Effect<string>
  readonly stream: Stream.Stream<Uint8Array>
  readonly status: number

  constructor(status: number, headers: Headers.Input, pieces: ReadonlyArray<Uint8Array>, whole = '"whole"') {
    super()
    this.status = status
    this.headers = Headers.fromInput(headers)
    this.text = Effect.succeed(whole)
    this.stream = Stream.fromIterable(pieces)
  }

  toJSON(): unknown {
    return { status: this.status }
  }
}

const bytes = (text: string) => new TextEncoder().encode(text)
const cap = 64 * 1024
/** A JSON text of `size` bytes. */
const sized = (size: number) => `"${"x".repeat(size - 2)}"`

const anything = HttpApiEndpoint.post("x", "/v1/x").addSuccess(Schema.Unknown)

const reasonOf = (error: HttpError): string => {
  switch (error._tag) {
    case "UnexpectedResponseError":
      return error.reason
    case "InvalidRequestError":
      return error.code
    default:
      return error._tag
  }
}

/** The body of a response that was read (`Right`), or a text that names the error. */
const read = (answer: Answer): Effect.Effect<unknown> =>
  Effect.flatMap(BaanxClient, (client) => client.operation("authorize", anything)({})).pipe(
    Effect.match({ onFailure: reasonOf, onSuccess: Either.right }),
    Effect.provide(clientOver([() => Effect.succeed(answer)]))
  )

const json = { "content-type": "application/json" }

const gives = (title: string, answer: Answer, expected: unknown) => {
  const outcome = typeof expected === "string" ? `fails with ${expected}` : "is read"
  it.effect(`${title} ${outcome}`, () => Effect.map(read(answer), (result) => assert.deepStrictEqual(result, expected)))
}

describe("a redirect is not followed", () => {
  for (const status of [0, 300, 302, 399]) gives(`status ${status}`, new Answer(status, json, []), "Redirect")
})

describe("the body of an error is read if it is JSON within the limit, and ignored otherwise", () => {
  const words = '{"code":"A"}'
  const tooMuch = `{"code":"A","x":${sized(cap)}}`
  // Of these errors, only the one for 400 has words from the body.
  for (const [status, said, missed] of [
    [199, "Status", "Status"],
    [400, "A", "400"],
    [500, "ServerError", "ServerError"]
  ] as const) {
    gives(`${status} with JSON`, new Answer(status, json, [bytes(words)]), said)
    gives(`${status} with other text`, new Answer(status, json, [bytes("x")]), missed)
    gives(`${status} with JSON as text/html`, new Answer(status, { "content-type": "text/html" }, [bytes(words)]), said)
    gives(`${status} with more than 64 KiB`, new Answer(status, json, [bytes(tooMuch)]), missed)
  }
})

describe("an error that says invalid_grant without JSON", () => {
  for (const [text, code] of [
    ["invalid_grant", "invalid_grant"],
    [" \n invalid_grant: expired", "invalid_grant"],
    ["error=invalid_grant&error_description=expired", "invalid_grant"],
    ["Invalid_Grant", "invalid_grant"],
    ["not_invalid_grant", "400"],
    ["no invalid_grant", "400"],
    ["invalid_grants", "400"]
  ] as const) {
    gives(`"${text}"`, new Answer(400, { "content-type": "text/plain" }, [bytes(text)]), code)
  }
})

describe("a 401", () => {
  const challenge = { ...json, "www-authenticate": "Basic" }
  for (const [title, headers, text, outcome] of [
    ["without a body is Baanx's", json, "", "UnauthorizedError"],
    ["with only whitespace is Baanx's", json, " \r\n", "UnauthorizedError"],
    ["with a JSON object is Baanx's", json, "{}", "UnauthorizedError"],
    ["with other JSON is not Baanx's", json, "[]", "Intermediary"],
    ["with a page is not Baanx's", json, "<html>", "Intermediary"],
    ["with more than 64 KiB is not Baanx's", json, `{"code":"A","x":${sized(cap)}}`, "Intermediary"],
    ["with a password challenge is not Baanx's", challenge, "{}", "Intermediary"],
    ["with a password challenge and a code is Baanx's", challenge, '{"code":"A"}', "UnauthorizedError"]
  ] as const) {
    gives(`${title}:`, new Answer(401, headers, [bytes(text)]), outcome)
  }
})

describe("a transport that fails while the body is read", () => {
  const response = HttpClientResponse.fromWeb(HttpClientRequest.post("/"), new Response())
  const failing = (status: number, reason: TransportReason) => {
    const cause = new TransportFailure({ reason, sent: true })
    const failure = new HttpClientError.ResponseError({ request: response.request, response, reason: "Decode", cause })
    return Object.assign(new Answer(status, json, []), { stream: Stream.fail(failure) })
  }
  gives("by its own size limit, on a success,", failing(200, "TooLarge"), "TooLarge")
  gives("by its own size limit, on an error, whose body is then ignored,", failing(400, "TooLarge"), "400")
  gives("in another way, on an error,", failing(400, "Closed"), "TransportError")
})

describe("the content type of a success has to be JSON", () => {
  for (const type of [
    "application/json",
    "Application/JSON",
    "application/json;charset=utf-8",
    "application/json ; charset=utf-8",
    "application/problem+json",
    "application/vnd.baanx.v1+json"
  ]) {
    gives(`"${type}"`, new Answer(200, { "content-type": type }, [bytes('{"a":1}')]), Either.right({ a: 1 }))
  }
  for (const type of [
    "",
    "text/html",
    "text/application/json",
    "application/jsonp",
    "application/json2; x",
    "application/json,text/html",
    "application/+json",
    "application/!!+json"
  ]) {
    gives(`"${type}"`, new Answer(200, { "content-type": type }, [bytes('{"a":1}')]), "ContentType")
  }
  gives("no content type", new Answer(200, {}, [bytes('{"a":1}')]), "ContentType")
})

describe("a body is read in one piece only if its content-length can be trusted", () => {
  const pieces = [bytes('{"in":'), bytes('"pieces"}')]
  const whole = Either.right("whole")
  for (const [title, headers, expected] of [
    ["a length", { "content-length": "15" }, whole],
    ["a one-digit length", { "content-length": "7" }, whole],
    ["a length of 64 KiB", { "content-length": String(cap) }, whole],
    ["a length and the coding identity", { "content-length": "15", "content-encoding": "identity" }, whole],
    ["no length", {}, Either.right({ in: "pieces" })],
    ["no length and the coding identity", { "content-encoding": "identity" }, Either.right({ in: "pieces" })],
    [
      "a length and the coding gzip",
      { "content-length": "15", "content-encoding": "gzip" },
      Either.right({ in: "pieces" })
    ],
    ["two lengths", { "content-length": "15, 15" }, Either.right({ in: "pieces" })],
    ["a length with a sign", { "content-length": "+15" }, Either.right({ in: "pieces" })],
    ["a length that is a word", { "content-length": "many" }, Either.right({ in: "pieces" })],
    ["a length over 64 KiB", { "content-length": String(cap + 1) }, "TooLarge"]
  ] as const) {
    const outcome = expected === "TooLarge" ? "fails with TooLarge" : expected === whole ? "in one piece" : "in pieces"
    it.effect(`with ${title}: ${outcome}`, () =>
      Effect.map(read(new Answer(200, { ...json, ...headers }, pieces)), (result) =>
        assert.deepStrictEqual(result, expected)
      )
    )
  }
})

describe("the body is limited to 64 KiB", () => {
  const announced = { ...json, "content-length": "10" }
  const split = (text: string) => [bytes(text.slice(0, 1000)), bytes(text.slice(1000)), bytes("")]
  gives("64 KiB in pieces", new Answer(200, json, split(sized(cap))), Either.right("x".repeat(cap - 2)))
  gives("one byte more in pieces", new Answer(200, json, split(sized(cap + 1))), "TooLarge")
  gives("one byte more with a smaller content-length", new Answer(200, announced, [], sized(cap + 1)), "TooLarge")

  gives("64 KiB in one piece", new Answer(200, announced, [], sized(cap)), Either.right("x".repeat(cap - 2)))

  it.effect("the stream is not read past the limit", () =>
    Effect.gen(function* () {
      let taken = 0
      const answer = new Answer(200, json, [])
      const endless = Stream.rechunk(
        Stream.repeatEffect(
          Effect.sync(() => {
            taken++
            return new Uint8Array(cap / 2)
          })
        ),
        1
      )
      assert.strictEqual(yield* read(Object.assign(answer, { stream: endless })), "TooLarge")
      assert.isAtMost(taken, 4)
    })
  )
})

describe("a body in pieces", () => {
  const umlaut = bytes('"ü"')
  gives("that is cut within a letter", new Answer(200, json, [umlaut.slice(0, 2), umlaut.slice(2)]), Either.right("ü"))
  gives("that is not JSON", new Answer(200, json, [bytes('"'), bytes("x")]), "NotJson")
})
