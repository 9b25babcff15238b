/** What `BaanxClient` makes of the body of a response. */
import { BaanxClient, type HttpError } from "@effect-baanx/oauth"
import {
  Cookies,
  Headers,
  HttpApiEndpoint,
  HttpClientRequest,
  HttpClientResponse,
  HttpIncomingMessage
} from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Inspectable, Option, Schema, Stream } from "effect"
import { clientOver } from "./Fixtures.js"

const unread = Effect.dieMessage("nobody reads it so")

/** Read in one piece it says `whole`, and as a stream whatever comes in pieces. */
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
/** JSON of so many bytes. */
const sized = (size: number) => `"${"x".repeat(size - 2)}"`

const anything = HttpApiEndpoint.post("x", "/v1/x").addSuccess(Schema.Unknown)

const told = (error: HttpError): string => {
  switch (error._tag) {
    case "UnexpectedResponseError":
      return error.reason
    case "InvalidRequestError":
      return error.code
    default:
      return error._tag
  }
}

/** The body of a successful response, or a text that names the error in its place. */
const read = (answer: Answer): Effect.Effect<unknown> =>
  Effect.flatMap(BaanxClient, (client) => client.operation("authorize", anything)({})).pipe(
    Effect.match({ onFailure: told, onSuccess: Either.right }),
    Effect.provide(clientOver([() => Effect.succeed(answer)]))
  )

const json = { "content-type": "application/json" }

const gives = (title: string, answer: Answer, expected: unknown) => {
  it.effect(title, () => Effect.map(read(answer), (result) => assert.deepStrictEqual(result, expected)))
}

describe("a redirect is refused, whatever it holds", () => {
  for (const status of [0, 300, 302, 399]) gives(String(status), new Answer(status, json, []), "Redirect")
})

describe("an error's body is read if it can be, and missed if not", () => {
  const words = '{"code":"A"}'
  const tooMuch = `{"code":"A","x":${sized(cap)}}`
  // Of these, the error of 400 alone repeats words of the body.
  for (const [status, said, missed] of [
    [199, "Status", "Status"],
    [400, "A", "400"],
    [500, "ServerError", "ServerError"]
  ] as const) {
    gives(`JSON with ${status}`, new Answer(status, json, [bytes(words)]), said)
    gives(`no JSON with ${status}`, new Answer(status, json, [bytes("x")]), missed)
    gives(
      `JSON by another name with ${status}`,
      new Answer(status, { "content-type": "text/html" }, [bytes(words)]),
      said
    )
    gives(`too much with ${status}`, new Answer(status, json, [bytes(tooMuch)]), missed)
  }
})

describe("the content type has to be JSON", () => {
  for (const type of [
    "application/json",
    "Application/JSON",
    "application/json;charset=utf-8",
    "application/json ; charset=utf-8",
    "application/problem+json",
    "application/vnd.baanx.v1+json"
  ]) {
    gives(type, new Answer(200, { "content-type": type }, [bytes('{"a":1}')]), Either.right({ a: 1 }))
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
    gives(type, new Answer(200, { "content-type": type }, [bytes('{"a":1}')]), "ContentType")
  }
  gives("none at all", new Answer(200, {}, [bytes('{"a":1}')]), "ContentType")
})

describe("a body is read in one piece only where its length is announced and means something", () => {
  const pieces = [bytes('{"in":'), bytes('"pieces"}')]
  const whole = Either.right("whole")
  for (const [title, headers, expected] of [
    ["a length", { "content-length": "15" }, whole],
    ["a length of one digit", { "content-length": "7" }, whole],
    ["a length at the cap", { "content-length": String(cap) }, whole],
    ["a length, uncompressed", { "content-length": "15", "content-encoding": "identity" }, whole],
    ["no length", {}, Either.right({ in: "pieces" })],
    ["no length, uncompressed", { "content-encoding": "identity" }, Either.right({ in: "pieces" })],
    ["a length, compressed", { "content-length": "15", "content-encoding": "gzip" }, Either.right({ in: "pieces" })],
    ["a length with more behind it", { "content-length": "15, 15" }, Either.right({ in: "pieces" })],
    ["a length with a sign", { "content-length": "+15" }, Either.right({ in: "pieces" })],
    ["a length in words", { "content-length": "many" }, Either.right({ in: "pieces" })],
    ["a length over the cap", { "content-length": String(cap + 1) }, "TooLarge"]
  ] as const) {
    it.effect(title, () =>
      Effect.map(read(new Answer(200, { ...json, ...headers }, pieces)), (result) =>
        assert.deepStrictEqual(result, expected)
      )
    )
  }
})

describe("64 KiB is the most that is read", () => {
  const announced = { ...json, "content-length": "10" }
  const split = (text: string) => [bytes(text.slice(0, 1000)), bytes(text.slice(1000)), bytes("")]
  gives("as much in pieces", new Answer(200, json, split(sized(cap))), Either.right("x".repeat(cap - 2)))
  gives("one more in pieces", new Answer(200, json, split(sized(cap + 1))), "TooLarge")
  gives("one more than announced", new Answer(200, announced, [], sized(cap + 1)), "TooLarge")

  gives("as much in one piece", new Answer(200, announced, [], sized(cap)), Either.right("x".repeat(cap - 2)))

  it.effect("nothing is taken of a stream once it was too much", () =>
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

describe("text in pieces", () => {
  const umlaut = bytes('"ü"')
  gives("may be cut within a letter", new Answer(200, json, [umlaut.slice(0, 2), umlaut.slice(2)]), Either.right("ü"))
  gives("has to be JSON", new Answer(200, json, [bytes('"'), bytes("x")]), "NotJson")
})
