import {
  AuthorizationFlow,
  Baanx,
  type BaanxConfig,
  type BaanxError,
  PendingAuthorizations,
  RedirectUri,
  TokenSession,
  TokenStore
} from "@effect-baanx/oauth"
import { readCallback } from "@effect-baanx/oauth/Callback"
import { Sandbox } from "@effect-baanx/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Either, Layer, Redacted, TestClock } from "effect"
import { visit } from "./Browser.js"
import { channels, secretsIn } from "./Channels.js"
import { key } from "./Fixtures.js"
import { inProcess, issued, program, redirectUri, works } from "./FlowProgram.js"

describe("a callback that cannot be used", () => {
  for (const [title, callback, code, description] of [
    ["that is not a URL", "http://[", "invalid_callback", "it is not a URL"],
    ["with a fragment", "/callback?state=s&code=c#", "invalid_callback", "it has a fragment"],
    ...["state", "code", "error", "error_description", "iss", "app_id"].map(
      (name) =>
        [
          `with two of ${name}`,
          `/callback?${name}=1&${name}=2`,
          "invalid_callback",
          `it has more than one ${name}`
        ] as const
    ),
    [
      "with a code and an error",
      "/callback?state=s&code=c&error=access_denied",
      "invalid_callback",
      "it has both a code and an error"
    ],
    ["without a state", "/callback?code=c", "invalid_callback", "it has no state"],
    ["with an empty state", "/callback?state=&code=c", "invalid_callback", "it has no state"],
    ["without a code", "/callback?state=s", "invalid_callback", "it has neither a code nor an error"],
    ["with an error", "/callback?state=s&error=access_denied", "access_denied", "no reason given"],
    ["with an error in capitals", "/callback?state=s&error=Access_denied", "unknown_error", "no reason given"],
    ["with markup after an error", "/callback?error=access_denied<b>", "unknown_error", "no reason given"],
    [
      "with a description that quotes the state",
      "/callback?state=a-secret-state&error=access_denied&error_description=a-secret-state is over",
      "access_denied",
      "<redacted> is over"
    ]
  ] as const) {
    it.effect(`${title} fails with ${code}: ${description}`, () =>
      Effect.gen(function* () {
        const read = Effect.gen(function* () {
          return yield* (yield* readCallback(callback)).code
        })
        assert.deepInclude(yield* Effect.flip(read), { _tag: "CallbackError", code, description })
      })
    )
  }
})

