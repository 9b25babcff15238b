import { AuthorizationCode, RedirectUri, State } from "@effect-baanx/oauth"
import { checkRedirectUrl, isLoopback } from "@effect-baanx/oauth/RedirectUri"
import { afterEach, assert, describe, it, vi } from "@effect/vitest"
import { Effect, Either, FastCheck, Redacted, Schema } from "effect"

const isRedirectUri = Schema.is(RedirectUri)

describe("RedirectUri", () => {
  it("accepts https, http on loopback and an app's own scheme", () => {
    for (const uri of [
      "https://yourapp.com/callback",
      "https://yourapp.com",
      "https://yourapp.com:8443/callback?tenant=1",
      "http://localhost:3000/callback",
      "http://127.0.0.1/callback",
      "http://[::1]:8080/callback",
      "com.yourapp:/callback",
      "yourapp://callback"
    ]) {
      assert.isTrue(isRedirectUri(uri), uri)
    }
  })

  it("rejects an ambiguous or insecure URI, and one that already has a code, state or error", () => {
    for (const uri of [
      "",
      "/callback",
      "yourapp.com/callback",
      "http://yourapp.com/callback",
      "http://localhost.evil.example/callback",
      "http://127.0.0.1.evil.example/callback",
      "http://0.0.0.0/callback",
      "https://user@yourapp.com/callback",
      "https://user:password@yourapp.com/callback",
      "https://@yourapp.com/callback",
      "https://:@yourapp.com/callback",
      "https://:password@yourapp.com/callback",
      "https://yourapp.com@yourapp.com/callback",
      "https://yourapp.com:@yourapp.com/callback",
      "https://yourapp.com:password@yourapp.com/callback",
      "yourapp://user@callback/",
      "https:yourapp.com/callback",
      "https:/yourapp.com/callback",
      "https:/yourapp.com/",
      "https://yourapp.com%C2%AD/callback",
      "https:///yourapp.com/callback",
      "https://0x7f.1/callback",
      "http://0x7f.1/callback",
      "https://yourapp.com/callback#",
      "https://yourapp.com/callback#fragment",
      "https://yourapp.com/callback?code=1",
      "https://yourapp.com/callback?state=1",
      "https://yourapp.com/callback?error=1",
      "https://yourapp.com\\callback",
      " https://yourapp.com/callback",
      "https://yourapp.com/call\nback",
      "https://yourapp.com/call\tback",
      "https://yоurapp.com/callback",
      "javascript:alert(1)",
      "data:text/html,x",
      "file:///etc/passwd",
      "vbscript:x",
      "about:blank",
      "blob:https://yourapp.com/x"
    ]) {
      assert.isFalse(isRedirectUri(uri), uri)
    }
  })

  it("fails with a message that says what is expected and does not quote the URI", () => {
    const result = Schema.decodeUnknownEither(RedirectUri)("https://user:hunter2@yourapp.com/")
    assert.isTrue(Either.isLeft(result))
    if (Either.isLeft(result)) {
      assert.notInclude(result.left.message, "hunter2")
      assert.include(result.left.message, "expected an absolute redirect URI")
    }
  })
})

describe("isLoopback", () => {
  it("is true for localhost, ::1 and 127.0.0.0/8, and false for anything else", () => {
    for (const host of ["localhost", "[::1]", "127.0.0.1", "127.10.20.30", "127.255.255.254"]) {
      assert.isTrue(isLoopback(host), host)
    }
    for (const host of [
      "",
      "[::]",
      "0.0.0.0",
      "128.0.0.1",
      "127.0.0",
      "1127.0.0.1",
      "a127.0.0.1",
      "127.0.0.1.example"
    ]) {
      assert.isFalse(isLoopback(host), host)
    }
  })
})

const code = Schema.decodeSync(AuthorizationCode)
const state = Schema.decodeSync(State)

const check = (redirectUri: string, url: string, expected: { readonly code: string; readonly state: string }) =>
  Effect.runSync(
    Effect.either(
      checkRedirectUrl(
        "authorize",
        { redirectUri: RedirectUri.make(redirectUri), code: code(expected.code), state: state(expected.state) },
        Redacted.make(url)
      )
    )
  )

const secret = FastCheck.string({ unit: "binary", minLength: 1, maxLength: 30 })
const name = FastCheck.stringMatching(/^[a-z]{1,8}$/).filter(
  (text) => !["code", "state", "error", "iss"].includes(text)
)
const own = FastCheck.array(FastCheck.tuple(name, FastCheck.stringMatching(/^[a-z0-9]{0,5}$/)), { maxLength: 3 })
const place = FastCheck.constantFrom(
  "https://yourapp.com/callback",
  "https://yourapp.com:8443/",
  "http://localhost:3000/cb",
  "yourapp://callback"
)

const withQuery = (place: string, pairs: ReadonlyArray<readonly [string, string]>): string =>
  pairs.length === 0 ? place : `${place}?${new URLSearchParams(pairs.map(([name, value]) => [name, value]))}`

const shuffled = <A>(items: ReadonlyArray<A>) =>
  FastCheck.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length })

