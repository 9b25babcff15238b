import { AccessToken, StoreError, TokenSession, TokenSet, TokenStore } from "@effect-baanx/oauth"
import { Sandbox } from "@effect-baanx/sandbox"
import { HttpBody, HttpClientError, HttpClientRequest, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Option, Redacted, Ref, Schema, Stream, TestClock } from "effect"
import { channels, secretsIn } from "./Channels.js"
import { email, key } from "./Fixtures.js"
import { storeWith } from "./ScriptedSession.js"
import { answer, program, refreshes, signIn } from "./SessionProgram.js"

/** A session whose requests for the user are counted in `asked` and refused with 401. */
const refusing = (asked: Ref.Ref<number>) =>
  program((request) =>
    request.url.endsWith("/v1/user")
      ? Effect.as(
          Ref.update(asked, (count) => count + 1),
          answer(401)(request)
        )
      : Effect.void
  )

describe("TokenSession.httpClient", () => {
  const user = Effect.gen(function* () {
    const client = yield* (yield* TokenSession).httpClient(key)
    return yield* client.get("/v1/user")
  })
  const userStatuses = Effect.map(
    Effect.flatMap(Sandbox, (sandbox) => sandbox.requests),
    (requests) => requests.filter(({ path }) => path === "/v1/user").map(({ status }) => status)
  )

  it.effect("adds the base URL, client key, region and access token to a request", () =>
    Effect.gen(function* () {
      yield* signIn
      const response = yield* user
      assert.strictEqual(response.status, 200)
      assert.deepInclude(yield* response.json, { email })
    }).pipe(Effect.provide(program()))
  )

  it.effect("renews once on a 401 and repeats the request", () =>
    Effect.gen(function* () {
      yield* signIn
      const session = yield* TokenSession
      const stored = Option.getOrThrow(yield* (yield* TokenStore).get(key)).tokens
      // An access token that Baanx does not know, as if it had ended early.
      yield* session.start(key, new TokenSet({ ...stored, accessToken: Schema.decodeSync(AccessToken)("spoilt") }))
      assert.strictEqual((yield* user).status, 200)
      assert.deepStrictEqual(yield* userStatuses, [401, 200])
      assert.strictEqual(yield* refreshes, 1)
    }).pipe(Effect.provide(program()))
  )

  it.effect("returns the 401 if the repeated request is refused as well", () =>
    Effect.gen(function* () {
      const asked = yield* Ref.make(0)
      yield* Effect.gen(function* () {
        yield* signIn
        assert.strictEqual((yield* user).status, 401)
        assert.strictEqual(yield* Ref.get(asked), 2)
        assert.strictEqual(yield* refreshes, 1)
      }).pipe(Effect.provide(refusing(asked)))
    })
  )

  const form = new FormData()
  form.append("name", "value")
  const bytes = new TextEncoder().encode("text")
  async function* pieces() {
    yield bytes
  }
  const stream = () => new Blob(["text"]).stream()
  const bodies: ReadonlyArray<readonly [title: string, body: HttpBody.HttpBody, times: number]> = [
    ["no body", HttpBody.empty, 2],
    ["bytes", HttpBody.uint8Array(bytes), 2],
    ["a form", HttpBody.formData(form), 2],
    ["a raw text", HttpBody.raw("text"), 2],
    ["a raw buffer", HttpBody.raw(bytes.buffer), 2],
    ["a raw view", HttpBody.raw(new DataView(bytes.buffer)), 2],
    ["a raw blob", HttpBody.raw(new Blob(["text"])), 2],
    ["a raw file", HttpBody.raw(new File(["text"], "name")), 2],
    ["a raw form", HttpBody.raw(form), 2],
    ["raw parameters", HttpBody.raw(new URLSearchParams({ a: "1" })), 2],
    ["a stream", HttpBody.stream(Stream.make(bytes)), 1],
    ["a raw stream", HttpBody.raw(stream()), 1],
    ["a raw stream through a transform", HttpBody.raw(stream().pipeThrough(new TransformStream())), 1],
    ["a raw generator", HttpBody.raw(pieces()), 1],
    ["a raw iterator", HttpBody.raw(bytes.values()), 1],
    ["a raw object", HttpBody.raw({ [Symbol.asyncIterator]: pieces }), 1],
    ["a raw body that looks like a blob", HttpBody.raw({ stream, size: 4, type: "" }), 1]
  ]
  for (const [title, body, times] of bodies) {
    it.effect(
      `${times === 1 ? "returns the 401 and does not repeat a request" : "repeats a request"} with ${title}`,
      () =>
        Effect.gen(function* () {
          const asked = yield* Ref.make(0)
          yield* Effect.gen(function* () {
            yield* signIn
            const client = yield* (yield* TokenSession).httpClient(key)
            const response = yield* client.execute(
              HttpClientRequest.post("/v1/user").pipe(HttpClientRequest.setBody(body))
            )
            assert.strictEqual(response.status, 401)
            assert.deepStrictEqual(yield* response.json, { message: "no" })
            assert.strictEqual(yield* Ref.get(asked), times)
            assert.strictEqual(yield* refreshes, times - 1)
          }).pipe(Effect.provide(refusing(asked)))
        })
    )
  }

  it.effect("cancels the body of the 401 when the store fails", () =>
    Effect.gen(function* () {
      let isAway = false
      let ended = false
      const body = new ReadableStream({ cancel: () => void (ended = true) })
      const store = storeWith(({ get }) => ({
        get: (key) => (isAway ? new StoreError({ store: "TokenStore", reason: "Unavailable" }) : get(key))
      }))
      yield* Effect.gen(function* () {
        yield* signIn
        const error = yield* Effect.flip(user)
        assert.isTrue(error._tag === "RequestError" && error.cause instanceof StoreError)
        assert.isTrue(ended)
      }).pipe(
        Effect.provide(
          program((request) => {
            if (!request.url.endsWith("/v1/user")) return Effect.void
            isAway = true
            return Effect.succeed(HttpClientResponse.fromWeb(request, new Response(body, { status: 401 })))
          }, store)
        )
      )
    })
  )

  it.effect("never sends the access token to another host", () =>
    Effect.gen(function* () {
      yield* signIn
      const client = yield* (yield* TokenSession).httpClient(key)
      for (const url of ["@evil.example/v1/user", ".evil.example/", ":80@evil.example/"]) {
        const exit = yield* Effect.exit(client.get(url))
        assert.isTrue(Exit.isFailure(exit) || exit.value.status === 404, `${url} was sent as another path`)
      }
      const sent = yield* Effect.flatMap(Sandbox, (sandbox) => sandbox.requests)
      assert.deepStrictEqual(new Set(sent.map(({ headers }) => headers["host"])).size, 1)
    }).pipe(Effect.provide(program()))
  )

  it.effect("fails if the response takes longer than the configured timeout", () =>
    Effect.gen(function* () {
      yield* signIn
      const fiber = yield* Effect.fork(Effect.flip(user))
      yield* TestClock.adjust("10 seconds")
      const error = yield* Fiber.join(fiber)
      assert.include(String(error), "did not respond in time")
    }).pipe(Effect.provide(program((request) => (request.url.endsWith("/v1/user") ? Effect.never : Effect.void))))
  )

  it.effect("fails with a RequestError if the connection breaks", () =>
    Effect.gen(function* () {
      yield* signIn
      assert.deepInclude(yield* Effect.flip(user), { _tag: "RequestError", reason: "Transport" })
    }).pipe(
      Effect.provide(
        program((request) =>
          request.url.endsWith("/v1/user")
            ? new HttpClientError.RequestError({ request, reason: "Transport" })
            : Effect.void
        )
      )
    )
  )

  it.effect("fails with a RequestError that has the message of the session's error, and the error as its cause", () =>
    Effect.gen(function* () {
      yield* signIn
      const session = yield* TokenSession
      const client = yield* session.httpClient(key)
      yield* session.forget(key)
      const error = yield* Effect.flip(client.get("/v1/user"))
      assert.deepInclude(error, { _tag: "RequestError", reason: "Transport" })
      assert.deepInclude(error.cause, { _tag: "SessionLostError", reason: "NotFound" })
      assert.include(error.message, "No session is stored under this key")
    }).pipe(Effect.provide(program()))
  )

  it.effect("shows neither the access token nor the client key in a response or in an error", () =>
    Effect.gen(function* () {
      const tokens = yield* signIn
      const { clientKey } = yield* Sandbox
      const secrets = { accessToken: Redacted.value(tokens.accessToken), clientKey }
      const client = yield* (yield* TokenSession).httpClient(key)
      const get = (url: string) => client.execute(HttpClientRequest.get(url))
      const calls: ReadonlyArray<Effect.Effect<unknown, HttpClientError.HttpClientError>> = [
        get("/v1/user"),
        Effect.flatMap(get("/v1/nowhere"), HttpClientResponse.filterStatusOk),
        Effect.flatMap(get("/openapi.json"), (response) => response.urlParamsBody),
        Effect.flatMap(get("/html"), (response) => response.json),
        get("/cut")
      ]
      for (const call of calls) {
        assert.deepStrictEqual(secretsIn(secrets, yield* channels(call)), [])
      }
    }).pipe(
      Effect.provide(
        program((request) => {
          if (request.url.endsWith("/html")) {
            return Effect.succeed(HttpClientResponse.fromWeb(request, new Response("<html>")))
          }
          return request.url.endsWith("/cut")
            ? new HttpClientError.RequestError({ request, reason: "Transport", cause: request })
            : Effect.void
        })
      )
    )
  )

  it.effect("fails with SessionLostError if there is no session", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(user))._tag, "SessionLostError")
    }).pipe(Effect.provide(program()))
  )
})
