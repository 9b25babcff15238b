/** What browsers and programs see when a sign-in fails, and what must never be seen. */
import { Baanx, InvalidConfigError, InvalidCredentialsError, RedirectUri } from "@effect-baanx/oauth"
import { MockHttpClient } from "@effect-baanx/oauth/testing/MockHttpClient"
import { Sandbox } from "@effect-baanx/sandbox"
import { AuthApp, type AuthOptions, AuthRoutes, BaanxAuth, CookieKeys, PasswordSignIn } from "@effect-baanx/server"
import {
  HttpApi,
  HttpApiBuilder,
  HttpApiClient,
  HttpApp,
  HttpClient,
  HttpClientResponse,
  HttpMiddleware,
  HttpRouter,
  HttpServer,
  HttpServerRequest,
  HttpServerResponse,
  OpenApi
} from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Layer, Logger, Option, Redacted, Tracer } from "effect"
import { inspect } from "node:util"
import { Api, at, backend, home, password, redirectUri, start, withSandbox } from "./Backend.js"
import { signInOnPages } from "./HostedPages.js"

const page = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" }
const code = "a-code-of-this-test"
const state = "a-state-of-this-test"

describe("a callback that fails", () => {
  const fail = (failure?: AuthOptions["failure"]) =>
    Effect.map(
      start({ failure }),
      ({ browser }) =>
        (headers?: Readonly<Record<string, string>>) =>
          browser().visit(at(`/callback?code=${code}&state=${state}`), { headers })
    )

  it.scoped("shows a browser a page with a link back, but no script and no data from the request", () =>
    Effect.gen(function* () {
      const visit = yield* (yield* fail())(page)
      assert.strictEqual(visit.status, 400)
      assert.strictEqual(visit.headers.get("content-type"), "text/html; charset=utf-8")
      assert.include(visit.body, `<a href="/sign-in">`)
      assert.include(visit.body, "StateMismatchError")
      assert.match(visit.headers.get("content-security-policy") ?? "", /^default-src 'none';.*frame-ancestors 'none'/)
      assert.notMatch(visit.body, /<script|<form|a-code|a-state/)
    }).pipe(withSandbox)
  )

  it.scoped('returns the error as JSON to a program, and to a browser if failure is "json"', () =>
    Effect.gen(function* () {
      for (const visit of [yield* (yield* fail())(), yield* (yield* fail("json"))(page)]) {
        assert.strictEqual(visit.status, 400)
        assert.deepInclude(JSON.parse(visit.body), { _tag: "StateMismatchError" })
      }
    }).pipe(withSandbox)
  )

  it.scoped("redirects with the error's tag if failure has a redirectTo", () =>
    Effect.gen(function* () {
      const visit = yield* (yield* fail({ redirectTo: "/welcome?a=b#c" }))(page)
      assert.strictEqual(visit.status, 302)
      assert.strictEqual(visit.location.href, at("/welcome?a=b&error=StateMismatchError#c").href)
    }).pipe(withSandbox)
  )
})

describe("a sign-out from a form", () => {
  it.scoped("redirects to afterSignOut with 303", () =>
    Effect.gen(function* () {
      const { browser: open } = yield* start({ afterSignOut: "/bye" })
      const out = yield* open().visit(at("/sign-out"), { from: home, method: "POST", form: {}, headers: page })
      assert.strictEqual(out.status, 303)
      assert.strictEqual(out.location.href, at("/bye").href)
    }).pipe(withSandbox)
  )
})

describe("API mode", () => {
  it.scoped("requests the one-time code as a second step, and accepts it", () =>
    Effect.gen(function* () {
      const { browser: open } = yield* start()
      const browser = open()
      const post = (json: unknown) => browser.visit(at("/sign-in"), { from: home, method: "POST", json })
      const user = { email: "otp@example.com", password }
      const first = yield* post(user)
      assert.strictEqual(first.status, 401)
      assert.deepInclude(JSON.parse(first.body), { _tag: "OtpRequiredError" })
      assert.deepStrictEqual(yield* browser.cookies(home), {})
      assert.strictEqual((yield* post({ ...user, otp: "000000" })).status, 401)
      assert.strictEqual((yield* post({ ...user, otp: "123456" })).status, 204)
      assert.include((yield* browser.visit(at("/me"), { from: home })).body, user.email)
    }).pipe(withSandbox)
  )
})

