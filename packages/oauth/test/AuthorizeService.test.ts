import {
  AuthorizationGrant,
  type AuthorizeRequest,
  type AuthorizeService,
  LoginToken,
  RedirectUri,
  SessionToken,
  State
} from "@effect-baanx/oauth"
import {
  answerFailure,
  answerJson,
  answerNever,
  answerText,
  type MockAnswer,
  MockHttpClient
} from "@effect-baanx/oauth/testing/MockHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Either, Fiber, Layer, Redacted, Schema, TestClock } from "effect"
import * as Zlib from "node:zlib"
import { transports } from "./adversarial/Transports.js"
import {
  authorize,
  cases,
  granted,
  redirects,
  scripted,
  secrets,
  service,
  success,
  type WireAnswer
} from "./AuthorizeSuite.js"
import { channels, secretsIn } from "./Channels.js"
import { assertFields, code, state } from "./Fixtures.js"
import { turnsOf } from "./Size.js"
import { type Behaviour, closedPort, scriptedServer } from "./ScriptedServer.js"

const sessionToken = Schema.decodeSync(SessionToken)
const loginToken = Schema.decodeSync(LoginToken)

const asMock = ({ body, headers, status }: WireAnswer): MockAnswer => answerText(status, body, headers)

const rejects = (title: string, changes: Partial<AuthorizeRequest>, tag: string, fields: Record<string, unknown>) =>
  it.effect(title, () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(authorize(changes))
      assert.strictEqual(error._tag, tag)
      assertFields(error, { operation: "authorize", ...fields })
      assert.deepStrictEqual(yield* (yield* MockHttpClient).requests, [])
    }).pipe(scripted())
  )

const answering =
  ({ body, headers, status }: WireAnswer, announced = true): Behaviour =>
  (_, response) => {
    response.writeHead(status, {
      "content-type": "application/json",
      ...(announced && { "content-length": Buffer.byteLength(body) }),
      ...headers
    })
    if (!announced) response.write(body.slice(0, 1))
    response.end(announced ? body : body.slice(1))
  }

