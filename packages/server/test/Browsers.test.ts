/** Sign-in with real browser behaviour (tabs, reload, other browsers), against the sandbox in process. */
import { random256 } from "@effect-baanx/oauth/SecureRandom"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck, TestClock } from "effect"
import { at, home, start, withSandbox } from "./Backend.js"
import type { Browser, Visit } from "./Browser.js"
import { signInOnPages } from "./HostedPages.js"

const session = "__Host-session"
const signIns = (cookies: Readonly<Record<string, string>>) =>
  Object.keys(cookies).filter((name) => name.startsWith("__Host-sign-in-"))

const begin = (browser: Browser, path = "/sign-in") => Effect.map(browser.visit(at(path)), ({ location }) => location)

/** Completes the sign-in of this page, and returns the visit of the callback. */
const finish = (browser: Browser, page: URL, email?: string) =>
  Effect.gen(function* () {
    const { callback, last } = yield* signInOnPages(browser, page, email)
    return { callback, visit: yield* browser.visit(callback, { from: last }) }
  })

const me = (browser: Browser) => browser.visit(at("/me"), { from: home })
const isSignedIn = (browser: Browser, email = "user@example.com") =>
  Effect.map(me(browser), ({ body, status }) => status === 200 && body.includes(email))

const leadsTo = (visit: Visit, path: string) => {
  assert.strictEqual(visit.status, 302)
  assert.strictEqual(visit.location.href, at(path).href)
}