describe("AuthorizationFlow.complete", () => {
  const begun = Effect.gen(function* () {
    const flow = yield* AuthorizationFlow
    const { browserUrl, state } = yield* flow.begin({ redirectUri: yield* redirectUri })
    const callback = yield* visit(browserUrl, yield* redirectUri)
    return { flow, callback, state }
  })

  it.effect("shows no secret, whether it succeeds or is replayed", () =>
    Effect.gen(function* () {
      const { callback, flow, state } = yield* begun
      const secrets = { state: Redacted.value(state), code: callback.searchParams.get("code") ?? "" }
      for (const attempt of [1, 2]) {
        const shown = yield* channels(flow.complete(callback))
        assert.deepStrictEqual(secretsIn(secrets, shown), [], `attempt ${attempt}`)
        assert.notMatch(shown.join("\n"), issued)
      }
    }).pipe(Effect.provide(program()))
  )

  const changed = (url: URL, change: (url: URL) => void) => {
    const copy = new URL(url)
    change(copy)
    return copy
  }
  /** Number of step 4 requests. */
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
    it.effect(`exchanges nothing and fails with ${tag} for ${title}`, () =>
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

  it.effect("accepts the whole URL, the path with the query, or only the query", () =>
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

  it.effect("ignores unknown parameters (RFC 6749 section 4.1.2)", () =>
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
  refuses("a missing state", (url) => changed(url, (u) => u.searchParams.delete("state")), "CallbackError")
  refuses("a missing code", (url) => changed(url, (u) => u.searchParams.delete("code")), "CallbackError")
  refuses("an empty code", (url) => changed(url, (u) => u.searchParams.set("code", "")), "CallbackError")
  refuses(
    "a code and an error",
    (url) => changed(url, (u) => u.searchParams.set("error", "access_denied")),
    "CallbackError"
  )
  refuses("a fragment", (url) => `${url.href}#x`, "CallbackError")
  refuses("text that is not a URL", () => "http://[", "CallbackError")
  refuses("another path", (url) => changed(url, (u) => (u.pathname = "/elsewhere")), "RedirectMismatchError")
  refuses("another host", (url) => changed(url, (u) => (u.host = "evil.example")), "RedirectMismatchError")
  refuses(
    "another host without a scheme",
    (url) => `//evil.example${url.pathname}${url.search}`,
    "RedirectMismatchError"
  )
  refuses("an issuer other than the configured one", (url) => url, "CallbackError", {
    pathFamily: "oauth2",
    issuer: "https://somebody-else.example"
  })

  it.effect("says that a callback of another issuer is not from Baanx", () =>
    Effect.gen(function* () {
      const { callback, flow } = yield* begun
      const error = yield* Effect.flip(flow.complete(callback))
      assert.deepInclude(error, { code: "issuer_mismatch", description: "it is not from Baanx" })
    }).pipe(Effect.provide(program({ pathFamily: "oauth2", issuer: "https://somebody-else.example" })))
  )

  it.effect("ignores the issuer in the oauth family, whose callbacks have none", () =>
    Effect.gen(function* () {
      const { callback, flow } = yield* begun
      yield* flow.complete(changed(callback, (url) => url.searchParams.delete("iss")))
    }).pipe(Effect.provide(program({ issuer: "https://somebody-else.example" })))
  )

  it.effect("accepts the configured issuer", () =>
    Effect.gen(function* () {
      const { callback, flow } = yield* begun
      assert.strictEqual(callback.searchParams.get("iss"), "http://localhost")
      yield* flow.complete(callback)
    }).pipe(Effect.provide(program({ pathFamily: "oauth2", issuer: "http://localhost" })))
  )

  it.effect("accepts only the callback with the expected state, and does not use up another browser's state", () =>
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

  it.effect("fails with access_denied if the user cancels", () =>
    Effect.gen(function* () {
      const flow = yield* AuthorizationFlow
      const { browserUrl } = yield* flow.begin({ redirectUri: yield* redirectUri })
      const callback = yield* visit(browserUrl, yield* redirectUri, { cancel: true })
      const error = yield* Effect.flip(flow.complete(callback))
      assert.strictEqual(error._tag === "CallbackError" && error.code, "access_denied")
      assert.strictEqual((yield* Effect.flip(flow.complete(callback)))._tag, "ReplayedStateError")
    }).pipe(Effect.provide(program()))
  )

  /** A rejected callback does not use up the state: the correct callback is accepted after it. */
  const spendsNothing = (
    title: string,
    change: (callback: URL) => URL | string,
    tag: BaanxError["_tag"],
    config: Partial<BaanxConfig> = {}
  ) =>
    it.effect(`fails with ${tag} without using up the state for ${title}`, () =>
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
    "another scheme, as behind a proxy that terminates TLS",
    (url) => url.href.replace("http:", "https:"),
    "RedirectMismatchError"
  )
  spendsNothing("an app's scheme", (url) => url.href.replace("http:", "app:"), "RedirectMismatchError")
  spendsNothing("another port", (url) => changed(url, (u) => (u.port = "8080")), "RedirectMismatchError")
  spendsNothing("another host", (url) => changed(url, (u) => (u.host = "internal")), "RedirectMismatchError")
  spendsNothing("another path", (url) => changed(url, (u) => (u.pathname += "/")), "RedirectMismatchError")
  spendsNothing("user info", (url) => changed(url, (u) => (u.username = "a")), "RedirectMismatchError")
  spendsNothing("a password alone", (url) => changed(url, (u) => (u.password = "a")), "RedirectMismatchError")
  spendsNothing("a fragment", (url) => `${url.href}#`, "CallbackError")
  spendsNothing("two codes", (url) => changed(url, (u) => u.searchParams.append("code", "x")), "CallbackError")
  spendsNothing("a missing code", (url) => changed(url, (u) => u.searchParams.delete("code")), "CallbackError")
  spendsNothing("an error without a state", () => "/callback?error=access_denied&error_description=no", "CallbackError")
  spendsNothing("another issuer", (url) => changed(url, (u) => u.searchParams.set("iss", "x")), "CallbackError", {
    pathFamily: "oauth2",
    issuer: "http://localhost"
  })

  for (const [error, code] of [
    ["access_denied", "access_denied"],
    ["temporarily_unavailable", "temporarily_unavailable"],
    ["<script>", "unknown_error"]
  ] as const) {
    it.effect(`fails with ${code} for a callback with error=${error} and no state`, () =>
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

  it.effect("accepts the path and query of a request that came through a proxy", () =>
    Effect.gen(function* () {
      const { callback, flow } = yield* begun
      yield* flow.complete(`${callback.pathname}${callback.search}`)
    }).pipe(Effect.provide(program()))
  )

  for (const [customScheme, form, other] of [
    ["msauth.x://auth", (query: string) => `msauth.x://auth${query}`, "msauth.x://auth//"],
    ["msauth.x://auth", (query: string) => `msauth.x://auth/${query}`, "msauth.x://other"],
    ["msauth.x://auth", (query: string) => `/${query}`, "/x"],
    ["msauth.x://auth", (query: string) => query, "msauth.x:auth"],
    // No relative URL has such a URI as its base.
    ["com.example.app:callback", (query: string) => `com.example.app:callback${query}`, "com.example.app:Callback"],
    ["com.example.app:callback", (query: string) => query, "/callback"]
  ] as const) {
    it.effect(`accepts ${form("?…")} for the redirect URI ${customScheme}, and not ${other}?…`, () =>
      Effect.gen(function* () {
        const flow = yield* AuthorizationFlow
        const { browserUrl } = yield* flow.begin({ redirectUri: RedirectUri.make(customScheme) })
        const callback = yield* visit(browserUrl, customScheme)
        const error = yield* Effect.flip(flow.complete(`${other}${callback.search}`))
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
      const known = appId === "FOX" || appId === "ACME" || (appId === "LEDGERUAT" && to === "international")
      const outcome = known ? `tokens for ${to}` : "InvalidGrantError"
      it.effect(`a user of ${appId} who changes the region from ${from} to ${to} on the page: ${outcome}`, () =>
        Effect.gen(function* () {
          const flow = yield* AuthorizationFlow
          const session = yield* TokenSession
          const { browserUrl } = yield* flow.begin({ redirectUri: yield* redirectUri, region: from })
          const callback = yield* visit(browserUrl, yield* redirectUri, { region: to })
          assert.strictEqual(callback.searchParams.get("app_id"), to === "us" ? `${appId}_US` : appId)
          if (known) {
            const tokens = yield* flow.complete(callback)
            assert.strictEqual(tokens.region, to)
            yield* session.start(key, tokens)
            yield* TestClock.adjust(Duration.minutes(356))
            assert.isTrue(yield* works(yield* session.accessToken(key), to))
            yield* session.signOut(key)
          } else {
            // An unknown app_id leaves the region unchanged, and the sandbox has no such code in that region.
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

  it.effect("accepts a state once, even for many concurrent callbacks", () =>
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

  it.effect("reports a state as expired after 10 minutes, and as unknown after 20", () =>
    Effect.gen(function* () {
      const { callback, flow } = yield* begun
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual((yield* Effect.flip(flow.complete(callback)))._tag, "ExpiredStateError")
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual((yield* Effect.flip(flow.complete(callback)))._tag, "UnknownStateError")
    }).pipe(Effect.provide(program()))
  )

  it.effect("fails with StateMismatchError for a sign-in that began at another Baanx", () =>
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
