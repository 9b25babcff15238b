/** Tests the backend on `localhost` and the sandbox on 127.0.0.1 over sockets, with a simulated browser. */
import { NodeHttpClient } from "@effect-baanx/node"
import { Baanx } from "@effect-baanx/oauth"
import { HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Tracer } from "effect"
import { createServer } from "node:http"
import { inspect } from "node:util"
import * as Backend from "../src/Backend.js"
import { pagesOf, password, socketBrowser, startSandbox } from "./Fixtures.js"
import { signInOnPages } from "../../../../packages/server/test/HostedPages.js"

/** Starts both servers, each on its own port, until the scope of the test closes. */
const start = Effect.gen(function* () {
  const server = yield* Layer.build(NodeHttpServer.layer(createServer, { host: "localhost", port: 0 }))
  const { address } = Context.get(server, HttpServer.HttpServer)
  const home = new URL(`http://localhost:${address._tag === "TcpAddress" ? address.port : 0}/`)
  const { redirectUri, requests, settings } = yield* startSandbox(home)
  yield* Layer.build(
    Backend.serve.pipe(
      Layer.provide(Backend.layer({ redirectUri })),
      Layer.provide(Baanx.layer(settings)),
      Layer.provide(NodeHttpClient.layer()),
      Layer.provide(Layer.succeedContext(server))
    )
  )
  return { at: pagesOf(home), browser: socketBrowser(), home, requests }
})

describe("over sockets", () => {
  it.scopedLive("a browser signs in on Baanx's page, sees the user's data and signs out", () =>
    Effect.gen(function* () {
      const { at, browser, home } = yield* start

      const begun = yield* browser.visit(at("/sign-in"))
      assert.strictEqual(begun.status, 302)
      assert.strictEqual(begun.location.hostname, "127.0.0.1")
      assert.match(Object.keys(yield* browser.cookies(home)).join(), /^__Host-sign-in-[\w-]{16}$/)

      const { callback, last } = yield* signInOnPages(browser, begun.location)
      assert.strictEqual(callback.origin + callback.pathname, `${home.origin}/callback`)

      // The redirect comes from another site: browsers send a SameSite=Lax cookie with it, but not a Strict one.
      const done = yield* browser.visit(callback, { from: last })
      assert.strictEqual(done.status, 302)
      assert.strictEqual(done.location.href, home.href)
      assert.strictEqual(done.headers.get("referrer-policy"), "no-referrer")
      assert.deepStrictEqual(Object.keys(yield* browser.cookies(home)), ["__Host-session"])

      const me = yield* browser.visit(at("/me"), { from: home })
      assert.strictEqual(me.status, 200)
      assert.include(me.body, "user@example.com")

      assert.strictEqual((yield* browser.visit(at("/sign-out"), { from: home, method: "POST" })).status, 204)
      assert.deepStrictEqual(Object.keys(yield* browser.cookies(home)), [])
      assert.strictEqual((yield* browser.visit(at("/me"), { from: home })).status, 401)
    })
  )

  it.scopedLive("another site can neither sign the user out nor in", () =>
    Effect.gen(function* () {
      const { at, browser, home } = yield* start
      const evil = new URL("http://evil.localhost:1/")
      const { location: page } = yield* browser.visit(at("/sign-in"))
      const { callback, last } = yield* signInOnPages(browser, page)
      yield* browser.visit(callback, { from: last })

      const signOut = yield* browser.visit(at("/sign-out"), { from: evil, method: "POST", form: {} })
      assert.strictEqual(signOut.status, 403)
      const signIn = yield* browser.visit(at("/sign-in"), {
        from: evil,
        method: "POST",
        json: { email: "user@example.com", password }
      })
      assert.strictEqual(signIn.status, 403)
      assert.strictEqual((yield* browser.visit(at("/me"), { from: home })).status, 200)
    })
  )

  it.scopedLive("refuses the callback of an attacker's sign-in, and does not exchange its code for the victim", () =>
    Effect.gen(function* () {
      const { at, browser: victim, home, requests } = yield* start
      const attacker = socketBrowser()
      const { location: page } = yield* attacker.visit(at("/sign-in"))
      const { callback } = yield* signInOnPages(attacker, page)

      for (const prepare of [Effect.void, victim.visit(at("/sign-in"))]) {
        yield* prepare
        const visit = yield* victim.visit(callback, { from: page })
        assert.strictEqual(visit.status, 400)
        assert.include(visit.body, "StateMismatchError")
      }
      assert.notInclude(Object.keys(yield* victim.cookies(home)), "__Host-session")
      assert.notInclude(
        (yield* requests).map(({ step }) => step),
        "token"
      )
    })
  )

  it.scopedLive("refuses a chunked body of any size with a 413 that reaches the client", () =>
    Effect.gen(function* () {
      const { at, home } = yield* start
      const piece = new Uint8Array(64 * 1024)
      const status = yield* Effect.promise(async () => {
        let left = 50
        const body = new ReadableStream<Uint8Array>({
          pull: (controller) => (left-- > 0 ? controller.enqueue(piece) : controller.close())
        })
        const request = { method: "POST", headers: { origin: home.origin }, body, duplex: "half" }
        return (await fetch(at("/sign-in"), request)).status
      })
      assert.strictEqual(status, 413)
    })
  )

  it.scopedLive("no span shows a state, a code, a session token or a cookie", () =>
    Effect.gen(function* () {
      const spans: Array<Tracer.Span> = []
      const native = yield* Effect.tracer
      const tracer = Tracer.make({
        span: (...options) => {
          const span = native.span(...options)
          spans.push(span)
          return span
        },
        context: (run, fiber) => native.context(run, fiber)
      })
      const secrets = yield* Effect.gen(function* () {
        const { at, browser, home } = yield* start
        const { location: page } = yield* browser.visit(at("/sign-in"))
        const { callback, last } = yield* signInOnPages(browser, page)
        yield* browser.visit(callback, { from: last })
        yield* browser.visit(at("/me"), { from: home })
        const cookies = yield* Effect.promise(() => browser.jar.getCookies(home.href))
        return [...page.searchParams.values(), ...callback.searchParams.values(), ...cookies.map(({ value }) => value)]
      }).pipe(Effect.withTracer(tracer))

      assert.strictEqual(secrets.length, 4)
      const seen = inspect(
        spans.map(({ attributes, name }) => [name, [...attributes]]),
        { depth: 5 }
      )
      assert.include(seen, "GET /v1/auth/oauth/authorize/initiate")
      assert.include(seen, "/me")
      for (const secret of secrets) assert.notInclude(seen, secret)
    })
  )
})