describe("a sign-in", () => {
  for (const pathFamily of ["oauth", "oauth2"] as const) {
    it.scoped(`starts a session, which ends with the sign-out: ${pathFamily}`, () =>
      Effect.gen(function* () {
        const { storeCalls, browser: open } = yield* start({}, { pathFamily })
        const browser = open()
        assert.strictEqual((yield* me(browser)).status, 401)
        const { visit } = yield* finish(browser, yield* begin(browser))
        leadsTo(visit, "/")
        assert.deepStrictEqual(Object.keys(yield* browser.cookies(home)), [session])
        assert.isTrue(yield* isSignedIn(browser))
        const out = yield* browser.visit(at("/sign-out"), { from: home, method: "POST" })
        assert.strictEqual(out.status, 204)
        assert.deepStrictEqual(yield* browser.cookies(home), {})
        assert.strictEqual((yield* me(browser)).status, 401)
        assert.deepStrictEqual(storeCalls, ["accept"])
      }).pipe(withSandbox)
    )
  }

  it.scoped("sets cookies that no script, no other site and no other host can read", () =>
    Effect.gen(function* () {
      const { browser: open } = yield* start()
      const browser = open()
      const begun = yield* browser.visit(at("/sign-in"))
      const [signIn = "", ...others] = begun.headers.getSetCookie()
      assert.deepStrictEqual(others, [])
      assert.match(
        signIn,
        /^__Host-sign-in-[\w-]{16}=[\w.-]{100,4000}; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/
      )
      const { visit } = yield* finish(browser, begun.location)
      const [used = "", set = ""] = visit.headers.getSetCookie()
      assert.match(used, /^__Host-sign-in-[\w-]{16}=; Max-Age=0; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
      assert.match(set, /^__Host-session=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    }).pipe(withSandbox)
  )

  it.scoped("shows neither its state nor its verifier in the cookie", () =>
    Effect.gen(function* () {
      const { browser: open } = yield* start({}, { pathFamily: "oauth2" })
      const browser = open()
      const page = yield* begin(browser)
      const [[name, value] = ["", ""]] = Object.entries(yield* browser.cookies(home))
      const state = page.searchParams.get("state") ?? "none"
      assert.notInclude(name + value, state)
      const parts = value.split(".").map((part) => Buffer.from(part, "base64url").toString("latin1"))
      assert.notInclude(parts.join(), state)
      assert.strictEqual(parts.length, 5)
    }).pipe(withSandbox)
  )

  it.scoped("redirects to the returnTo that it began with, if that is a local path", () =>
    Effect.gen(function* () {
      const { browser: open } = yield* start({ afterSignIn: "/welcome" })
      const browser = open()
      const path = "/cards/1?tab=a%20b#top"
      const { visit } = yield* finish(browser, yield* begin(browser, `/sign-in?returnTo=${encodeURIComponent(path)}`))
      leadsTo(visit, path)
      for (const elsewhere of ["https://evil.example/", "//evil.example", "/sign-in", "/callback?x=1", "/sign-out"]) {
        const page = yield* begin(browser, `/sign-in?returnTo=${encodeURIComponent(elsewhere)}`)
        leadsTo((yield* finish(browser, page)).visit, "/welcome")
      }
      const twice = yield* browser.visit(at("/sign-in?returnTo=/a&returnTo=/b"))
      assert.strictEqual(twice.status, 302)
      assert.strictEqual(twice.headers.get("cache-control"), "no-store")
    }).pipe(withSandbox)
  )

  it.scoped("can be completed in each of several tabs, in any order", () =>
    Effect.gen(function* () {
      const { browser: open } = yield* start()
      yield* Effect.forEach(FastCheck.sample(FastCheck.shuffledSubarray([0, 1, 2, 3], { minLength: 2 }), 6), (order) =>
        Effect.gen(function* () {
          const browser = open()
          const tabs = yield* Effect.all(
            Array.from({ length: 4 }, (_, tab) => begin(browser, `/sign-in?returnTo=/tab/${tab}`)),
            { concurrency: "unbounded" }
          )
          for (const tab of order) {
            const { visit } = yield* finish(browser, tabs[tab] ?? home)
            leadsTo(visit, `/tab/${tab}`)
            assert.isTrue(yield* isSignedIn(browser))
          }
          assert.strictEqual(signIns(yield* browser.cookies(home)).length, 4 - order.length)
        })
      )
    }).pipe(withSandbox)
  )

  it.scoped("redirects a repeated callback into the application, as after a reload or from another tab", () =>
    Effect.gen(function* () {
      const { storeCalls, browser: open } = yield* start({ afterSignIn: "/app" })
      const browser = open()
      const page = yield* begin(browser, "/sign-in?returnTo=/cards")
      const [cookie] = yield* Effect.promise(() => browser.jar.getCookies(home.href))
      const { callback, visit } = yield* finish(browser, page)
      leadsTo(visit, "/cards")
      for (let again = 0; again < 3; again++) leadsTo(yield* browser.visit(callback), "/app")
      assert.deepStrictEqual(storeCalls, ["accept"])

      // Even if the cookie of the sign-in still exists.
      yield* Effect.promise(() => browser.jar.setCookie(cookie ?? "", home.href))
      leadsTo(yield* browser.visit(callback), "/cards")
      assert.deepStrictEqual(signIns(yield* browser.cookies(home)), [])
      assert.isTrue(yield* isSignedIn(browser))
      yield* browser.visit(at("/sign-out"), { from: home, method: "POST" })
      assert.strictEqual((yield* browser.visit(callback)).status, 400)
    }).pipe(withSandbox)
  )

  it.scoped("works once: one of five concurrent callbacks starts a session", () =>
    Effect.gen(function* () {
      const { browser: open, handler, steps } = yield* start()
      const browser = open()
      const { callback } = yield* signInOnPages(browser, yield* begin(browser))
      const cookie = yield* Effect.promise(() => browser.jar.getCookieString(home.href))
      const visits = yield* Effect.all(
        Array.from({ length: 5 }, () => Effect.promise(() => handler(new Request(callback, { headers: { cookie } })))),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(visits.map(({ status }) => status).sort(), [302, 400, 400, 400, 400])
      assert.strictEqual((yield* steps).filter((step) => step === "token").length, 1)
    }).pipe(withSandbox)
  )

  it.scoped("still works after sixty abandoned ones, with a cookie header under 8 KiB", () =>
    Effect.gen(function* () {
      const { storeCalls, browser: open } = yield* start()
      const browser = open()
      const returnTo = encodeURIComponent(`/${"a".repeat(511)}`)
      let page = home
      for (let count = 0; count < 60; count++) {
        yield* TestClock.adjust("1 seconds")
        page = yield* begin(browser, count % 2 === 0 ? "/sign-in" : `/sign-in?returnTo=${returnTo}`)
        const cookies = yield* Effect.promise(() => browser.jar.getCookies(home.href))
        // Leaves room for the application's cookies.
        assert.isBelow(cookies.map(({ key, value }) => `${key}=${value}`).join("; ").length, 5100)
        for (const { key, value } of cookies) assert.isBelow(key.length + value.length, 4096)
      }
      assert.isAtLeast(signIns(yield* browser.cookies(home)).length, 2)
      assert.deepStrictEqual(storeCalls, [], "the store was called")
      assert.strictEqual((yield* finish(browser, page)).visit.status, 302)
      assert.isTrue(yield* isSignedIn(browser))
    }).pipe(withSandbox)
  )

  it.scoped("replaces the oldest of too many unfinished ones", () =>
    Effect.gen(function* () {
      const { browser: open } = yield* start()
      const browser = open()
      const pages: Array<URL> = []
      for (let count = 0; count < 7; count++) pages.push(yield* begin(browser))
      const [oldest = home, , , fourth = home] = pages
      assert.strictEqual((yield* finish(browser, oldest)).visit.status, 400)
      assert.strictEqual((yield* finish(browser, fourth)).visit.status, 302)
    }).pipe(withSandbox)
  )
})

describe("a callback", () => {
  it.scoped("in another browser is refused with 400, and still works in the right one", () =>
    Effect.gen(function* () {
      const { storeCalls, browser: open, steps } = yield* start()
      const [owner, other] = [open(), open()]
      const page = yield* begin(owner)
      const { callback, last } = yield* signInOnPages(owner, page)
      for (const prepare of [Effect.void, begin(other)]) {
        yield* prepare
        const visit = yield* other.visit(callback, { from: last })
        assert.strictEqual(visit.status, 400)
        assert.include(visit.body, "StateMismatchError")
      }
      assert.notInclude(Object.keys(yield* other.cookies(home)), session)
      assert.deepStrictEqual(storeCalls, [])
      assert.notInclude(yield* steps, "token")
      leadsTo(yield* owner.visit(callback, { from: last }), "/")
    }).pipe(withSandbox)
  )

  const text = FastCheck.oneof(FastCheck.string({ maxLength: 40 }), FastCheck.constantFrom("", "%", "x&code=1", "#"))
  const forged = FastCheck.dictionary(
    FastCheck.constantFrom("code", "state", "error", "error_description", "iss", "app_id", "x"),
    text
  )

  it.scoped("that is stray, forged or an error without a state ends neither the sign-in nor the session", () =>
    Effect.gen(function* () {
      const { storeCalls, browser: open } = yield* start()
      const browser = open()
      const page = yield* begin(browser)
      const { callback, last } = yield* signInOnPages(browser, page)
      const state = callback.searchParams.get("state") ?? ""
      const stray = [
        ...FastCheck.sample(forged, 40).map((parameters) => new URLSearchParams(parameters).toString()),
        "",
        "error=access_denied",
        `state=${state}x&code=1`,
        `state=${state}`,
        `state=${state}&state=${state}&code=1`,
        `state=${state}&code=1&error=access_denied`
      ]
      const before = yield* browser.cookies(home)
      for (const query of stray) {
        const visit = yield* browser.visit(at(`/callback?${query}`), { from: new URL("https://evil.example/") })
        assert.isAtLeast(visit.status, 400, query)
        assert.deepStrictEqual(visit.headers.getSetCookie(), [], query)
      }
      assert.deepStrictEqual(yield* browser.cookies(home), before)
      assert.deepStrictEqual(storeCalls, [])
      leadsTo(yield* browser.visit(callback, { from: last }), "/")
      for (const query of stray) yield* browser.visit(at(`/callback?${query}`))
      assert.isTrue(yield* isSignedIn(browser))
    }).pipe(withSandbox)
  )

  it.scoped("from another issuer or at another spelling of the path is refused, and does not use up the sign-in", () =>
    Effect.gen(function* () {
      const { storeCalls, browser: open } = yield* start(
        {},
        { pathFamily: "oauth2", issuer: "https://id.baanx.example" }
      )
      const browser = open()
      const { callback, last } = yield* signInOnPages(browser, yield* begin(browser))
      const before = yield* browser.cookies(home)
      const mixed = new URL(callback)
      mixed.searchParams.set("iss", "https://other.example")
      const spelled = new URL(callback)
      spelled.searchParams.set("iss", "https://id.baanx.example")
      spelled.pathname = "/CALLBACK"
      for (const wrong of [mixed, spelled]) {
        assert.isAtLeast((yield* browser.visit(wrong, { from: last })).status, 400)
      }
      assert.deepStrictEqual(yield* browser.cookies(home), before)
      assert.deepStrictEqual(storeCalls, [])
      callback.searchParams.set("iss", "https://id.baanx.example")
      leadsTo(yield* browser.visit(callback, { from: last }), "/")
    }).pipe(withSandbox)
  )

  it.scoped("with an error says that the user cancelled, and ends only that sign-in, without calling the store", () =>
    Effect.gen(function* () {
      const { storeCalls, browser: open } = yield* start()
      const browser = open()
      const [page, other] = [yield* begin(browser), yield* begin(browser)]
      const form = { token: page.searchParams.get("token") ?? "", action: "cancel" }
      const cancelled = yield* browser.visit(new URL("/hosted/sign-in", page), { from: page, method: "POST", form })
      const visit = yield* browser.visit(cancelled.location, { from: page })
      assert.strictEqual(visit.status, 400)
      assert.include(visit.body, `"code":"access_denied"`)
      assert.strictEqual(signIns(yield* browser.cookies(home)).length, 1)
      assert.deepStrictEqual(storeCalls, [])
      leadsTo((yield* finish(browser, other)).visit, "/")
    }).pipe(withSandbox)
  )

  it.scoped("is refused after 10 minutes, even if the cookie still exists", () =>
    Effect.gen(function* () {
      const { storeCalls, browser: open, handler } = yield* start()
      const browser = open()
      const { callback } = yield* signInOnPages(browser, yield* begin(browser))
      const cookie = yield* Effect.promise(() => browser.jar.getCookieString(home.href))
      yield* TestClock.adjust("10 minutes")
      const late = yield* Effect.promise(() => handler(new Request(callback, { headers: { cookie } })))
      assert.strictEqual(late.status, 400)
      assert.include(yield* Effect.promise(() => late.text()), "ExpiredStateError")
      assert.deepStrictEqual(storeCalls, [])
    }).pipe(withSandbox)
  )
})

describe("a session cookie", () => {
  it.scoped("that an attacker planted is replaced at the sign-in, and does not work afterwards", () =>
    Effect.gen(function* () {
      const { browser: open } = yield* start()
      const [attacker, victim] = [open(), open()]
      yield* finish(attacker, yield* begin(attacker), "otp@example.com")
      const { [session]: planted = "" } = yield* attacker.cookies(home)
      const anything = yield* random256
      for (const value of [planted, anything]) {
        yield* Effect.promise(() => victim.jar.setCookie(`${session}=${value}; Path=/; Secure; HttpOnly`, home.href))
        yield* finish(victim, yield* begin(victim))
        const { [session]: own = "" } = yield* victim.cookies(home)
        assert.notStrictEqual(own, value)
        assert.isTrue(yield* isSignedIn(victim))
        assert.strictEqual((yield* me(attacker)).status, 401)
      }
    }).pipe(withSandbox)
  )
})
