import {
  type AccessToken,
  AuthorizationFlow,
  Baanx,
  type BaanxConfig,
  type BaanxError,
  LoginService,
  LoginToken,
  PendingAuthorization,
  PendingAuthorizations,
  RedirectUri,
  SessionKey,
  StoreError,
  TokenService,
  TokenSession,
  type TokenSet,
  TokenStore
} from "@effect-baanx/oauth"
import { Sandbox } from "@effect-baanx/sandbox"
import { FetchHttpClient, HttpClient, HttpClientRequest } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Either, FastCheck, Layer, Option, Redacted, TestClock } from "effect"
import { visit } from "./Browser.js"
import { channels, found } from "./Channels.js"
import { email, key, sandboxPassword } from "./Fixtures.js"
import { full } from "./Size.js"

const inProcess = Sandbox.layerHttpClient({ seed: "flow" })
const overSocket = Layer.merge(
  Sandbox.layer({ seed: "flow" }),
  Layer.provideMerge(FetchHttpClient.layer, Layer.succeed(FetchHttpClient.RequestInit, { redirect: "manual" }))
)

type Program = Baanx.Baanx | PendingAuthorizations | TokenStore | Sandbox | HttpClient.HttpClient

const program = (
  config: Partial<BaanxConfig> = {},
  sandbox: Layer.Layer<Sandbox | HttpClient.HttpClient, unknown> = inProcess
): Layer.Layer<Program> =>
  Layer.unwrapEffect(
    Effect.map(Sandbox, ({ baseUrl, clientKey }) =>
      Baanx.layerWithStores({ baseUrl, clientKey: Redacted.make(clientKey), ...config })
    )
  ).pipe(
    Layer.orDie,
    Layer.provideMerge(Layer.mergeAll(PendingAuthorizations.layerMemory, TokenStore.layerMemory)),
    Layer.provideMerge(Layer.orDie(sandbox))
  )

const redirectUri = Effect.map(Sandbox, (sandbox) => RedirectUri.make(sandbox.redirectUri))
const password = Redacted.make(sandboxPassword)

/** Whether Baanx takes the token. */
const works = (token: AccessToken, region: "international" | "us" = "international") =>
  Effect.gen(function* () {
    const { baseUrl, clientKey } = yield* Sandbox
    const client = yield* HttpClient.HttpClient
    const { status } = yield* client.execute(
      HttpClientRequest.get(`${baseUrl}/v1/user`).pipe(
        HttpClientRequest.setHeaders({ "x-client-key": clientKey, "x-us-env": String(region === "us") }),
        HttpClientRequest.bearerToken(token)
      )
    )
    return status === 200
  }).pipe(Effect.orDie)

/** What the sandbox's tokens, codes and session tokens look like. */
const issued = /(?:access|refresh)_token_[0-9a-f]{4}|auth_code_[0-9a-f]|eyJ[\w-]+\.[\w-]+\./

interface Changed {
  readonly callback?: URL
  readonly pending?: PendingAuthorization
}

const changed = (url: URL, name: string): URL => {
  const copy = new URL(url)
  copy.searchParams.set(name, `${copy.searchParams.get(name)}x`)
  return copy
}

const hosted = Effect.gen(function* () {
  const flow = yield* AuthorizationFlow
  const { browserUrl } = yield* flow.begin({ redirectUri: yield* redirectUri })
  return yield* flow.complete(yield* visit(browserUrl, yield* redirectUri))
})

/** From the login token of a login that the program did itself. */
const loggedIn = Effect.gen(function* () {
  const flow = yield* AuthorizationFlow
  const loginService = yield* LoginService
  const loginToken = yield* loginService.login({ email, password })
  return yield* flow.signInWithLoginToken({ loginToken, redirectUri: yield* redirectUri })
})

const api = Effect.gen(function* () {
  const flow = yield* AuthorizationFlow
  return yield* flow.signIn({ email, password, redirectUri: yield* redirectUri })
})