describe("the keys of cookies", () => {
  const key = Redacted.make(Buffer.alloc(32, 1).toString("base64"))
  const other = Redacted.make(Buffer.alloc(32, 2).toString("base64url"))
  const value = Redacted.make("the value")

  it.effect("open what any of them sealed, but only unchanged and for the same cookie", () =>
    Effect.gen(function* () {
      const before = yield* CookieKeys.make([key])
      const after = yield* CookieKeys.make([other, key])
      const sealed = yield* before.seal("a", 1, value)
      const open = (name: string, text: string) =>
        Effect.map(after.open(name, text), (opened) => Option.getOrUndefined(Option.map(opened, Redacted.value)))
      assert.strictEqual(yield* open("a", sealed), "the value")
      assert.isUndefined(yield* open("b", sealed))
      assert.isTrue(Option.isNone(yield* before.open("a", yield* after.seal("a", 1, value))))
      for (let index = 0; index < sealed.length; index += 7) {
        const changed = sealed.slice(0, index) + (sealed[index] === "A" ? "B" : "A") + sealed.slice(index + 1)
        assert.isUndefined(yield* open("a", changed))
      }
    })
  )

  it.effect("that cannot work fail with an error that does not show them", () =>
    Effect.gen(function* () {
      for (const text of [
        "",
        "short",
        Buffer.alloc(31, 7).toString("base64"),
        Buffer.alloc(33, 7).toString("base64")
      ]) {
        const error = yield* Effect.flip(CookieKeys.make([key, Redacted.make(text)]))
        assert.instanceOf(error, InvalidConfigError)
        if (text !== "") assert.notInclude(inspect(error) + error.message, text)
      }
    })
  )

  it.scoped("open a sign-in that began on another replica with the same keys, and no other", () =>
    Effect.gen(function* () {
      const [one, same, stranger] = [
        yield* start({ keys: [key] }),
        yield* start({ keys: [other, key] }),
        yield* start({ keys: [other] })
      ]
      const browser = one.browser()
      const { location } = yield* browser.visit(at("/sign-in"))
      const { callback } = yield* signInOnPages(browser, location)
      const cookie = yield* Effect.promise(() => browser.jar.getCookieString(home.href))
      const request = () => new Request(callback, { headers: { cookie } })
      assert.strictEqual((yield* Effect.promise(() => stranger.handler(request()))).status, 400)
      assert.strictEqual((yield* Effect.promise(() => same.handler(request()))).status, 302)
    }).pipe(withSandbox)
  )
})

describe("a setting that cannot work", () => {
  const wrong: ReadonlyArray<readonly [setting: string, options: Partial<AuthOptions>]> = [
    ["cookies.session", { cookies: { session: "a b" } }],
    ["cookies.signIn", { cookies: { signIn: "" } }],
    ["cookies.session", { cookies: { secure: false } }],
    ["cookies.signIn", { cookies: { secure: false, session: "session" } }],
    ["origin", { origin: "app.example.com" }],
    ["origin", { origin: "com.example:/x" }],
    ["afterSignIn", { afterSignIn: "https://app.example.com/" }],
    ["afterSignOut", { afterSignOut: "//app.example.com" }],
    ["failure", { failure: { redirectTo: "failed" } }]
  ]
  for (const [setting, options] of wrong) {
    it.effect(`fails the layer: ${setting} ${JSON.stringify(options)}`, () =>
      Effect.gen(function* () {
        const services = Baanx.layer({ clientKey: Redacted.make("client-key") }).pipe(
          Layer.provide(MockHttpClient.layer([]))
        )
        const error = yield* Effect.flip(
          Effect.scoped(Layer.build(AuthRoutes.layer({ redirectUri, ...options }).pipe(Layer.provide(services))))
        )
        assert.instanceOf(error, InvalidConfigError)
        if (error instanceof InvalidConfigError) assert.strictEqual(error.setting, setting)
      })
    )
  }
})

describe("a redirect URI", () => {
  it.effect("fails the layer if its path is not the callback's", () =>
    Effect.gen(function* () {
      const services = Layer.provide(Baanx.layer({ clientKey: Redacted.make("client-key") }), MockHttpClient.layer([]))
      const build = (options: Partial<AuthOptions>) =>
        Effect.scoped(Layer.build(BaanxAuth.layer(Api, { redirectUri, ...options }).pipe(Layer.provide(services))))
      const elsewhere = yield* Effect.flip(build({ redirectUri: RedirectUri.make("https://app.example.com/back") }))
      assert.instanceOf(elsewhere, InvalidConfigError)
      yield* build({})
      yield* build({ redirectUri: RedirectUri.make("com.example.app:/back") })
    })
  )
})

