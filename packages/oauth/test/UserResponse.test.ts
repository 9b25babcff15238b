import { TokenService, TokenSession, TokenSet, TokenStore } from "@effect-baanx/oauth"
import { type MockAnswer } from "@effect-baanx/oauth/testing/MockHttpClient"
import { HttpClientError, HttpClientRequest, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Layer, Option, Stream } from "effect"
import { secretsIn } from "./Channels.js"
import { accessToken, clientOver, key, plainKeys, refreshToken, secrets } from "./Fixtures.js"

const request = HttpClientRequest.get("/v1/user")

/** Sends the request with the client of a session, which receives this response. */
const send = (answer: MockAnswer) =>
  Effect.gen(function* () {
    const session = yield* TokenSession
    const expiresAt = DateTime.add(yield* DateTime.now, { hours: 6 })
    const tokens = new TokenSet({ accessToken, refreshToken, expiresAt, region: "international" })
    const client = yield* Effect.orDie(Effect.zipRight(session.start(key, tokens), session.httpClient(key)))
    return yield* client.execute(request)
  }).pipe(
    Effect.provide(
      Layer.provide(TokenSession.layer, [TokenService.layer, TokenStore.layerMemory]).pipe(
        Layer.provide(clientOver([answer]))
      )
    )
  )

/** The response that was received, and the response that the caller sees. */
const receive = (body: BodyInit, headers: Record<string, string> = {}) =>
  Effect.gen(function* () {
    let sent: HttpClientResponse.HttpClientResponse | undefined
    const seen = yield* send((request) =>
      Effect.sync(() => (sent = HttpClientResponse.fromWeb(request, new Response(body, { status: 201, headers }))))
    )
    return { sent, seen }
  })
const seenOf = (body: BodyInit) => Effect.map(receive(body), ({ seen }) => seen)

const hidden = { bearer: secrets.accessToken, clientKey: plainKeys.clientKey, reason: "secret-reason" }

type Read = (seen: HttpClientResponse.HttpClientResponse) => Effect.Effect<unknown, HttpClientError.ResponseError>

describe("a response of TokenSession.httpClient", () => {
  it.effect("has the received status, headers and cookies, and the caller's own request", () =>
    Effect.gen(function* () {
      const { seen, sent } = yield* receive("", { "x-page": "2", "set-cookie": "a=b" })
      assert.strictEqual(seen.request, request)
      assert.strictEqual(seen.status, 201)
      assert.strictEqual(seen.headers["x-page"], "2")
      assert.strictEqual(seen.cookies, sent?.cookies)
      assert.deepStrictEqual(seen.remoteAddress, Option.none())
      assert.deepStrictEqual(seen.toJSON(), {
        _id: "@effect/platform/HttpClientResponse",
        method: "GET",
        status: 201
      })
    })
  )

  it.effect("has its body in every form", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* (yield* seenOf("a=1")).text, "a=1")
      assert.deepStrictEqual(yield* (yield* seenOf('{"a":1}')).json, { a: 1 })
      assert.strictEqual((yield* (yield* seenOf("abc")).arrayBuffer).byteLength, 3)
      assert.deepStrictEqual(yield* (yield* seenOf("a=1")).urlParamsBody, [["a", "1"]])
      assert.strictEqual(yield* Stream.mkString(Stream.decodeText((yield* seenOf("abc")).stream)), "abc")
      const form = new FormData()
      form.set("a", "1")
      assert.strictEqual((yield* (yield* seenOf(form)).formData).get("a"), "1")
    })
  )

  for (const [form, read] of [
    ["text", (seen) => seen.text],
    ["json", (seen) => seen.json],
    ["arrayBuffer", (seen) => seen.arrayBuffer],
    ["urlParamsBody", (seen) => seen.urlParamsBody],
    ["formData", (seen) => seen.formData],
    ["stream", (seen) => Stream.runDrain(seen.stream)]
  ] satisfies ReadonlyArray<readonly [string, Read]>) {
    it.effect(`fails with a ResponseError that contains no secret if ${form} cannot be read`, () =>
      Effect.gen(function* () {
        const seen = yield* seenOf(new ReadableStream({ pull: (controller) => controller.error(hidden.reason) }))
        const error = yield* Effect.flip(read(seen))
        assert.strictEqual(error._tag, "ResponseError")
        assert.strictEqual(error.reason, "Decode")
        assert.strictEqual(error.request, request)
        assert.strictEqual(error.response, seen)
        assert.isUndefined(error.cause)
        assert.deepStrictEqual(secretsIn(hidden, [error.message, JSON.stringify(error)]), [])
      })
    )
  }
})

describe("a request of TokenSession.httpClient that fails", () => {
  for (const reason of ["Transport", "Encode", "InvalidUrl"] as const) {
    it.effect(`fails with the reason ${reason} and the caller's own request, without a cause`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(
          send((request) => new HttpClientError.RequestError({ request, reason, cause: request }))
        )
        assert.deepInclude(error, { _tag: "RequestError", reason })
        assert.strictEqual(error.request, request)
        assert.isUndefined(error.cause)
      })
    )
  }

  it.effect("fails with the reason Transport if the response broke off", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        send((request) => {
          const response = HttpClientResponse.fromWeb(request, new Response(""))
          return new HttpClientError.ResponseError({ request, response, reason: "Decode" })
        })
      )
      assert.deepInclude(error, { _tag: "RequestError", reason: "Transport" })
      assert.strictEqual(error.request, request)
    })
  )
})
