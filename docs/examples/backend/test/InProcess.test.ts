/** Tests the backend against the sandbox, both in process: without a socket, but with Baanx's rules. */
import { Baanx, type BaanxConfig } from "@effect-baanx/oauth"
import { Sandbox } from "@effect-baanx/sandbox"
import { HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { pagesOf, password } from "./Fixtures.js"
import { signInOnPages } from "../../../../packages/server/test/HostedPages.js"
import { browserOver, home } from "./NoSocket.js"

const at = pagesOf(home)

const start = (settings: Pick<BaanxConfig, "pathFamily" | "region"> = {}) =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const { baseUrl, clientKey, requests } = yield* Sandbox
    const browser = yield* browserOver(
      Baanx.layer({ baseUrl, clientKey: Redacted.make(clientKey), ...settings }).pipe(
        Layer.provide(Layer.succeed(HttpClient.HttpClient, client))
      ),
      client
    )
    const post = (path: string, json?: unknown) => browser.visit(at(path), { from: home, method: "POST", json })
    const steps = Effect.map(requests, (requests) => requests.map(({ status, step }) => `${step} ${status}`))
    return { browser, post, requests, steps }
  })

const withSandbox = Effect.provide(Sandbox.layerHttpClient())

describe("API mode against the sandbox", () => {
  it.scoped("signs in, shows the user, signs out, and is signed out", () =>
    Effect.gen(function* () {
      const { browser, post, steps } = yield* start()
      assert.strictEqual((yield* post("/sign-in", { email: "user@example.com", password })).status, 204)
      const me = yield* browser.visit(at("/me"), { from: home })
      assert.strictEqual(me.status, 200)
      assert.include(me.body, `"email":"user@example.com"`)
      assert.strictEqual((yield* post("/sign-out")).status, 204)
      assert.strictEqual((yield* browser.visit(at("/me"), { from: home })).status, 401)
      assert.deepStrictEqual(yield* steps, [
        "login 200",
        "initiate 200",
        "authorize 200",
        "token 200",
        "user 200",
        "revoke 200"
      ])
    }).pipe(withSandbox)
  )

  it.scoped("asks a user with a second factor for the code, then accepts it", () =>
    Effect.gen(function* () {
      const { browser, post } = yield* start()
      const user = { email: "otp@example.com", password }
      const first = yield* post("/sign-in", user)
      assert.strictEqual(first.status, 401)
      assert.include(first.body, "OtpRequiredError")
      const wrong = yield* post("/sign-in", { ...user, otp: "000000" })
      assert.strictEqual(wrong.status, 401)
      assert.include(wrong.body, "InvalidOtpError")
      assert.strictEqual((yield* post("/sign-in", { ...user, otp: "123456" })).status, 204)
      assert.include((yield* browser.visit(at("/me"), { from: home })).body, user.email)
    }).pipe(withSandbox)
  )

  it.scoped("responds with the reason and its status if a user cannot sign in", () =>
    Effect.gen(function* () {
      const { browser, post } = yield* start()
      const refusals = [
        [{ email: "user@example.com", password: "wrong" }, 401, `"_tag":"InvalidCredentialsError"`],
        [{ email: "disabled@example.com", password }, 403, `"reason":"Disabled"`],
        [{ email: "locked@example.com", password }, 403, `"reason":"Locked"`],
        [{ email: "onboarding@example.com", password }, 403, `"phase":"PERSONAL_INFORMATION"`],
        [{ email: "user@example.com" }, 400, `"_tag":"HttpApiDecodeError"`]
      ] as const
      for (const [payload, status, reason] of refusals) {
        const answer = yield* post("/sign-in", payload)
        assert.strictEqual(answer.status, status)
        assert.include(answer.body, reason)
        assert.deepStrictEqual(Object.keys(yield* browser.cookies(home)), [])
      }
    }).pipe(withSandbox)
  )
})

