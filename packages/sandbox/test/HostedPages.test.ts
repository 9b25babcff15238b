import { RegisteredRedirectUri, Sandbox } from "@effect-baanx/sandbox"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Either, FastCheck, Schema, TestClock } from "effect"
import { email, password } from "./Fixtures.js"
import { call, exchangeCall, form, hostedExchangeCall, hostedPageCall, initiateCall, state, verifier } from "./Steps.js"

const sandbox = Sandbox.layerHttpClient()

/** Follows a redirect within the sandbox, or reads the hidden field of a page, like a browser between two pages. */
const open = (location: string) => {
  const url = new URL(location, "http://localhost")
  return call({ path: url.pathname, query: url.search.slice(1), headers: { "x-client-key": undefined } })
}

const submit = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) => {
  const request = form(path, fields)
  return call({ ...request, headers: { ...request.headers, ...headers } })
}

const hidden = (text: string) =>
  /type="hidden" name="(?<name>\w+)" value="(?<value>[^"]+)"/.exec(text)?.groups?.["value"] ?? ""

const start = (family: "oauth" | "oauth2") =>
  Effect.gen(function* () {
    const legacy = yield* initiateCall
    const answer = yield* call(
      family === "oauth" ? { ...legacy, query: { ...legacy.query, mode: undefined } } : yield* hostedPageCall
    )
    expect(answer.status).toBe(302)
    const page = yield* open(answer.headers["location"] ?? "")
    expect(page.status).toBe(200)
    return { page, token: hidden(page.text) }
  })

const user = { email, password, action: "continue" }
const otpUser = { ...user, email: "otp@example.com" }

const callback = (location: string | undefined) => {
  const url = new URL(location ?? "")
  return { at: url.origin + url.pathname, ...Object.fromEntries(url.searchParams) }
}