describe("AuthorizeService", () => {
  it.effect("sends the documented request and returns the verified grant", () =>
    Effect.gen(function* () {
      const mock = yield* MockHttpClient
      const grant = yield* authorize()
      assert.instanceOf(grant, AuthorizationGrant)
      assert.strictEqual(Redacted.value(grant.code), secrets.code)
      assert.strictEqual(Redacted.value(grant.state), secrets.state)
      assert.strictEqual(Redacted.value(grant.redirectUrl), granted.url)
      assert.deepStrictEqual(yield* mock.requests, [
        {
          method: "POST",
          url: "https://dev.api.baanx.com/v1/auth/oauth/authorize",
          headers: {
            accept: "application/json",
            authorization: `Bearer ${secrets.loginToken}`,
            "content-length": String(secrets.sessionToken.length + 12),
            "content-type": "application/json",
            "x-client-key": secrets.clientKey,
            "x-us-env": "false"
          },
          body: JSON.stringify({ token: secrets.sessionToken })
        }
      ])
    }).pipe(scripted(asMock(success)))
  )

  it.effect("calls the US backend for the region us", () =>
    Effect.gen(function* () {
      yield* authorize({ region: "us" })
      const [request] = yield* (yield* MockHttpClient).requests
      assert.strictEqual(request?.headers["x-us-env"], "true")
    }).pipe(scripted(asMock(success)))
  )

  describe("before anything is sent", () => {
    const missing = (title: string, changes: Partial<AuthorizeRequest>, names: ReadonlyArray<string>) =>
      rejects(title, changes, "MissingTokenError", { missing: names })
    const invalid = (title: string, changes: Partial<AuthorizeRequest>, token: string, reason: string) =>
      rejects(title, changes, "InvalidTokenError", { token, reason })

    missing("names all missing tokens at once", { sessionToken: undefined, loginToken: undefined }, [
      "sessionToken",
      "loginToken"
    ])
    missing("treats an empty token as missing", { sessionToken: sessionToken("") }, ["sessionToken"])
    missing("treats a blank token as missing", { loginToken: loginToken(" \t\n ") }, ["loginToken"])
    missing(
      "reports a missing token before a malformed one",
      { sessionToken: sessionToken("x"), loginToken: undefined },
      ["loginToken"]
    )
    for (const [name, character] of [
      ["CR", "\r"],
      ["LF", "\n"],
      ["NUL", "\0"],
      ["a space", " "],
      ["DEL", "\u007f"],
      ["a letter outside ASCII", "é"]
    ]) {
      invalid(
        `rejects ${name} in the login token`,
        { loginToken: loginToken(`US_${character}x`) },
        "loginToken",
        "ForbiddenCharacter"
      )
    }
    invalid(
      "rejects an injected header",
      { loginToken: loginToken("a\r\nx-secret: b") },
      "loginToken",
      "ForbiddenCharacter"
    )
    invalid("rejects a session token of two parts", { sessionToken: sessionToken("aa.bb") }, "sessionToken", "NotAJwt")
    invalid("rejects an unsigned session token", { sessionToken: sessionToken("aa.bb.") }, "sessionToken", "NotAJwt")
    invalid(
      "rejects a session token that is not base64url",
      { sessionToken: sessionToken("aa.b+b.cc") },
      "sessionToken",
      "NotAJwt"
    )
    invalid(
      "rejects a login token of 9,000 characters",
      { loginToken: loginToken("x".repeat(9000)) },
      "loginToken",
      "TooLong"
    )
  })

  describe("over MockHttpClient", () => {
    for (const { answer, fields = {}, tag, title } of cases) {
      it.effect(`${title}: fails with ${tag} and shows no secret`, () =>
        Effect.gen(function* () {
          const mock = yield* MockHttpClient
          const error = yield* Effect.flip(authorize())
          assert.strictEqual(error._tag, tag)
          assertFields(error, { operation: "authorize", ...fields })
          assert.strictEqual((yield* mock.requests).length, 1)
          assert.deepStrictEqual(secretsIn(secrets, yield* channels(authorize())), [])
        }).pipe(scripted(asMock(answer), asMock(answer)))
      )
    }

    for (const [reason, sent] of [
      ["Connect", false],
      ["Tls", false],
      ["Closed", true],
      ["Unknown", true]
    ] as const) {
      it.effect(`the transport failure ${reason}: fails with TransportError and shows no secret`, () =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(authorize())
          assert.strictEqual(error._tag, "TransportError")
          assertFields(error, { reason, sent })
          assert.deepStrictEqual(secretsIn(secrets, yield* channels(authorize())), [])
        }).pipe(scripted(answerFailure(reason, sent), answerFailure(reason, sent)))
      )
    }

    it.effect("no response within 10 seconds: fails with TransportError", () =>
      Effect.gen(function* () {
        const fiber = yield* Effect.fork(Effect.flip(authorize()))
        yield* TestClock.adjust("9999 millis")
        assert.isNull(fiber.unsafePoll())
        yield* TestClock.adjust("1 millis")
        assertFields(yield* Fiber.join(fiber), { _tag: "TransportError", reason: "Timeout", sent: true })
      }).pipe(scripted(answerNever))
    )

    it.effect("success shows no secret", () =>
      Effect.map(channels(authorize()), (shown) => assert.deepStrictEqual(secretsIn(secrets, shown), [])).pipe(
        scripted(asMock(success))
      )
    )

    it.effect("the url may contain iss and app_id, and must contain the query of the redirect URI", () =>
      Effect.gen(function* () {
        yield* authorize({ redirectUri: RedirectUri.make("https://yourapp.com/callback?tenant=1") })
        const error = yield* Effect.flip(
          authorize({ redirectUri: RedirectUri.make("https://yourapp.com/callback?tenant=2") })
        )
        assertFields(error, { _tag: "RedirectMismatchError", reason: "UnknownParameter" })
        const lacking = yield* Effect.flip(
          authorize({ redirectUri: RedirectUri.make("https://yourapp.com/callback?tenant=1&iss=x") })
        )
        assertFields(lacking, { _tag: "RedirectMismatchError", reason: "MissingParameter" })
      }).pipe(
        scripted(
          ...[1, 2, 3].map(() =>
            answerJson(200, {
              ...granted,
              url: `https://yourapp.com/callback?tenant=1&state=${secrets.state}&code=${secrets.code}&iss=https%3A%2F%2Fbaanx&app_id=FOX_US`
            })
          )
        )
      )
    )

    it.effect("compares the state with the one that was sent, not with the one in the url", () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(authorize({ expectedState: Schema.decodeSync(State)("another-state-1") }))
        assert.strictEqual(error._tag, "StateMismatchError")
      }).pipe(scripted(asMock(success)))
    )
  })

  for (const [index, [name, client]] of transports.entries()) {
    const against = <A, E>(baseUrl: string, effect: Effect.Effect<A, E, AuthorizeService>) =>
      Effect.provide(effect, Layer.provide(service(baseUrl), client))

    describe(`over a socket through ${name}`, () => {
      it.scoped("returns the grant, with a content-length and without", () =>
        Effect.gen(function* () {
          for (const announced of [true, false]) {
            const server = yield* scriptedServer(answering(success, announced))
            const grant = yield* against(server.baseUrl, authorize())
            assert.strictEqual(Redacted.value(grant.code), secrets.code)
            assert.strictEqual(server.received(), 1)
          }
        })
      )

      for (const { answer, fields = {}, tag, title } of turnsOf(cases, index, transports.length)) {
        it.scoped(`${title}: fails with ${tag} and shows no secret`, () =>
          Effect.gen(function* () {
            const server = yield* scriptedServer(answering(answer, answer.body.length % 2 === 0))
            const calls = Effect.gen(function* () {
              const error = yield* Effect.flip(authorize())
              assert.strictEqual(error._tag, tag)
              assertFields(error, { operation: "authorize", ...fields })
              assert.strictEqual(server.received(), 1)
              assert.deepStrictEqual(secretsIn(secrets, yield* channels(authorize())), [])
            })
            yield* against(server.baseUrl, calls)
          })
        )
      }

      for (const status of redirects) {
        it.scoped(`does not follow ${status}: the second host never sees a byte`, () =>
          Effect.gen(function* () {
            const second = yield* scriptedServer(answering(success))
            const first = yield* scriptedServer(
              answering({ status, body: "", headers: { location: `${second.baseUrl}/v1/auth/oauth/authorize` } })
            )
            const error = yield* against(first.baseUrl, Effect.flip(authorize()))
            assertFields(error, { _tag: "UnexpectedResponseError", reason: "Redirect", status })
            assert.strictEqual(first.received(), 1)
            assert.strictEqual(second.received(), 0)
            assert.strictEqual(yield* second.connections, 0)
          })
        )
      }

      it.scoped("a closed port: fails with a TransportError marked as not sent", () =>
        Effect.gen(function* () {
          const baseUrl = yield* closedPort
          const error = yield* against(baseUrl, Effect.flip(authorize()))
          assertFields(error, { _tag: "TransportError", reason: "Connect", sent: false })
          assert.deepStrictEqual(secretsIn(secrets, yield* against(baseUrl, channels(authorize()))), [])
        })
      )

      it.scoped("a connection cut in the middle of the response: fails with a TransportError marked as sent", () =>
        Effect.gen(function* () {
          const server = yield* scriptedServer((_, response) => {
            response.writeHead(200, { "content-type": "application/json", "content-length": 500 })
            response.write(success.body.slice(0, 40), () => response.destroy())
          })
          const error = yield* against(server.baseUrl, Effect.flip(authorize()))
          assertFields(error, { _tag: "TransportError", reason: "Closed", sent: true })
          assert.deepStrictEqual(secretsIn(secrets, yield* against(server.baseUrl, channels(authorize()))), [])
        })
      )

      it.scoped("a connection cut before the response: fails with a TransportError marked as sent", () =>
        Effect.gen(function* () {
          const server = yield* scriptedServer((request) => request.socket.destroy())
          const error = yield* against(server.baseUrl, Effect.flip(authorize()))
          assertFields(error, { _tag: "TransportError", reason: "Closed", sent: true })
          assert.strictEqual(server.received(), 1)
        })
      )

      it.scoped("rejects a body that decompresses to more than 64 KiB", () =>
        Effect.gen(function* () {
          const bomb = Zlib.gzipSync(JSON.stringify({ ...granted, padding: "x".repeat(1 << 20) }))
          const server = yield* scriptedServer((_, response) => {
            response.writeHead(200, {
              "content-type": "application/json",
              "content-encoding": "gzip",
              "content-length": bomb.length
            })
            response.end(bomb)
          })
          const error = yield* against(server.baseUrl, Effect.flip(authorize()))
          assert.strictEqual(error._tag, "UnexpectedResponseError")
        })
      )

      it.scoped("times out by the Clock and closes the connection if the server does not respond", () =>
        Effect.gen(function* () {
          const server = yield* scriptedServer(() => {})
          const fiber = yield* Effect.fork(against(server.baseUrl, Effect.flip(authorize())))
          yield* server.arrival
          yield* TestClock.adjust("10 seconds")
          assertFields(yield* Fiber.join(fiber), { _tag: "TransportError", reason: "Timeout", sent: true })
          yield* server.idle
        })
      )

      it.scoped("closes the connection of a response that it rejects before its end", () =>
        Effect.gen(function* () {
          for (const [status, contentType, reason] of [
            [200, "text/html", "ContentType"],
            [307, "application/json", "Redirect"]
          ] as const) {
            const closed = yield* Deferred.make<void>()
            const server = yield* scriptedServer((request, response) => {
              request.socket.on("close", () => Effect.runSync(Deferred.succeed(closed, undefined)))
              response.writeHead(status, { "content-type": contentType })
              response.write("endless")
            })
            const refusal = Effect.gen(function* () {
              const error = yield* Effect.flip(authorize())
              assertFields(error, { _tag: "UnexpectedResponseError", reason })
              // Waits while the layer is still open: releasing it would close the connection as well.
              yield* Deferred.await(closed)
            })
            yield* against(server.baseUrl, refusal)
          }
        })
      )

      it.scoped("times out by the Clock if the server stops in the middle of its response", () =>
        Effect.gen(function* () {
          for (const announced of [{ "content-length": 500 }, {}]) {
            const server = yield* scriptedServer((_, response) => {
              response.writeHead(200, { "content-type": "application/json", ...announced })
              response.write(success.body.slice(0, 40))
            })
            const fiber = yield* Effect.fork(against(server.baseUrl, Effect.flip(authorize())))
            yield* server.arrival
            yield* TestClock.adjust("10 seconds")
            assertFields(yield* Fiber.join(fiber), { _tag: "TransportError", reason: "Timeout", sent: true })
            yield* server.idle
          }
        })
      )

      it.scopedLive("times out by the live Clock if the server does not respond", () =>
        Effect.gen(function* () {
          const server = yield* scriptedServer(() => {})
          const error = yield* Effect.provide(
            Effect.flip(authorize()),
            Layer.provide(service(server.baseUrl, "10 millis"), client)
          )
          assertFields(error, { _tag: "TransportError", reason: "Timeout" })
          yield* server.idle
        })
      )

      it.scoped("closes the connection when the call is interrupted", () =>
        Effect.gen(function* () {
          const server = yield* scriptedServer(() => {})
          const fiber = yield* Effect.fork(against(server.baseUrl, authorize()))
          yield* server.arrival
          yield* Fiber.interrupt(fiber)
          yield* server.idle
        })
      )
    })
  }

  it("returns an AuthorizationGrant whose secrets do not print", () => {
    const grant = new AuthorizationGrant({ code, state, redirectUrl: Redacted.make(granted.url) })
    assert.notInclude(JSON.stringify(grant) + String(grant), secrets.code)
  })

  it("returns an AuthorizationGrant that encodes to plain JSON and decodes back unchanged", () => {
    assert.strictEqual(AuthorizationGrant.identifier, "@effect-baanx/oauth/AuthorizationGrant")
    const encoded = { code: secrets.code, state: secrets.state, redirectUrl: granted.url }
    const grant = Schema.decodeUnknownSync(AuthorizationGrant)(encoded)
    assert.deepStrictEqual(Schema.encodeSync(AuthorizationGrant)(grant), encoded)
    assert.isTrue(Either.isLeft(Schema.decodeUnknownEither(AuthorizationGrant)({ ...encoded, state: 1 })))
  })
})
