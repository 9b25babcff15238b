import {
  AccessToken,
  AuthorizationFlow,
  Baanx,
  type BaanxConfig,
  PendingAuthorizations,
  RedirectUri,
  SessionKey,
  StoreError,
  TokenSession,
  TokenSet,
  TokenStore,
  type TokenStoreShape
} from "@effect-baanx/oauth"
import { Sandbox } from "@effect-baanx/sandbox"
import { HttpBody, HttpClient, HttpClientError, HttpClientRequest, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import {
  Context,
  DateTime,
  Deferred,
  Duration,
  Effect,
  Exit,
  Fiber,
  FastCheck,
  Layer,
  Option,
  Redacted,
  Ref,
  Schema,
  Stream,
  TestClock
} from "effect"
import { channels, found } from "./Channels.js"
import { email, key, sandboxPassword } from "./Fixtures.js"
import { full } from "./Size.js"

const text = (token: AccessToken) => Redacted.value(token)
const refreshTokenOf = ({ refreshToken }: TokenSet) => refreshToken && Redacted.value(refreshToken)

/** What happens to a request instead of being sent, or before it is. */
type Interference = (
  request: HttpClientRequest.HttpClientRequest
) => Effect.Effect<HttpClientResponse.HttpClientResponse | void, HttpClientError.HttpClientError>

const isRefresh = (request: HttpClientRequest.HttpClientRequest) =>
  request.body._tag === "Uint8Array" && new TextDecoder().decode(request.body.body).includes('"refresh_token"')

const interfering =
  (interference: Interference): BaanxConfig["transformClient"] =>
  (client) =>
    HttpClient.make((request) =>
      Effect.flatMap(interference(request), (response) =>
        response === undefined ? client.execute(request) : Effect.succeed(response)
      )
    )

const answer =
  (status: number, body: unknown = { message: "no" }) =>
  (request: HttpClientRequest.HttpClientRequest) =>
    HttpClientResponse.fromWeb(request, Response.json(body, { status }))

const program = (
  interference: Interference = () => Effect.void,
  store: Layer.Layer<TokenStore> = TokenStore.layerMemory
): Layer.Layer<AuthorizationFlow | TokenSession | TokenStore | Sandbox> =>
  Layer.unwrapEffect(
    Effect.map(Sandbox, (sandbox) =>
      Baanx.layerWithStores({
        baseUrl: sandbox.baseUrl,
        clientKey: Redacted.make(sandbox.clientKey),
        transformClient: interfering(interference)
      })
    )
  ).pipe(
    Layer.orDie,
    Layer.provideMerge(Layer.mergeAll(PendingAuthorizations.layerMemory, store)),
    Layer.provideMerge(Sandbox.layerHttpClient({ seed: "session" }))
  )

const signIn = Effect.gen(function* () {
  const sandbox = yield* Sandbox
  const flow = yield* AuthorizationFlow
  const session = yield* TokenSession
  const tokens = yield* flow.signIn({
    email,
    password: Redacted.make(sandboxPassword),
    redirectUri: RedirectUri.make(sandbox.redirectUri)
  })
  yield* session.start(key, tokens)
  return tokens
})

/** Successful refreshes as the sandbox saw them. */
const refreshes = Effect.gen(function* () {
  const { requests } = yield* Sandbox
  return (yield* requests).filter(({ body, status }) => body["grant_type"] === "refresh_token" && status === 200).length
})

/** To the moment at which every token is renewed, whatever its key. */
const toRenewal = TestClock.adjust(Duration.minutes(355))

describe("TokenSession", () => {
  it.effect("gives the stored token while it is fresh, and asks nobody", () =>
    Effect.gen(function* () {
      const tokens = yield* signIn
      const session = yield* TokenSession
      yield* TestClock.adjust(Duration.minutes(353))
      assert.strictEqual(text(yield* session.accessToken(key)), text(tokens.accessToken))
      assert.strictEqual(yield* refreshes, 0)
    }).pipe(Effect.provide(program()))
  )

  it.effect("renews 300 seconds before the end at the latest, and saves both new tokens first", () =>
    Effect.gen(function* () {
      const tokens = yield* signIn
      const session = yield* TokenSession
      yield* toRenewal
      const renewed = yield* session.accessToken(key)
      assert.notStrictEqual(text(renewed), text(tokens.accessToken))
      const stored = Option.getOrThrow(yield* (yield* TokenStore).get(key)).tokens
      assert.strictEqual(text(stored.accessToken), text(renewed))
      assert.notStrictEqual(refreshTokenOf(stored), refreshTokenOf(tokens))
      assert.strictEqual(yield* refreshes, 1)
      assert.strictEqual(text(yield* session.accessToken(key)), text(renewed))
      assert.strictEqual(yield* refreshes, 1)
    }).pipe(Effect.provide(program()))
  )

  it.effect("1,000 fibers at the edge of expiry cause exactly one refresh", () =>
    Effect.gen(function* () {
      yield* signIn
      const session = yield* TokenSession
      yield* toRenewal
      const tokens = yield* Effect.all(
        Array.from({ length: 1000 }, () => session.accessToken(key)),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(new Set(tokens.map(text)).size, 1)
      assert.strictEqual(yield* refreshes, 1)
    }).pipe(Effect.provide(program()))
  )

  it.effect.prop(
    "half of 1,000 fibers interrupted, whichever and whenever, changes nothing for the rest",
    [FastCheck.infiniteStream(FastCheck.boolean())],
    ([coins]) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        yield* Effect.gen(function* () {
          yield* signIn
          const session = yield* TokenSession
          yield* toRenewal
          const fibers = yield* Effect.all(Array.from({ length: 1000 }, () => Effect.fork(session.accessToken(key))))
          const toss = () => coins.next().value
          yield* Effect.forEach(fibers, () => Effect.when(Effect.yieldNow(), toss), { discard: true })
          const [leaving, staying] = [
            fibers.filter((_, index) => index % 2 === 0),
            fibers.filter((_, index) => index % 2 === 1)
          ]
          const swapped = toss()
          yield* Fiber.interruptAll(swapped ? staying : leaving)
          yield* Deferred.succeed(gate, undefined)
          const tokens = yield* Effect.all((swapped ? leaving : staying).map(Fiber.join))
          assert.strictEqual(tokens.length, 500)
          assert.strictEqual(new Set(tokens.map(text)).size, 1)
          assert.strictEqual(yield* refreshes, 1)
        }).pipe(Effect.provide(program((request) => (isRefresh(request) ? Deferred.await(gate) : Effect.void))))
      }),
    { fastCheck: { numRuns: full ? 5 : 2 } }
  )

  it.effect("goes on with the renewal when everybody gave up, and saves it", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const started = yield* Deferred.make<void>()
      yield* Effect.gen(function* () {
        const tokens = yield* signIn
        const session = yield* TokenSession
        yield* toRenewal
        const fiber = yield* Effect.fork(session.accessToken(key))
        yield* Deferred.await(started)
        yield* Fiber.interrupt(fiber)
        yield* Deferred.succeed(gate, undefined)
        const renewed = yield* session.accessToken(key)
        assert.notStrictEqual(text(renewed), text(tokens.accessToken))
        assert.strictEqual(yield* refreshes, 1)
      }).pipe(
        Effect.provide(
          program((request) =>
            isRefresh(request)
              ? Effect.zipRight(Deferred.succeed(started, undefined), Deferred.await(gate))
              : Effect.void
          )
        )
      )
    })
  )

  it.effect("a refresh that fails with 503 twice and then works signs nobody out", () =>
    Effect.gen(function* () {
      const failures = yield* Ref.make(2)
      yield* Effect.gen(function* () {
        const tokens = yield* signIn
        const session = yield* TokenSession
        yield* toRenewal
        // The old token is good for another five minutes: nobody notices the first failure.
        assert.strictEqual(text(yield* session.accessToken(key)), text(tokens.accessToken))
        yield* TestClock.adjust("5 minutes")
        const error = yield* Effect.flip(session.accessToken(key))
        assert.strictEqual(error._tag, "ServerError")
        assert.notStrictEqual(text(yield* session.accessToken(key)), text(tokens.accessToken))
        assert.strictEqual(yield* refreshes, 1)
      }).pipe(
        Effect.provide(
          program((request) =>
            isRefresh(request)
              ? Effect.map(
                  Ref.getAndUpdate(failures, (left) => left - 1),
                  (left) => (left > 0 ? answer(503)(request) : undefined)
                )
              : Effect.void
          )
        )
      )
    })
  )

  it.effect("a spent refresh token ends the session with a typed error, and nothing stays behind", () =>
    Effect.gen(function* () {
      const tokens = yield* signIn
      const session = yield* TokenSession
      // Spent by somebody who shares no store.
      yield* session.start(SessionKey.make("elsewhere"), tokens)
      yield* toRenewal
      yield* session.accessToken(SessionKey.make("elsewhere"))
      const error = yield* Effect.flip(session.accessToken(key))
      assert.strictEqual(error._tag, "SessionLostError")
      if (error._tag === "SessionLostError") assert.strictEqual(error.reason, "RefreshTokenSpent")
      assert.isTrue(Option.isNone(yield* (yield* TokenStore).get(key)))
      const again = yield* Effect.flip(session.accessToken(key))
      assert.strictEqual(again._tag === "SessionLostError" && again.reason, "NotFound")
    }).pipe(Effect.provide(program()))
  )

  it.effect("waits 5 seconds for somebody else's renewal, then gives the old token while it is good", () =>
    Effect.gen(function* () {
      const tokens = yield* signIn
      yield* toRenewal
      const store = yield* TokenStore
      const { version } = Option.getOrThrow(yield* store.get(key))
      yield* store.lease(key, version, Duration.minutes(10))
      const session = yield* TokenSession
      const fiber = yield* Effect.fork(session.accessToken(key))
      yield* TestClock.adjust("4 seconds")
      assert.isNull(fiber.unsafePoll())
      yield* TestClock.adjust("1 seconds")
      assert.strictEqual(text(yield* Fiber.join(fiber)), text(tokens.accessToken))
      assert.strictEqual(yield* refreshes, 0)
    }).pipe(Effect.provide(program()))
  )

  it.effect("waits on for somebody else's renewal when the old token is not good any more", () =>
    Effect.gen(function* () {
      yield* signIn
      yield* TestClock.setTime(Duration.toMillis("6 hours"))
      const store = yield* TokenStore
      const { version } = Option.getOrThrow(yield* store.get(key))
      yield* store.lease(key, version, Duration.minutes(10))
      const fiber = yield* Effect.fork((yield* TokenSession).accessToken(key))
      yield* TestClock.adjust("6 seconds")
      assert.isNull(fiber.unsafePoll())
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(yield* refreshes, 0)
    }).pipe(Effect.provide(program()))
  )

  it.effect("re-reads the store once after invalid_grant: another process may have won", () =>
    Effect.gen(function* () {
      const won = yield* Ref.make(Option.none<TokenSet>())
      const stores = yield* Layer.build(TokenStore.layerMemory)
      yield* Effect.gen(function* () {
        const tokens = yield* signIn
        const session = yield* TokenSession
        yield* toRenewal
        const now = yield* DateTime.now
        const theirs = new TokenSet({ ...tokens, expiresAt: DateTime.add(now, { hours: 6 }) })
        yield* Ref.set(won, Option.some(theirs))
        yield* session.accessToken(key)
        const stored = Option.getOrThrow(yield* (yield* TokenStore).get(key)).tokens
        assert.deepStrictEqual(stored.expiresAt, theirs.expiresAt)
        assert.strictEqual(yield* refreshes, 0)
      }).pipe(
        Effect.provide(
          program(
            (request) =>
              isRefresh(request)
                ? Effect.gen(function* () {
                    const store = yield* TokenStore
                    yield* Effect.ignore(store.put(key, Option.getOrThrow(yield* Ref.get(won))))
                    return answer(400, { error: "invalid_grant" })(request)
                  }).pipe(Effect.provide(stores))
                : Effect.void,
            Layer.succeedContext(stores)
          )
        )
      )
    }).pipe(Effect.scoped)
  )

  it.effect("says so when the tokens were renewed by a process that ended before it saved them", () =>
    Effect.gen(function* () {
      const stores = yield* Layer.build(TokenStore.layerMemory)
      yield* Effect.gen(function* () {
        yield* signIn
        yield* toRenewal
        // The process dies as soon as Baanx has answered.
        const store = yield* TokenStore
        const stored = Option.getOrThrow(yield* store.get(key))
        yield* store.lease(key, stored.version, Duration.seconds(2))
        const session = yield* TokenSession
        yield* session.start(SessionKey.make("dead process"), stored.tokens)
        yield* session.accessToken(SessionKey.make("dead process"))
        // Its lease runs out; until then, the others wait.
        const waiting = yield* Effect.fork(Effect.flip(session.accessToken(key)))
        yield* TestClock.adjust("2 seconds")
        const error = yield* Fiber.join(waiting)
        assert.strictEqual(error._tag === "SessionLostError" && error.reason, "RefreshNotSaved")
      }).pipe(Effect.provide(program(() => Effect.void, Layer.succeedContext(stores))))
    }).pipe(Effect.scoped)
  )

  /** A store whose `save` fails until `away` is used up. */
  const flaky = (away: Ref.Ref<number>): Layer.Layer<TokenStore> =>
    Layer.effect(
      TokenStore,
      Effect.map(TokenStore, (store) => ({
        ...store,
        save: (...saved) =>
          Effect.flatMap(
            Ref.getAndUpdate(away, (left) => left - 1),
            (left): ReturnType<TokenStoreShape["save"]> =>
              left > 0 ? new StoreError({ store: "TokenStore", reason: "Unavailable" }) : store.save(...saved)
          )
      }))
    ).pipe(Layer.provide(TokenStore.layerMemory))

  it.effect("waits for a store that is away, since the old refresh token is spent", () =>
    Effect.gen(function* () {
      const away = yield* Ref.make(3)
      yield* Effect.gen(function* () {
        yield* signIn
        const session = yield* TokenSession
        yield* toRenewal
        const fiber = yield* Effect.fork(session.accessToken(key))
        yield* TestClock.adjust("20 seconds")
        const renewed = yield* Fiber.join(fiber)
        const stored = Option.getOrThrow(yield* (yield* TokenStore).get(key)).tokens
        assert.strictEqual(text(stored.accessToken), text(renewed))
        assert.strictEqual(yield* refreshes, 1)
      }).pipe(Effect.provide(program(undefined, flaky(away))))
    })
  )

  it.effect("hands out no token that could not be saved", () =>
    Effect.gen(function* () {
      const away = yield* Ref.make(Number.POSITIVE_INFINITY)
      yield* Effect.gen(function* () {
        yield* signIn
        const session = yield* TokenSession
        yield* TestClock.adjust("6 hours")
        const fiber = yield* Effect.fork(Effect.flip(session.accessToken(key)))
        yield* TestClock.adjust("1 minute")
        assert.strictEqual((yield* Fiber.join(fiber))._tag, "StoreError")
      }).pipe(Effect.provide(program(undefined, flaky(away))))
    })
  )

  it.effect("finishes and saves a renewal that runs when the program ends", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const started = yield* Deferred.make<void>()
      const stores = yield* Layer.build(TokenStore.layerMemory)
      const running = yield* Effect.fork(
        Effect.gen(function* () {
          yield* signIn
          yield* toRenewal
          yield* (yield* TokenSession).accessToken(key)
        }).pipe(
          Effect.provide(
            program(
              (request) =>
                isRefresh(request)
                  ? Effect.zipRight(Deferred.succeed(started, undefined), Deferred.await(gate))
                  : Effect.void,
              Layer.succeedContext(stores)
            )
          )
        )
      )
      yield* Deferred.await(started)
      const ending = yield* Effect.fork(Fiber.interrupt(running))
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(ending)
      const store = yield* Effect.provide(TokenStore, stores)
      const stored = Option.getOrThrow(yield* store.get(key))
      assert.isTrue(DateTime.lessThan(yield* DateTime.now, DateTime.subtract(stored.tokens.expiresAt, { hours: 5 })))
    }).pipe(Effect.scoped)
  )

  describe("httpClient", () => {
    const user = Effect.gen(function* () {
      const client = yield* (yield* TokenSession).httpClient(key)
      return yield* client.get("/v1/user")
    })
    const usersAsked = Effect.map(
      Effect.flatMap(Sandbox, (sandbox) => sandbox.requests),
      (requests) => requests.filter(({ path }) => path === "/v1/user").map(({ status }) => status)
    )

    it.effect("adds base URL, client key, region and bearer", () =>
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
        // Spoilt, as by a server that forgot it before its time.
        yield* session.start(key, new TokenSet({ ...stored, accessToken: Schema.decodeSync(AccessToken)("spoilt") }))
        assert.strictEqual((yield* user).status, 200)
        assert.deepStrictEqual(yield* usersAsked, [401, 200])
        assert.strictEqual(yield* refreshes, 1)
      }).pipe(Effect.provide(program()))
    )

    it.effect("gives the second 401 as the answer", () =>
      Effect.gen(function* () {
        const asked = yield* Ref.make(0)
        yield* Effect.gen(function* () {
          yield* signIn
          assert.strictEqual((yield* user).status, 401)
          assert.strictEqual(yield* Ref.get(asked), 2)
          assert.strictEqual(yield* refreshes, 1)
        }).pipe(
          Effect.provide(
            program((request) =>
              request.url.endsWith("/v1/user")
                ? Effect.as(
                    Ref.update(asked, (count) => count + 1),
                    answer(401)(request)
                  )
                : Effect.void
            )
          )
        )
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
      ["a raw stream through another", HttpBody.raw(stream().pipeThrough(new TransformStream())), 1],
      ["a raw generator", HttpBody.raw(pieces()), 1],
      ["a raw iterator", HttpBody.raw(bytes.values()), 1],
      ["a raw object", HttpBody.raw({ [Symbol.asyncIterator]: pieces }), 1],
      ["a raw body that looks like a blob", HttpBody.raw({ stream, size: 4, type: "" }), 1]
    ]
    for (const [title, body, times] of bodies) {
      it.effect(`${times === 1 ? "gives the 401, and repeats no request," : "repeats a request"} with ${title}`, () =>
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
          }).pipe(
            Effect.provide(
              program((request) =>
                request.url.endsWith("/v1/user")
                  ? Effect.as(
                      Ref.update(asked, (count) => count + 1),
                      answer(401)(request)
                    )
                  : Effect.void
              )
            )
          )
        })
      )
    }

    it.effect("ends the 401 when its store fails", () =>
      Effect.gen(function* () {
        let isAway = false
        let ended = false
        const body = new ReadableStream({ cancel: () => void (ended = true) })
        const store = Layer.map(TokenStore.layerMemory, (context) => {
          const memory = Context.get(context, TokenStore)
          const get: TokenStoreShape["get"] = (key) =>
            isAway ? new StoreError({ store: "TokenStore", reason: "Unavailable" }) : memory.get(key)
          return Context.make(TokenStore, { ...memory, get })
        })
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

    it.effect("does not send the bearer anywhere else", () =>
      Effect.gen(function* () {
        yield* signIn
        const client = yield* (yield* TokenSession).httpClient(key)
        for (const url of ["@evil.example/v1/user", ".evil.example/", ":80@evil.example/"]) {
          const exit = yield* Effect.exit(client.get(url))
          assert.isTrue(Exit.isFailure(exit) || exit.value.status === 404, `${url} is a path of Baanx's API or nothing`)
        }
        const sent = yield* Effect.flatMap(Sandbox, (sandbox) => sandbox.requests)
        assert.deepStrictEqual(new Set(sent.map(({ headers }) => headers["host"])).size, 1)
      }).pipe(Effect.provide(program()))
    )

    it.effect("waits for an answer no longer than the configuration says", () =>
      Effect.gen(function* () {
        yield* signIn
        const fiber = yield* Effect.fork(Effect.flip(user))
        yield* TestClock.adjust("10 seconds")
        const error = yield* Fiber.join(fiber)
        assert.include(String(error), "did not respond in time")
      }).pipe(Effect.provide(program((request) => (request.url.endsWith("/v1/user") ? Effect.never : Effect.void))))
    )

    it.effect("shows neither the bearer nor the client key, in an answer, an error of reading, or one of sending", () =>
      Effect.gen(function* () {
        const tokens = yield* signIn
        const { clientKey } = yield* Sandbox
        const secrets = { accessToken: Redacted.value(tokens.accessToken), clientKey }
        const client = yield* (yield* TokenSession).httpClient(key)
        const get = (url: string) => client.execute(HttpClientRequest.get(url))
        for (const call of [
          get("/v1/user"),
          Effect.flatMap(get("/v1/nowhere"), HttpClientResponse.filterStatusOk),
          Effect.flatMap(get("/openapi.json"), (response) => response.urlParamsBody),
          Effect.flatMap(get("/html"), (response) => response.json),
          get("/cut")
        ]) {
          assert.deepStrictEqual(found(secrets, yield* channels(call)), [])
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

    it.effect("is not given for a session that is not there", () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* Effect.flip(user))._tag, "SessionLostError")
      }).pipe(Effect.provide(program()))
    )
  })

  describe("signOut", () => {
    it.effect("revokes at Baanx, then forgets", () =>
      Effect.gen(function* () {
        const tokens = yield* signIn
        const session = yield* TokenSession
        yield* session.signOut(key)
        assert.isTrue(Option.isNone(yield* (yield* TokenStore).get(key)))
        const flow = yield* Effect.flip(
          Effect.flatMap(session.start(key, tokens), () =>
            Effect.zipRight(TestClock.adjust("6 hours"), session.accessToken(key))
          )
        )
        assert.strictEqual(flow._tag, "SessionLostError")
        yield* session.signOut(key)
      }).pipe(Effect.provide(program()))
    )

    it.effect("keeps the session when Baanx cannot be reached", () =>
      Effect.gen(function* () {
        yield* signIn
        const session = yield* TokenSession
        const error = yield* Effect.flip(session.signOut(key))
        assert.strictEqual(error._tag, "ServerError")
        assert.isTrue(Option.isSome(yield* (yield* TokenStore).get(key)))
      }).pipe(
        Effect.provide(
          program((request) => (request.url.endsWith("/revoke") ? Effect.succeed(answer(503)(request)) : Effect.void))
        )
      )
    )
  })
})