describe("the telemetry of a sign-in", () => {
  const hosts = [
    [
      "an HttpApi",
      (services: Layer.Layer<Baanx.Baanx, unknown>, others: Layer.Layer<never>) =>
        HttpApiBuilder.toWebHandler(
          Layer.merge(Layer.provide(backend(), services), HttpServer.layerContext).pipe(Layer.provideMerge(others)),
          { middleware: HttpMiddleware.logger }
        )
    ],
    [
      "an HttpApp",
      (services: Layer.Layer<Baanx.Baanx, unknown>, others: Layer.Layer<never>) =>
        HttpApp.toWebHandlerLayer(
          HttpRouter.get(AuthApp.make(), "/me", HttpServerResponse.text("me")),
          AuthRoutes.layer({ redirectUri }).pipe(Layer.provide(services), Layer.provideMerge(others)),
          { middleware: HttpMiddleware.logger }
        )
    ],
    [
      "a server without a router",
      (services: Layer.Layer<Baanx.Baanx, unknown>, others: Layer.Layer<never>) =>
        HttpApp.toWebHandlerLayer(
          Effect.gen(function* () {
            const { callback, signIn } = yield* AuthRoutes
            const { url } = yield* HttpServerRequest.HttpServerRequest
            if (url.startsWith("/sign-in")) return yield* signIn
            return url === "/me" ? HttpServerResponse.text("me") : yield* callback
          }),
          AuthRoutes.layer({ redirectUri }).pipe(Layer.provide(services), Layer.provideMerge(others)),
          { middleware: HttpMiddleware.logger }
        )
    ]
  ] as const

  for (const [host, mount] of hosts) {
    it.scopedLive(`has no state, code, token or cookie, even if ${host} traces and logs requests`, () =>
      Effect.gen(function* () {
        const spans: Array<Tracer.Span> = []
        const lines: Array<unknown> = []
        const native = yield* Effect.tracer
        const tracer = Tracer.make({
          span: (...options) => {
            const span = native.span(...options)
            spans.push(span)
            return span
          },
          context: (run, fiber) => native.context(run, fiber)
        })
        const log = Logger.make(({ annotations, cause, message }) => {
          lines.push(message, [...annotations], Cause.pretty(cause, { renderErrorCause: true }))
        })
        const client = yield* HttpClient.HttpClient
        const { baseUrl, clientKey } = yield* Sandbox
        const { handler } = yield* Effect.acquireRelease(
          Effect.sync(() =>
            mount(
              Layer.provide(
                Baanx.layer({ baseUrl, clientKey: Redacted.make(clientKey), pathFamily: "oauth2" }),
                Layer.succeed(HttpClient.HttpClient, client)
              ),
              Layer.merge(Layer.setTracer(tracer), Logger.replace(Logger.defaultLogger, log))
            )
          ),
          ({ dispose }) => Effect.promise(dispose)
        )
        const { browser: open } = yield* start()
        const browser = open()
        const visit = (url: URL, headers: Readonly<Record<string, string>> = {}) =>
          Effect.gen(function* () {
            const cookie = yield* Effect.promise(() => browser.jar.getCookieString(home.href))
            const response = yield* Effect.promise(() => handler(new Request(url, { headers: { ...headers, cookie } })))
            for (const set of response.headers.getSetCookie()) {
              yield* Effect.promise(() => browser.jar.setCookie(set, home.href))
            }
            return response
          })
        const begun = yield* visit(at("/sign-in?returnTo=/cards"))
        const location = new URL(begun.headers.get("location") ?? "")
        const begunCookies = Object.values(yield* browser.cookies(home))
        const { callback } = yield* signInOnPages(browser, location)
        const spelled = new URL(callback)
        spelled.pathname = "/%43allback/"
        yield* visit(spelled)
        // A span may record the request if its response counts as a server failure.
        assert.strictEqual((yield* visit(callback, { purpose: "prefetch" })).status, 503)
        assert.strictEqual((yield* visit(callback)).status, 302)
        assert.strictEqual((yield* visit(at("/me"))).status, 200)

        const secrets = [
          location.searchParams.get("state") ?? "",
          callback.searchParams.get("code") ?? "",
          ...begunCookies,
          ...Object.values(yield* browser.cookies(home))
        ]
        assert.strictEqual(secrets.filter((secret) => secret.length > 20).length, 4)
        const seen = inspect([spans.map(({ attributes, name, status }) => [name, [...attributes], status]), lines], {
          depth: 12
        })
        assert.include(seen, "/me")
        for (const secret of secrets) assert.notInclude(seen, secret)
      }).pipe(withSandbox)
    )
  }
})