describe("hosted mode against the sandbox", () => {
  for (const pathFamily of ["oauth", "oauth2"] as const) {
    for (const region of ["international", "us"] as const) {
      it.scoped(`signs in and out through ${pathFamily} in the region ${region}`, () =>
        Effect.gen(function* () {
          const { browser, post, requests } = yield* start({ pathFamily, region })
          const { location: page } = yield* browser.visit(at("/sign-in"))
          const { callback, last } = yield* signInOnPages(browser, page, "otp@example.com")
          assert.strictEqual((yield* browser.visit(callback, { from: last })).status, 302)
          const me = yield* browser.visit(at("/me"), { from: home })
          assert.include(me.body, "otp@example.com")
          assert.strictEqual((yield* post("/sign-out")).status, 204)
          assert.strictEqual((yield* browser.visit(at("/me"), { from: home })).status, 401)

          const steps = yield* requests
          assert.deepStrictEqual(
            steps.filter(({ step }) => /token|user|revoke/i.test(step ?? "")).map(({ region, step }) => [step, region]),
            (pathFamily === "oauth"
              ? ["token", "user", "revoke"]
              : ["hostedToken", "user", "hostedRevoke", "hostedRevoke"]
            ).map((step) => [step, region])
          )
        }).pipe(withSandbox)
      )
    }
  }

  it.scoped("shows the signed-in user on its home page, with a way to sign in and out", () =>
    Effect.gen(function* () {
      const { browser, post } = yield* start()
      const before = yield* browser.visit(at("/"))
      assert.strictEqual(before.status, 200)
      assert.include(before.body, `href="/sign-in"`)
      const { callback, last } = yield* signInOnPages(browser, (yield* browser.visit(at("/sign-in"))).location)
      const done = yield* browser.visit(callback, { from: last })
      const after = yield* browser.visit(done.location, { from: last })
      assert.include(after.body, "user@example.com")
      assert.include(after.body, `action="/sign-out"`)
      assert.strictEqual(after.headers.get("cache-control"), "no-store")
      yield* post("/sign-out")
      assert.notInclude((yield* browser.visit(at("/"))).body, "user@example.com")
    }).pipe(withSandbox)
  )

  it.scoped("completes a sign-in once: repeating the callback leads into the application and uses up nothing", () =>
    Effect.gen(function* () {
      const { browser, steps } = yield* start()
      const { location: page } = yield* browser.visit(at("/sign-in"))
      const [cookie] = yield* Effect.promise(() => browser.jar.getCookies(home.href))
      const { callback, last } = yield* signInOnPages(browser, page)
      assert.strictEqual((yield* browser.visit(callback, { from: last })).status, 302)

      // This holds even if the browser still has the sign-in cookie.
      yield* Effect.promise(() => browser.jar.setCookie(cookie ?? "", home.href))
      const again = yield* browser.visit(callback, { from: last })
      assert.strictEqual(again.status, 302)
      assert.strictEqual(again.location.href, home.href)
      assert.strictEqual((yield* steps).filter((step) => step === "token 200").length, 1)
      assert.strictEqual((yield* browser.visit(at("/me"), { from: home })).status, 200)
    }).pipe(withSandbox)
  )

  it.scoped("distinguishes a user who cancelled on the page from a failure", () =>
    Effect.gen(function* () {
      const { browser } = yield* start()
      const { location: page } = yield* browser.visit(at("/sign-in"))
      const token = page.searchParams.get("token") ?? ""
      const form = { token, action: "cancel" }
      const cancelled = yield* browser.visit(new URL("/hosted/sign-in", page), { from: page, method: "POST", form })
      const visit = yield* browser.visit(cancelled.location, { from: page })
      assert.strictEqual(visit.status, 400)
      assert.include(visit.body, `"code":"access_denied"`)
      assert.deepStrictEqual(Object.keys(yield* browser.cookies(home)), [])
    }).pipe(withSandbox)
  )
})