describe("AuthorizationFlow", () => {
  for (const [transport, sandbox] of [
    ["in process", inProcess],
    ["over a socket", overSocket]
  ] as const) {
    for (const [mode, signIn] of [
      ["hosted", hosted],
      ["api", api],
      ["api, from a login token", loggedIn]
    ] as const) {
      for (const region of ["international", "us"] as const) {
        for (const pathFamily of ["oauth", "oauth2"] as const) {
          it.effect(`signs in, stays signed in and signs out: ${mode}, ${region}, ${pathFamily}, ${transport}`, () =>
            Effect.gen(function* () {
              const session = yield* TokenSession
              const tokens = yield* signIn
              assert.strictEqual(tokens.region, region)
              // API mode exists in one family alone.
              assert.strictEqual(tokens.pathFamily, mode === "hosted" ? pathFamily : "oauth")
              assert.isTrue(yield* works(tokens.accessToken, region))
              yield* session.start(key, tokens)
              const client = yield* session.httpClient(key)
              assert.deepInclude(yield* Effect.flatMap(client.get("/v1/user"), (response) => response.json), { email })

              yield* TestClock.adjust(Duration.minutes(356))
              const renewed = yield* session.accessToken(key)
              assert.notStrictEqual(Redacted.value(renewed), Redacted.value(tokens.accessToken))
              assert.isTrue(yield* works(renewed, region))

              yield* session.signOut(key)
              assert.isFalse(yield* works(renewed, region))
              assert.strictEqual((yield* Effect.flip(session.accessToken(key)))._tag, "SessionLostError")
            }).pipe(Effect.provide(program({ region, pathFamily }, sandbox)))
          )
        }
      }
    }
  }

  describe("signIn", () => {
    const ends = (title: string, user: string, tag: string) =>
      it.effect(title, () =>
        Effect.gen(function* () {
          const flow = yield* AuthorizationFlow
          const error = yield* Effect.flip(flow.signIn({ email: user, password, redirectUri: yield* redirectUri }))
          assert.strictEqual(error._tag, tag)
        }).pipe(Effect.provide(program()))
      )
    ends("tells of a second factor", "otp@example.com", "OtpRequiredError")
    ends("tells of an unfinished onboarding", "onboarding@example.com", "OnboardingIncompleteError")
    ends("tells of a disabled account", "disabled@example.com", "AccountDisabledError")
    ends("tells of a locked account", "locked@example.com", "AccountDisabledError")
    ends("tells of a wrong email", "nobody@example.com", "InvalidCredentialsError")

    it.effect("asks for the code that Baanx was told to send", () =>
      Effect.gen(function* () {
        const flow = yield* AuthorizationFlow
        const tokens = yield* flow.signIn({
          email: "otp@example.com",
          password,
          otp: ({ phoneNumber }) => {
            assert.match(phoneNumber ?? "", /\*/)
            return Effect.succeed(Redacted.make("123456"))
          },
          redirectUri: yield* redirectUri
        })
        assert.isTrue(yield* works(tokens.accessToken))
      }).pipe(Effect.provide(program()))
    )

    for (const loginToken of [undefined, "", "  ", "two words", "x".repeat(9000)]) {
      it.effect(
        `sends nothing for a login token that cannot be right: ${JSON.stringify(loginToken)?.slice(0, 20)}`,
        () =>
          Effect.gen(function* () {
            const flow = yield* AuthorizationFlow
            const { requests } = yield* Sandbox
            const given = loginToken === undefined ? undefined : LoginToken.make(loginToken)
            const error = yield* Effect.flip(
              flow.signInWithLoginToken({ loginToken: given, redirectUri: yield* redirectUri })
            )
            assert.strictEqual(error._tag, (loginToken ?? "").trim() === "" ? "MissingTokenError" : "InvalidTokenError")
            assert.deepStrictEqual(yield* requests, [])
          }).pipe(Effect.provide(program()))
      )
    }

    it.effect("says that a login token is not good", () =>
      Effect.gen(function* () {
        const flow = yield* AuthorizationFlow
        const loginToken = LoginToken.make("a-token-of-nobody")
        const error = yield* Effect.flip(flow.signInWithLoginToken({ loginToken, redirectUri: yield* redirectUri }))
        assert.strictEqual(error._tag, "UnauthorizedError")
      }).pipe(Effect.provide(program()))
    )

    it.effect("waits for a code for longer than the 10 minutes of a session: they begin when the user is done", () =>
      Effect.gen(function* () {
        const flow = yield* AuthorizationFlow
        const tokens = yield* flow.signIn({
          email: "otp@example.com",
          password,
          otp: () => Effect.as(TestClock.adjust("11 minutes"), Redacted.make("123456")),
          redirectUri: yield* redirectUri
        })
        assert.isTrue(yield* works(tokens.accessToken))
      }).pipe(Effect.provide(program({}, Sandbox.layerHttpClient({ seed: "flow", settings: { otpSeconds: 900 } }))))
    )

    it.effect("shows no secret", () =>
      Effect.gen(function* () {
        const shown = yield* channels(Effect.orDie(api))
        assert.deepStrictEqual(found({ password: sandboxPassword, clientKey: "sandbox-client-key" }, shown), [])
        assert.notMatch(shown.join("\n"), issued)
      }).pipe(Effect.provide(program()))
    )
  })

  for (const pathFamily of ["oauth", "oauth2"] as const) {
    it.effect(`begin shows no secret, in the ${pathFamily} family`, () =>
      Effect.gen(function* () {
        const flow = yield* AuthorizationFlow
        const begin = Effect.orDie(flow.begin({ redirectUri: yield* redirectUri }))
        let begun: Effect.Effect.Success<typeof begin> | undefined
        const shown = yield* channels(Effect.tap(begin, (value) => Effect.sync(() => (begun = value))))
        const { browserUrl, state } = begun ?? assert.fail("nothing was begun")
        const { href, searchParams } = Redacted.value(browserUrl)
        assert.isAbove(searchParams.size, 0)
        const secrets = { href, state: Redacted.value(state), token: searchParams.get("token") ?? href }
        assert.deepStrictEqual(found(secrets, shown), [])
        assert.notMatch(shown.join("\n"), issued)
      }).pipe(Effect.provide(program({ pathFamily })))
    )
  }

  describe("complete", () => {
    const begun = Effect.gen(function* () {
      const flow = yield* AuthorizationFlow
      const { browserUrl, state } = yield* flow.begin({ redirectUri: yield* redirectUri })
      const callback = yield* visit(browserUrl, yield* redirectUri)
      return { flow, callback, state }
    })

    it.effect("shows no secret, the first time and when it is replayed", () =>
      Effect.gen(function* () {
        const { callback, flow, state } = yield* begun
        const secrets = { state: Redacted.value(state), code: callback.searchParams.get("code") ?? "" }
        for (const attempt of [1, 2]) {
          const shown = yield* channels(flow.complete(callback))
          assert.deepStrictEqual(found(secrets, shown), [], `attempt ${attempt}`)
          assert.notMatch(shown.join("\n"), issued)
        }
      }).pipe(Effect.provide(program()))
    )

    const changed = (url: URL, change: (url: URL) => void) => {
      const copy = new URL(url)
      change(copy)
      return copy
    }
    /** How many requests step 4 has made. */
    const exchanges = Effect.gen(function* () {
      const { requests } = yield* Sandbox
      return (yield* requests).filter(({ path }) => path.endsWith("/token")).length
    })
    const refuses = (
      title: string,
      change: (callback: URL) => URL | string,
      tag: BaanxError["_tag"],
      config: Partial<BaanxConfig> = {}
    ) =>
      it.effect(title, () =>
        Effect.gen(function* () {
          const { callback, flow } = yield* begun
          const error = yield* Effect.flip(flow.complete(change(callback)))
          assert.strictEqual(error._tag, tag)
          assert.strictEqual(yield* exchanges, 0)
          for (const [, value] of callback.searchParams) {
            assert.notInclude(JSON.stringify(error) + String(error), value)
          }
        }).pipe(Effect.provide(program(config)))
      )

    it.effect("takes the whole URL, the path with the query, or the query alone", () =>
      Effect.gen(function* () {
        for (const form of [
          (url: URL) => url,
          (url: URL) => url.href,
          (url: URL) => url.pathname + url.search,
          (url: URL) => url.search
        ]) {
          const { callback, flow } = yield* begun
          assert.isTrue(yield* works((yield* flow.complete(form(callback))).accessToken))
        }
      }).pipe(Effect.provide(program()))
    )

    it.effect("ignores what it does not know (RFC 6749 section 4.1.2)", () =>
      Effect.gen(function* () {
        const { callback, flow } = yield* begun
        yield* flow.complete(changed(callback, (url) => url.searchParams.set("utm_source", "x")))
      }).pipe(Effect.provide(program()))
    )

    refuses(
      "a state that was never issued",
      (url) => changed(url, (u) => u.searchParams.set("state", "A".repeat(43))),
      "UnknownStateError"
    )
    refuses("two states", (url) => changed(url, (u) => u.searchParams.append("state", "x")), "CallbackError")
    refuses("two codes", (url) => changed(url, (u) => u.searchParams.append("code", "x")), "CallbackError")
    refuses("no state", (url) => changed(url, (u) => u.searchParams.delete("state")), "CallbackError")
    refuses("no code", (url) => changed(url, (u) => u.searchParams.delete("code")), "CallbackError")
    refuses("an empty code", (url) => changed(url, (u) => u.searchParams.set("code", "")), "CallbackError")
    refuses(
      "a code and an error",
      (url) => changed(url, (u) => u.searchParams.set("error", "access_denied")),
      "CallbackError"
    )
    refuses("a fragment", (url) => `${url.href}#x`, "CallbackError")
    refuses("text that is no URL", () => "http://[", "CallbackError")
    refuses("another path", (url) => changed(url, (u) => (u.pathname = "/elsewhere")), "RedirectMismatchError")
    refuses("another host", (url) => changed(url, (u) => (u.host = "evil.example")), "RedirectMismatchError")
    refuses(
      "another host without a scheme",
      (url) => `//evil.example${url.pathname}${url.search}`,
      "RedirectMismatchError"
    )
    refuses("another issuer, where one is expected", (url) => url, "CallbackError", {
      pathFamily: "oauth2",
      issuer: "https://somebody-else.example"
    })

    it.effect("takes the issuer that is expected", () =>
      Effect.gen(function* () {
        const { callback, flow } = yield* begun
        assert.strictEqual(callback.searchParams.get("iss"), "http://localhost")
        yield* flow.complete(callback)
      }).pipe(Effect.provide(program({ pathFamily: "oauth2", issuer: "http://localhost" })))
    )

    it.effect("takes the callback of the browser that began, and leaves that of another untouched", () =>
      Effect.gen(function* () {
        const mine = yield* begun
        const theirs = yield* begun
        const error = yield* Effect.flip(mine.flow.complete(theirs.callback, { expectedState: mine.state }))
        assert.strictEqual(error._tag, "StateMismatchError")
        assert.strictEqual(yield* exchanges, 0)
        yield* mine.flow.complete(theirs.callback, { expectedState: theirs.state })
        yield* mine.flow.complete(mine.callback, { expectedState: mine.state })
      }).pipe(Effect.provide(program()))
    )

    it.effect("tells that the user did not allow it", () =>
      Effect.gen(function* () {
        const flow = yield* AuthorizationFlow
        const { browserUrl } = yield* flow.begin({ redirectUri: yield* redirectUri })
        const callback = yield* visit(browserUrl, yield* redirectUri, { cancel: true })
        const error = yield* Effect.flip(flow.complete(callback))
        assert.strictEqual(error._tag === "CallbackError" && error.code, "access_denied")
        assert.strictEqual((yield* Effect.flip(flow.complete(callback)))._tag, "ReplayedStateError")
      }).pipe(Effect.provide(program()))
    )

    /** Refused, it has spent nothing: the same callback as it should be is taken after it. */
    const spendsNothing = (
      title: string,
      change: (callback: URL) => URL | string,
      tag: BaanxError["_tag"],
      config: Partial<BaanxConfig> = {}
    ) =>
      it.effect(`spends nothing for ${title}`, () =>
        Effect.gen(function* () {
          const { callback, flow } = yield* begun
          const error = yield* Effect.flip(flow.complete(change(callback)))
          assert.strictEqual(error._tag, tag)
          if (tag === "RedirectMismatchError") assert.include(error.message, "request.url")
          assert.strictEqual(yield* exchanges, 0)
          yield* flow.complete(callback)
        }).pipe(Effect.provide(program(config)))
      )
    spendsNothing(
      "another scheme, as behind a proxy that ends TLS",
      (url) => url.href.replace("http:", "https:"),
      "RedirectMismatchError"
    )
    spendsNothing("another scheme of an app", (url) => url.href.replace("http:", "app:"), "RedirectMismatchError")
    spendsNothing("another port", (url) => changed(url, (u) => (u.port = "8080")), "RedirectMismatchError")
    spendsNothing("another host", (url) => changed(url, (u) => (u.host = "internal")), "RedirectMismatchError")
    spendsNothing("another path", (url) => changed(url, (u) => (u.pathname += "/")), "RedirectMismatchError")
    spendsNothing("a user", (url) => changed(url, (u) => (u.username = "a")), "RedirectMismatchError")
    spendsNothing("a fragment", (url) => `${url.href}#`, "CallbackError")
    spendsNothing("two codes", (url) => changed(url, (u) => u.searchParams.append("code", "x")), "CallbackError")
    spendsNothing("no code", (url) => changed(url, (u) => u.searchParams.delete("code")), "CallbackError")
    spendsNothing(
      "an error without a state",
      () => "/callback?error=access_denied&error_description=no",
      "CallbackError"
    )
    spendsNothing("another issuer", (url) => changed(url, (u) => u.searchParams.set("iss", "x")), "CallbackError", {
      pathFamily: "oauth2",
      issuer: "http://localhost"
    })

    for (const [error, code] of [
      ["access_denied", "access_denied"],
      ["temporarily_unavailable", "temporarily_unavailable"],
      ["<script>", "unknown_error"]
    ] as const) {
      it.effect(`says what went wrong where a callback has no state: ${error}`, () =>
        Effect.gen(function* () {
          const { flow, state } = yield* begun
          const query = new URLSearchParams({ error, error_description: "The user cancelled" })
          for (const options of [[], [{ expectedState: state }]] as const) {
            const ended = yield* Effect.flip(flow.complete(`/callback?${query.toString()}`, ...options))
            assert.deepInclude(ended, { _tag: "CallbackError", code, description: "The user cancelled" })
          }
        }).pipe(Effect.provide(program()))
      )
    }

    it.effect("takes the path and query of a request that came through a proxy", () =>
      Effect.gen(function* () {
        const { callback, flow } = yield* begun
        yield* flow.complete(`${callback.pathname}${callback.search}`)
      }).pipe(Effect.provide(program()))
    )

    const customScheme = "msauth.x://auth"
    for (const form of [
      (query: string) => `msauth.x://auth${query}`,
      (query: string) => `msauth.x://auth/${query}`,
      (query: string) => `/${query}`,
      (query: string) => query
    ]) {
      it.effect(`takes ${form("?…")} for the redirect URI ${customScheme}`, () =>
        Effect.gen(function* () {
          const flow = yield* AuthorizationFlow
          const { browserUrl } = yield* flow.begin({ redirectUri: RedirectUri.make(customScheme) })
          const callback = yield* visit(browserUrl, customScheme)
          const error = yield* Effect.flip(flow.complete(`msauth.x://auth//${callback.search}`))
          assert.strictEqual(error._tag, "RedirectMismatchError")
          yield* flow.complete(form(callback.search))
        }).pipe(
          Effect.provide(
            program(
              {},
              Sandbox.layerHttpClient({
                seed: "flow",
                clients: [{ clientKey: "sandbox-client-key", secretKey: "s", redirectUris: [customScheme] }]
              })
            )
          )
        )
      )
    }

    for (const appId of ["FOX", "LEDGERUAT", "ACME", "constructor"]) {
      for (const [from, to] of [
        ["international", "us"],
        ["us", "international"]
      ] as const) {
        const known = appId === "FOX" || appId === "ACME"
        it.effect(`a user of ${appId} who goes from ${from} to ${to} ${known ? "is" : "would be"} served there`, () =>
          Effect.gen(function* () {
            const flow = yield* AuthorizationFlow
            const session = yield* TokenSession
            const { browserUrl } = yield* flow.begin({ redirectUri: yield* redirectUri, region: from })
            const callback = yield* visit(browserUrl, yield* redirectUri, { region: to })
            assert.strictEqual(callback.searchParams.get("app_id"), to === "us" ? `${appId}_US` : appId)
            if (known || (appId === "LEDGERUAT" && to === "international")) {
              const tokens = yield* flow.complete(callback)
              assert.strictEqual(tokens.region, to)
              yield* session.start(key, tokens)
              yield* TestClock.adjust(Duration.minutes(356))
              assert.isTrue(yield* works(yield* session.accessToken(key), to))
              yield* session.signOut(key)
            } else {
              // The region stays that of the beginning, where the sandbox does not know the code.
              assert.strictEqual((yield* Effect.flip(flow.complete(callback)))._tag, "InvalidGrantError")
            }
          }).pipe(
            Effect.provide(
              program(
                { pathFamily: "oauth2", appRegions: { ACME_US: "us", ACME: "international" } },
                Sandbox.layerHttpClient({
                  seed: "flow",
                  clients: [
                    {
                      clientKey: "sandbox-client-key",
                      secretKey: "s",
                      redirectUris: ["http://localhost:3000/callback"],
                      appId
                    }
                  ]
                })
              )
            )
          )
        )
      }
    }

    it.effect("takes a state once, also of many at the same time", () =>
      Effect.gen(function* () {
        const { callback, flow } = yield* begun
        const results = yield* Effect.all(
          Array.from({ length: 50 }, () => Effect.either(flow.complete(callback))),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(results.filter(Either.isRight).length, 1)
        const tags = results.flatMap((result) => (Either.isLeft(result) ? [result.left._tag] : []))
        assert.deepStrictEqual([...new Set(tags)], ["ReplayedStateError"])
        assert.strictEqual(yield* exchanges, 1)
      }).pipe(Effect.provide(program()))
    )

    it.effect("takes a state for 10 minutes, calls it expired for 10 more, then forgets it", () =>
      Effect.gen(function* () {
        const { callback, flow } = yield* begun
        yield* TestClock.adjust("10 minutes")
        assert.strictEqual((yield* Effect.flip(flow.complete(callback)))._tag, "ExpiredStateError")
        yield* TestClock.adjust("10 minutes")
        assert.strictEqual((yield* Effect.flip(flow.complete(callback)))._tag, "UnknownStateError")
      }).pipe(Effect.provide(program()))
    )

    it.effect("does not take a sign-in that was begun at another Baanx", () =>
      Effect.gen(function* () {
        const stores = yield* Layer.build(PendingAuthorizations.layerMemory)
        const sharing = (baseUrl: string) =>
          Layer.unwrapEffect(
            Effect.map(Sandbox, ({ clientKey }) =>
              Baanx.layerWithStores({ baseUrl, clientKey: Redacted.make(clientKey) })
            )
          ).pipe(Layer.orDie, Layer.provide(Layer.merge(Layer.succeedContext(stores), TokenStore.layerMemory)))
        const callback = yield* Effect.map(begun, ({ callback }) => callback).pipe(
          Effect.provide(sharing("http://localhost"))
        )
        const error = yield* Effect.flip(
          Effect.flatMap(AuthorizationFlow, (flow) => flow.complete(callback)).pipe(
            Effect.provide(sharing("https://another.example"))
          )
        )
        assert.strictEqual(error._tag, "StateMismatchError")
      }).pipe(Effect.provide(inProcess), Effect.scoped)
    )
  })
})

/** One step of a random history; the number chooses the sign-in. */
const command = FastCheck.record({
  act: FastCheck.constantFrom(
    "begin",
    "visit",
    "cancel",
    "complete",
    "complete",
    "wait a minute",
    "wait for expiry",
    "wait for renewal",
    "access",
    "ask",
    "revoke",
    "signOut"
  ),
  which: FastCheck.nat(2)
})

interface Model {
  readonly begunAt: number
  readonly browserUrl: Redacted.Redacted<URL>
  readonly callback: URL | undefined
  readonly cancelled: boolean
  readonly taken: boolean
  readonly tokens: TokenSet | undefined
  readonly live: boolean
}

describe("a sign-in that travels with its browser", () => {
  const open = Effect.gen(function* () {
    const flow = yield* AuthorizationFlow
    const { browserUrl, pending } = yield* flow.prepare({ redirectUri: yield* redirectUri })
    return { flow, pending, callback: yield* visit(browserUrl, yield* redirectUri) }
  })

  for (const pathFamily of ["oauth", "oauth2"] as const) {
    for (const region of ["international", "us"] as const) {
      it.effect(`ends in tokens, once, and keeps nothing before that: ${pathFamily}, ${region}`, () =>
        Effect.gen(function* () {
          const { callback, flow, pending } = yield* open
          assert.strictEqual(
            (yield* Effect.flip(flow.complete(callback)))._tag,
            "UnknownStateError",
            "the store has nothing of it"
          )
          const tokens = yield* flow.resume(callback, pending)
          assert.isTrue(yield* works(tokens.accessToken, region))
          assert.strictEqual((yield* Effect.flip(flow.resume(callback, pending)))._tag, "ReplayedStateError")
        }).pipe(Effect.provide(program({ pathFamily, region })))
      )
    }
  }

  it.effect("takes the state once, of many callbacks at the same time", () =>
    Effect.gen(function* () {
      const { callback, flow, pending } = yield* open
      const outcomes = yield* Effect.all(
        Array.from({ length: 10 }, () => Effect.either(flow.resume(callback, pending))),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(outcomes.filter(Either.isRight).length, 1)
      for (const outcome of outcomes.filter(Either.isLeft)) assert.strictEqual(outcome.left._tag, "ReplayedStateError")
    }).pipe(Effect.provide(program()))
  )

  const refusals: ReadonlyArray<
    readonly [title: string, tag: string, change: (sound: { callback: URL; pending: PendingAuthorization }) => Changed]
  > = [
    [
      "another place",
      "RedirectMismatchError",
      ({ callback }) => ({ callback: new URL(`/x${callback.search}`, callback) })
    ],
    [
      "the state of another sign-in",
      "StateMismatchError",
      ({ callback }) => ({ callback: changed(callback, "state") })
    ],
    [
      "a sign-in at another Baanx",
      "StateMismatchError",
      ({ pending }) => ({ pending: new PendingAuthorization({ ...pending, baseUrl: "https://other.example" }) })
    ],
    ["another issuer", "CallbackError", ({ callback }) => ({ callback: changed(callback, "iss") })],
    [
      "an error of Baanx's",
      "CallbackError",
      ({ callback, pending }) => ({
        callback: new URL(
          `${callback.origin}${callback.pathname}?error=access_denied&state=${Redacted.value(pending.state)}`
        )
      })
    ],
    ["a store that is away", "StoreError", () => ({})]
  ]

  for (const [title, tag, change] of refusals) {
    it.effect(`is not spent by ${title}`, () =>
      Effect.gen(function* () {
        let away = tag === "StoreError"
        const memory = yield* Layer.build(PendingAuthorizations.layerMemory)
        const store = Effect.runSync(Effect.provide(PendingAuthorizations, memory))
        const fails = PendingAuthorizations.of({
          ...store,
          accept: (...state) =>
            away ? new StoreError({ store: "PendingAuthorizations", reason: "Unavailable" }) : store.accept(...state)
        })
        const { baseUrl, clientKey } = yield* Sandbox
        yield* Effect.gen(function* () {
          const { callback, flow, pending } = yield* open
          const sound = { callback, pending }
          const wrong = { ...sound, ...change(sound) }
          assert.strictEqual((yield* Effect.flip(flow.resume(wrong.callback, wrong.pending)))._tag, tag)
          away = false
          assert.isTrue(yield* works((yield* flow.resume(callback, pending)).accessToken))
        }).pipe(
          Effect.provide(
            Baanx.layerWithStores({
              baseUrl,
              clientKey: Redacted.make(clientKey),
              pathFamily: "oauth2",
              issuer: baseUrl
            }).pipe(
              Layer.orDie,
              Layer.provide(Layer.merge(Layer.succeed(PendingAuthorizations, fails), TokenStore.layerMemory))
            )
          )
        )
      }).pipe(Effect.scoped, Effect.provide(Layer.orDie(inProcess)))
    )
  }

  it.effect("is good for 10 minutes", () =>
    Effect.gen(function* () {
      const { callback, flow, pending } = yield* open
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual((yield* Effect.flip(flow.resume(callback, pending)))._tag, "ExpiredStateError")
    }).pipe(Effect.provide(program()))
  )
})

describe("any history of sign-ins", () => {
  for (const pathFamily of ["oauth", "oauth2"] as const) {
    it.effect.prop(
      `is seen alike by the module and by the sandbox, in the ${pathFamily} family`,
      [FastCheck.array(command, { minLength: 5, maxLength: 40 })],
      ([history]) =>
        Effect.gen(function* () {
          const flow = yield* AuthorizationFlow
          const session = yield* TokenSession
          const tokenService = yield* TokenService
          const signIns: Array<Model | undefined> = [undefined, undefined, undefined]
          let now = 0
          const minutes = (count: number) =>
            Effect.zipRight(
              Effect.sync(() => (now += count)),
              TestClock.adjust(Duration.minutes(count))
            )

          for (const { act, which } of history) {
            const key = SessionKey.make(`user-${which}`)
            const model = signIns[which]
            const set = (changes: Partial<Model>) => {
              if (model !== undefined) signIns[which] = { ...model, ...changes }
            }
            if (act === "wait a minute") yield* minutes(1)
            else if (act === "wait for expiry") yield* minutes(10)
            else if (act === "wait for renewal") yield* minutes(356)
            else if (act === "begin") {
              yield* session.signOut(key).pipe(Effect.orDie)
              if (model?.live === true && model.tokens?.pathFamily === "oauth") {
                for (const [index, other] of signIns.entries()) if (other) signIns[index] = { ...other, live: false }
              }
              const { browserUrl } = yield* flow.begin({ redirectUri: yield* redirectUri })
              signIns[which] = {
                begunAt: now,
                browserUrl,
                callback: undefined,
                cancelled: false,
                taken: false,
                tokens: undefined,
                live: false
              }
            } else if (model === undefined) continue
            else if (act === "visit" || act === "cancel") {
              if (model.callback !== undefined || now - model.begunAt >= 10) continue
              const callback = yield* visit(model.browserUrl, yield* redirectUri, { cancel: act === "cancel" })
              set({ callback, cancelled: act === "cancel" })
            } else if (act === "complete") {
              if (model.callback === undefined) continue
              const age = now - model.begunAt
              const result = yield* Effect.either(flow.complete(model.callback))
              const expected =
                age >= 20
                  ? "UnknownStateError"
                  : model.taken
                    ? "ReplayedStateError"
                    : age >= 10
                      ? "ExpiredStateError"
                      : model.cancelled
                        ? "CallbackError"
                        : "tokens"
              assert.strictEqual(Either.isRight(result) ? "tokens" : result.left._tag, expected)
              if (age < 10) set({ taken: true })
              if (Either.isRight(result)) {
                yield* session.start(key, result.right)
                set({ taken: true, tokens: result.right, live: true })
              }
            } else if (act === "access" || act === "ask") {
              const result = yield* Effect.either(
                Effect.flatMap(session.httpClient(key), (client) => client.get("/v1/user"))
              )
              assert.strictEqual(Either.isRight(result) && result.right.status === 200, model.live, `${act} ${which}`)
              const token = yield* Effect.either(session.accessToken(key))
              assert.strictEqual(Either.isRight(token), model.live)
              if (Either.isRight(token)) assert.isTrue(yield* works(token.right))
              if (!model.live) set({ tokens: undefined })
            } else if (act === "revoke") {
              // Behind the session's back, with whatever tokens it holds now.
              const stored = yield* Effect.flatMap(TokenStore, (store) => store.get(key))
              if (Option.isNone(stored) || !model.live || !(yield* works(stored.value.tokens.accessToken))) continue
              yield* tokenService.revoke(stored.value.tokens)
              for (const [index, other] of signIns.entries()) {
                if (other && (index === which || pathFamily === "oauth")) signIns[index] = { ...other, live: false }
              }
            } else if (act === "signOut") {
              const live = model.live
              yield* session.signOut(key)
              if (live) {
                for (const [index, other] of signIns.entries()) {
                  if (other && (index === which || pathFamily === "oauth")) signIns[index] = { ...other, live: false }
                }
              }
            }
          }
        }).pipe(Effect.provide(program({ pathFamily }))),
      { fastCheck: { numRuns: full ? 40 : 10 } }
    )
  }
})
