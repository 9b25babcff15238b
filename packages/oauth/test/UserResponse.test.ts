import { HttpClientError, HttpClientRequest, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Stream } from "effect"
import { requestError, requestReasonOf } from "../src/internal/runtime.js"
import { UserResponse } from "../src/internal/UserResponse.js"

const asked = HttpClientRequest.get("/v1/user")
const sent = asked.pipe(HttpClientRequest.bearerToken("secret-bearer"))

const answer = (body: BodyInit, headers: Record<string, string> = {}) => {
  const response = HttpClientResponse.fromWeb(sent, new Response(body, { status: 201, headers }))
  return { response, seen: new UserResponse(asked, response) }
}

describe("what the user of TokenSession.httpClient sees of an answer", () => {
  it("is its head as it came, and the request as it was asked for", () => {
    const { response, seen } = answer("", { "x-page": "2", "set-cookie": "a=b" })
    assert.strictEqual(seen.request, asked)
    assert.strictEqual(seen.status, 201)
    assert.strictEqual(seen.headers["x-page"], "2")
    assert.strictEqual(seen.cookies, response.cookies)
    assert.deepStrictEqual(seen.remoteAddress, Option.none())
    assert.deepStrictEqual(seen.toJSON(), {
      _id: "@effect/platform/HttpClientResponse",
      method: "GET",
      status: 201
    })
  })

  it.effect("is its body, in each form", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* answer("a=1").seen.text, "a=1")
      assert.deepStrictEqual(yield* answer('{"a":1}').seen.json, { a: 1 })
      assert.strictEqual((yield* answer("abc").seen.arrayBuffer).byteLength, 3)
      assert.deepStrictEqual(yield* answer("a=1").seen.urlParamsBody, [["a", "1"]])
      assert.strictEqual(yield* Stream.mkString(Stream.decodeText(answer("abc").seen.stream)), "abc")
      const form = new FormData()
      form.set("a", "1")
      assert.strictEqual((yield* answer(form).seen.formData).get("a"), "1")
    })
  )

  it.effect("is an error that holds nothing of what was sent, in each form", () =>
    Effect.gen(function* () {
      const broken = () => answer(new ReadableStream({ pull: (controller) => controller.error("secret-reason") })).seen
      const seen = broken()
      for (const read of [
        seen.text,
        broken().json,
        broken().arrayBuffer,
        broken().urlParamsBody,
        broken().formData,
        Stream.runDrain(broken().stream)
      ]) {
        const error = yield* Effect.flip(read)
        assert.strictEqual(error._tag, "ResponseError")
        assert.strictEqual(error.reason, "Decode")
        assert.strictEqual(error.request, asked)
        assert.instanceOf(error.response, UserResponse)
        assert.isUndefined(error.cause)
        assert.notInclude(error.message + JSON.stringify(error), "secret")
      }
    })
  )
})

describe("what the user of TokenSession.httpClient sees of a failure to send", () => {
  for (const [reason, seen] of [
    ["Transport", "Transport"],
    ["Encode", "Encode"],
    ["InvalidUrl", "InvalidUrl"]
  ] as const) {
    it(`is its reason, and nothing of what was sent: ${reason}`, () => {
      const failure = new HttpClientError.RequestError({ request: sent, reason, cause: sent })
      const error = requestError(asked, requestReasonOf(failure))
      assert.strictEqual(error.request, asked)
      assert.strictEqual(error.reason, seen)
      assert.isUndefined(error.cause)
    })
  }

  it("is a failure of the transport where an answer broke off", () => {
    const { response } = answer("")
    const broken = new HttpClientError.ResponseError({ request: sent, response, reason: "Decode" })
    assert.strictEqual(requestError(asked, requestReasonOf(broken)).reason, "Transport")
  })
})