describe("checkRedirectUrl", () => {
  const wellFormed = FastCheck.record({
    place,
    own,
    code: secret,
    state: secret,
    extra: FastCheck.subarray(["iss", "app_id"])
  })

  it.prop(
    "accepts the registered redirect URI with code and state in any order, with or without iss and app_id",
    [
      wellFormed.chain((parts) =>
        shuffled([
          ...parts.own,
          ["code", parts.code],
          ["state", parts.state],
          ...parts.extra.map((name) => [name, "x"] as const)
        ] as const).map((pairs) => ({ ...parts, pairs }))
      )
    ],
    ([{ code, own, pairs, place, state }]) => {
      assert.deepStrictEqual(check(withQuery(place, own), withQuery(place, pairs), { code, state }), Either.void)
    }
  )

  it.prop(
    "rejects a url in which anything is added, missing or changed",
    [wellFormed, name, secret],
    ([parts, other, text]) => {
      const { code, own, place, state } = parts
      const pairs = [...own, ["code", code], ["state", state]] as const
      const registered = withQuery(place, own)
      const refused = (url: string, ...reasons: ReadonlyArray<string>) => {
        const result = check(registered, url, { code, state })
        assert.isTrue(Either.isLeft(result), url)
        if (Either.isLeft(result)) {
          assert.include(reasons, result.left.reason)
          assert.strictEqual(result.left.message.includes("?"), false)
        }
      }
      refused(withQuery(place, [...pairs, ["code", code]]), "Code")
      refused(withQuery(place, [...pairs, ["state", state]]), "State")
      refused(withQuery(place, [...own, ["code", code]]), "State")
      refused(withQuery(place, [...own, ["state", state]]), "Code")
      if (text !== code) refused(withQuery(place, [...own, ["code", text], ["state", state]]), "Code")
      if (text !== state) refused(withQuery(place, [...own, ["code", code], ["state", text]]), "State")
      refused(withQuery(place, [...pairs, [other, text]]), "UnknownParameter")
      refused(withQuery(place, [...pairs, ["iss", "x"], ["iss", "x"]]), "UnknownParameter")
      refused(`${withQuery(place, pairs)}#`, "Fragment")
      refused(`${withQuery(place, pairs)}#x`, "Fragment")
      if (own.length > 0) refused(withQuery(place, pairs.slice(1)), "MissingParameter")
      refused(withQuery(`${place}/more`, pairs), "Location")
      refused(withQuery("https://evil.example/callback", pairs), "Location")
      refused(withQuery("https://yourapp.com.evil.example/callback", pairs), "Location")
      refused(withQuery("https://yourapp.com@evil.example/callback", pairs), "Location")
      refused(withQuery("https://evil.example\\@yourapp.com/callback", pairs), "NotAUrl")
    }
  )

  it.prop(
    "rejects any other text with a typed error",
    [FastCheck.oneof(FastCheck.webUrl(), FastCheck.string({ unit: "binary" }))],
    ([url]) => {
      assert.isTrue(Either.isLeft(check("https://yourapp.com/callback", url, { code: "c0de", state: "5tate" })))
    }
  )

  const pair = { code: "c0de", state: "5tate" }
  const reason = (redirectUri: string, url: string, expected = pair) =>
    Either.match(check(redirectUri, url, expected), { onLeft: ({ reason }) => reason, onRight: () => "taken" })

  it("accepts the registered spelling of scheme, host and port, and that of the URL standard", () => {
    for (const registered of ["https://YourApp.com/callback", "https://yourapp.com:443/callback"]) {
      for (const place of [registered, "https://yourapp.com/callback"]) {
        assert.strictEqual(reason(registered, `${place}?code=c0de&state=5tate&iss=x`), "taken", place)
      }
      assert.strictEqual(reason(registered, "https://YOURAPP.com/callback?code=c0de&state=5tate"), "Location")
    }
  })

  it("requires each parameter of the registered URI with its own value", () => {
    const registered = "https://yourapp.com/callback?tenant=1&mode=2"
    assert.strictEqual(reason(registered, `${registered}&code=c0de&state=5tate`), "taken")
    for (const own of ["tenant=2&mode=2", "tenant=1&mode=1", "tenant=1&node=2", "tenant=2&mode=1"]) {
      const url = `https://yourapp.com/callback?${own}&code=c0de&state=5tate`
      assert.strictEqual(reason(registered, url), "UnknownParameter", own)
    }
    assert.strictEqual(reason(registered, `${registered}&tenant=1&code=c0de&state=5tate`), "UnknownParameter")
    assert.strictEqual(reason(registered, `${registered}?state=5tate&code=c0de`), "UnknownParameter")
  })

  it("compares the decoded values of parameters, not their spelling", () => {
    const place = "https://yourapp.com/callback"
    for (const secret of ["%41b", "b%41", "%41", "+"]) {
      assert.strictEqual(reason(place, `${place}?code=${secret}&state=5tate`, { ...pair, code: secret }), "Code")
      assert.strictEqual(reason(place, `${place}?state=${secret}&code=c0de`, { ...pair, state: secret }), "State")
    }
    assert.strictEqual(reason(place, `${place}?code=%63%30de&state=5tate`), "taken")
  })

  describe("a redirect URL in the documented form", () => {
    afterEach(() => {
      vi.unstubAllGlobals()
    })

    it("is accepted without being parsed", () => {
      const place = "https://yourapp.com/callback"
      const registered = RedirectUri.make(place)
      const expected = { redirectUri: registered, code: code("c0de-._~"), state: state("5") }
      let parsed = 0
      class CountingUrl extends URL {
        constructor(url: string | URL) {
          super(url)
          parsed++
        }
      }
      vi.stubGlobal("URL", CountingUrl)
      const parsedFor = (url: string): number => {
        parsed = 0
        Effect.runSync(checkRedirectUrl("authorize", expected, Redacted.make(url)))
        return parsed
      }
      assert.strictEqual(parsedFor(`${place}?state=5&code=c0de-._~`), 0)
      assert.strictEqual(parsedFor(`${place}?code=c0de-._~&state=5`), 0)
      assert.isAbove(parsedFor(`${place}?code=c0de-._~&state=5&iss=x`), 0)
    })
  })
})