describe("the hosted pages", () => {
  it.effect("of the oauth family redirect to the redirect URI with a code that can be exchanged", () =>
    Effect.gen(function* () {
      const { redirectUri } = yield* Sandbox
      const { token } = yield* start("oauth")
      const done = yield* submit("/hosted/sign-in", { token, ...user })
      expect(done.status).toBe(303)
      const answer = callback(done.headers["location"])
      expect(answer).toEqual({ at: redirectUri, state, code: expect.any(String) })
      expect((yield* call(yield* exchangeCall(new URLSearchParams(answer).get("code") ?? ""))).status).toBe(200)
    }).pipe(Effect.provide(sandbox))
  )

  it.effect("of the oauth2 family ask for the one-time code and consent, and add iss and app_id", () =>
    Effect.gen(function* () {
      const { baseUrl, redirectUri } = yield* Sandbox
      const { token } = yield* start("oauth2")
      const toCode = yield* submit("/hosted/sign-in", { token, ...otpUser })
      expect(toCode.headers["location"]).toMatch(/^\/hosted\/code\?interaction=/)
      const codePage = yield* open(toCode.headers["location"] ?? "")
      expect(codePage.text).toContain("+447*****225")
      const interaction = hidden(codePage.text)

      const wrong = yield* submit("/hosted/code", { interaction, otpCode: "000000", action: "verify" })
      expect(wrong.status).toBe(400)
      expect(wrong.text).toContain('<div role="alert" id="error">Invalid OTP code</div>')
      const skipped = yield* submit("/hosted/consent", { interaction, action: "allow" })
      expect(skipped.text).toContain("Enter the one-time code first.")

      const toConsent = yield* submit("/hosted/code", { interaction, otpCode: "123456", action: "verify" })
      const consentPage = yield* open(toConsent.headers["location"] ?? "")
      expect(consentPage.text).toContain("Stay signed in for you")
      const done = yield* submit("/hosted/consent", { interaction, action: "allow" })
      const answer = callback(done.headers["location"])
      expect(answer).toEqual({ at: redirectUri, state, code: expect.any(String), iss: baseUrl, app_id: "SANDBOX" })
      const tokens = yield* call({
        method: "POST",
        path: "/v1/auth/oauth2/token",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        text: new URLSearchParams({
          grant_type: "authorization_code",
          code: new URLSearchParams(answer).get("code") ?? "",
          code_verifier: verifier
        }).toString()
      })
      expect(tokens.body).toEqual({
        access_token: expect.any(String),
        expires_in: 21_600,
        refresh_token: expect.any(String),
        scope: "openid profile email offline_access",
        token_type: "Bearer"
      })
    }).pipe(Effect.provide(sandbox))
  )

  const toConsent = (fields: Record<string, string>) =>
    Effect.gen(function* () {
      const { token } = yield* start("oauth2")
      const signedIn = yield* submit("/hosted/sign-in", { token, ...user, ...fields })
      const page = yield* open(signedIn.headers["location"] ?? "")
      return { page, interaction: hidden(page.text) }
    })

  it.effect("let the user change the region, which app_id and the tokens then have", () =>
    Effect.gen(function* () {
      const { interaction, page } = yield* toConsent({})
      expect(page.text).toMatch(/<option value="international" selected\s*>/)
      const done = yield* submit("/hosted/consent", { interaction, region: "us", action: "allow" })
      const answer = callback(done.headers["location"])
      expect(answer).toMatchObject({ app_id: "SANDBOX_US" })
      const exchange = hostedExchangeCall(new URLSearchParams(answer).get("code") ?? "")
      expect((yield* call({ ...exchange, headers: { "x-us-env": "true" } })).status).toBe(200)
    }).pipe(Effect.provide(sandbox))
  )

  it.effect("refuse a region that the user does not belong to", () =>
    Effect.gen(function* () {
      const { interaction } = yield* toConsent({ email: "ada@example.com" })
      const refused = yield* submit("/hosted/consent", { interaction, region: "us", action: "allow" })
      expect(refused.status).toBe(400)
      expect(refused.text).toContain("This account is not in that region")
      const done = yield* submit("/hosted/consent", { interaction, region: "international", action: "allow" })
      expect(callback(done.headers["location"])).toMatchObject({ app_id: "SANDBOX" })
    }).pipe(
      Effect.provide(
        Sandbox.layerHttpClient({ users: [{ email: "ada@example.com", password, region: "international" }] })
      )
    )
  )

  for (const region of ["", "mars", "constructor"]) {
    it.effect(`keep the region if the form has region ${JSON.stringify(region)}`, () =>
      Effect.gen(function* () {
        const { interaction } = yield* toConsent({})
        const done = yield* submit("/hosted/consent", { interaction, region, action: "allow" })
        expect(callback(done.headers["location"])).toMatchObject({ app_id: "SANDBOX" })
      }).pipe(Effect.provide(sandbox))
    )
  }

  it.effect("send another one-time code on request, with a lifetime of its own", () =>
    Effect.gen(function* () {
      const { token } = yield* start("oauth")
      const { headers } = yield* submit("/hosted/sign-in", { token, ...otpUser })
      const interaction = hidden((yield* open(headers["location"] ?? "")).text)
      yield* TestClock.adjust("5 minutes")
      const late = yield* submit("/hosted/code", { interaction, otpCode: "123456", action: "verify" })
      expect(late.text).toContain("Invalid OTP code")
      expect((yield* submit("/hosted/code", { interaction, action: "resend" })).status).toBe(200)
      const done = yield* submit("/hosted/code", { interaction, otpCode: "123456", action: "verify" })
      expect(callback(done.headers["location"])).toHaveProperty("code")
    }).pipe(Effect.provide(sandbox))
  )

  for (const family of ["oauth", "oauth2"] as const) {
    it.effect(`of the ${family} family can be cancelled once`, () =>
      Effect.gen(function* () {
        const { redirectUri } = yield* Sandbox
        const { token } = yield* start(family)
        const done = yield* submit("/hosted/sign-in", { token, action: "cancel" })
        expect(callback(done.headers["location"])).toEqual({
          at: redirectUri,
          error: "access_denied",
          error_description: "The user cancelled",
          state
        })
        const again = yield* submit("/hosted/sign-in", { token, ...user })
        expect(again.status).toBe(400)
        expect(again.text).toContain("This sign-in is over")
      }).pipe(Effect.provide(sandbox))
    )
  }

  it.effect("say what is wrong, keep the email but not the password, and escape both", () =>
    Effect.gen(function* () {
      const { token } = yield* start("oauth")
      const email = `"><script>alert(1)</script>@example.com`
      const wrong = yield* submit("/hosted/sign-in", { token, email, password: "hunter2", action: "continue" })
      expect(wrong.status).toBe(401)
      expect(wrong.text).toContain('<div role="alert" id="error">Incorrect email or password</div>')
      expect(wrong.text).toContain("&quot;&gt;&lt;script&gt;")
      expect(wrong.text).not.toContain("<script")
      expect(wrong.text).not.toContain("hunter2")
      const submitAs = (email: string) => submit("/hosted/sign-in", { token, ...user, email })
      expect((yield* submitAs("disabled@example.com")).status).toBe(403)
      expect((yield* submitAs("locked@example.com")).text).toContain("This account is locked")
      expect((yield* submitAs("onboarding@example.com")).text).toContain("(PERSONAL_INFORMATION)")
    }).pipe(Effect.provide(sandbox))
  )

  it.effect("offer a button for each user of the seed, which signs in that user", () =>
    Effect.gen(function* () {
      const { users } = yield* Sandbox
      const { page, token } = yield* start("oauth2")
      const picks = new Map(
        Array.from(
          page.text.matchAll(/<button name="user" value="([^"]+)" formnovalidate>\s*(\S+)/g),
          ([, id, email]) => [email ?? "", id ?? ""]
        )
      )
      expect([...picks.keys()]).toEqual(users.map(({ email }) => email))
      const pick = (email: string) =>
        submit("/hosted/sign-in", { token, email: "", password: "", user: picks.get(email) ?? "" })
      expect((yield* pick("locked@example.com")).text).toContain("This account is locked")
      expect((yield* pick("nobody@example.com")).status).toBe(401)
      expect((yield* pick("otp@example.com")).headers["location"]).toMatch(/^\/hosted\/code/)
    }).pipe(Effect.provide(sandbox))
  )

  it.effect("offer no user of another region, and escape the users' data", () =>
    Effect.gen(function* () {
      const { page } = yield* start("oauth")
      expect(page.text).toContain("&lt;b&gt;@example.com")
      expect(page.text).toContain("stopped at &lt;i&gt;")
      expect(page.text).not.toContain("us@example.com")
      expect(page.text).not.toContain("hunter2")
    }).pipe(
      Effect.provide(
        Sandbox.layerHttpClient({
          users: [
            { email: "<b>@example.com", password: "hunter2", phase: "<i>" },
            { email: "us@example.com", password: "hunter2", region: "us" }
          ]
        })
      )
    )
  )

  it("keep a host from breaking out of the content security policy", () => {
    const hosts = FastCheck.tuple(
      FastCheck.stringMatching(/^[a-z]{0,5}$/),
      FastCheck.constantFrom(..."!$&'()*+,;=~\"`{}"),
      FastCheck.stringMatching(/^[a-z]{1,5}$/)
    )
    for (const [before, character, after] of FastCheck.sample(hosts, 100)) {
      const uri = `https://${before}${character}${after}.example/callback`
      expect(Either.isLeft(Schema.decodeEither(RegisteredRedirectUri)(uri)), uri).toBe(true)
    }
    for (const uri of [
      "https://a-b.c_d.example:8443/x;y",
      "http://[::1]:3000/",
      "com.example.app:/callback",
      "app://a;b/"
    ]) {
      expect(Either.isRight(Schema.decodeEither(RegisteredRedirectUri)(uri)), uri).toBe(true)
    }
  })

  it.effect("allow no script, no other host and no frame around them", () =>
    Effect.gen(function* () {
      const { page } = yield* start("oauth")
      const policy = page.headers["content-security-policy"] ?? ""
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("form-action 'self' http://localhost:3000;")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(page.text).not.toMatch(/(src|href)=/)
    }).pipe(Effect.provide(sandbox))
  )

  it.effect("refuse a form from another site with 400", () =>
    Effect.gen(function* () {
      const { token } = yield* start("oauth")
      for (const headers of [
        { origin: "https://evil.example" },
        { origin: "null" },
        { "sec-fetch-site": "cross-site" }
      ]) {
        const refused = yield* submit("/hosted/sign-in", { token, ...user }, headers)
        expect([refused.status, refused.text]).toEqual([400, expect.stringContaining("sent from another site")])
      }
      const own = yield* submit("/hosted/sign-in", { token, ...user }, { origin: "http://localhost" })
      expect(own.status).toBe(303)
    }).pipe(Effect.provide(sandbox))
  )

  it.effect("expire with the session after 10 minutes", () =>
    Effect.gen(function* () {
      const { token } = yield* start("oauth")
      yield* TestClock.adjust("10 minutes")
      const late = yield* submit("/hosted/sign-in", { token, ...user })
      expect(late.status).toBe(400)
      expect(late.text).toContain("The session has expired. Go back to the application and start again.")
      expect((yield* open("/hosted/sign-in?token=x")).status).toBe(400)
      expect((yield* open("/hosted/code?interaction=x")).status).toBe(400)
    }).pipe(Effect.provide(sandbox))
  )

  it.effect("redirect with invalid_scope for a scope that is refused", () =>
    Effect.gen(function* () {
      const request = yield* hostedPageCall
      const refuse = (scope: string) =>
        Effect.map(call({ ...request, query: { ...request.query, scope } }), ({ headers }) =>
          callback(headers["location"])
        )
      expect(yield* refuse("openid")).toMatchObject({
        error: "invalid_scope",
        error_description: "The scope must include offline_access",
        state
      })
      expect(yield* refuse("offline_access admin")).toMatchObject({ error: "invalid_scope", state })
    }).pipe(Effect.provide(sandbox))
  )
})