describe("an API with the sign-in", () => {
  it("describes it in its OpenAPI document, with the session cookie", () => {
    const { components, paths } = OpenApi.fromApi(Api)
    assert.deepStrictEqual(
      Object.entries(paths).map(([path, item]) => [path, Object.keys(item)]),
      [
        ["/sign-in", ["get", "post"]],
        ["/callback", ["get"]],
        ["/sign-out", ["post"]],
        ["/me", ["get"]],
        ["/rename", ["post"]]
      ]
    )
    assert.deepStrictEqual(Object.values(components.securitySchemes), [
      { type: "apiKey", name: "__Host-session", in: "cookie" }
    ])
    assert.containsAllKeys(paths["/sign-out"]?.post?.responses ?? {}, ["204", "401", "403", "413", "502", "503"])
  })

  it.scoped("can be called by a derived client, with typed errors", () =>
    Effect.gen(function* () {
      const { handler } = yield* start()
      let cookie = ""
      const overHandler = HttpClient.make((request, url) =>
        Effect.promise(async () => {
          const headers = { ...request.headers, origin: home.origin, ...(cookie !== "" && { cookie }) }
          const body = request.body._tag === "Uint8Array" ? new Uint8Array(request.body.body) : null
          const response = await handler(new Request(url, { method: request.method, headers, body }))
          cookie =
            response.headers
              .getSetCookie()
              .find((set) => set.startsWith("__Host-session="))
              ?.split(";")[0] ?? cookie
          return HttpClientResponse.fromWeb(request, response)
        })
      )
      const client = yield* HttpApiClient.make(Api, { baseUrl: home }).pipe(
        Effect.provideService(HttpClient.HttpClient, overHandler)
      )
      const sign = (password: string) =>
        client.baanxPasswordSignIn.passwordSignIn({
          payload: { email: "user@example.com", password: Redacted.make(password), otp: undefined }
        })
      assert.strictEqual((yield* Effect.flip(client.account.me()))._tag, "SessionLostError")
      assert.instanceOf(yield* Effect.flip(sign("wrong")), InvalidCredentialsError)
      yield* sign(password)
      assert.strictEqual((yield* client.account.me()).email, "user@example.com")
      yield* client.baanxAuth.signOut()
      assert.strictEqual((yield* Effect.flip(client.account.me()))._tag, "SessionLostError")
    }).pipe(withSandbox)
  )

  it.scoped("can mount it under a prefix, at other paths, and with only one of the two groups", () =>
    Effect.gen(function* () {
      const client = yield* HttpClient.HttpClient
      const { baseUrl, clientKey, redirectUri } = yield* Sandbox
      const clock = yield* Effect.clock
      const services = Layer.provide(
        Baanx.layer({ baseUrl, clientKey: Redacted.make(clientKey) }),
        Layer.succeed(HttpClient.HttpClient, client)
      )
      const mount = (api: Layer.Layer<HttpApi.Api, InvalidConfigError, Baanx.Baanx>) =>
        Effect.map(
          Effect.acquireRelease(
            Effect.sync(() =>
              HttpApiBuilder.toWebHandler(
                Layer.merge(Layer.provide(api, services), HttpServer.layerContext).pipe(
                  Layer.provideMerge(Layer.setClock(clock))
                )
              )
            ),
            ({ dispose }) => Effect.promise(dispose)
          ),
          ({ handler }) =>
            (method: string, path: string, json?: unknown) =>
              Effect.promise(() =>
                handler(
                  new Request(new URL(path, redirectUri), {
                    method,
                    headers: { origin: new URL(redirectUri).origin, accept: "text/html" },
                    ...(json !== undefined && { body: JSON.stringify(json) })
                  })
                )
              )
        )

      const Elsewhere = HttpApi.make("backend")
        .add(BaanxAuth.make({ prefix: "/auth", paths: { signIn: "/begin" } }))
        .prefix("/v1")
      assert.deepStrictEqual(Object.keys(OpenApi.fromApi(Elsewhere).paths), [
        "/v1/auth/begin",
        "/v1/auth/callback",
        "/v1/auth/sign-out"
      ])
      const options = { redirectUri: RedirectUri.make(redirectUri) }
      const hosted = HttpApi.make("backend").add(BaanxAuth.make({ paths: { signIn: "/begin", signOut: "/end" } }))
      const ask = yield* mount(HttpApiBuilder.api(hosted).pipe(Layer.provide(BaanxAuth.layer(hosted, options))))
      assert.strictEqual((yield* ask("GET", "/begin")).status, 302)
      assert.strictEqual((yield* ask("GET", "/sign-in")).status, 404)
      assert.strictEqual((yield* ask("POST", "/sign-in", { email: "user@example.com", password })).status, 404)
      const refused = yield* ask("GET", "/callback?code=c&state=s")
      assert.include(yield* Effect.promise(() => refused.text()), `<a href="/begin">`)

      const alone = HttpApi.make("backend").add(PasswordSignIn)
      const post = yield* mount(HttpApiBuilder.api(alone).pipe(Layer.provide(BaanxAuth.layer(alone, options))))
      assert.strictEqual((yield* post("GET", "/sign-in")).status, 404)
      assert.strictEqual((yield* post("POST", "/sign-in", { email: "user@example.com", password })).status, 204)
    }).pipe(withSandbox)
  )
})
