/** Prefetches, requests from other sites, bodies that are too large or malformed, and paths to return to. */
import { defaultPaths, localPath } from "@effect-baanx/server"
import { RedirectUri } from "@effect-baanx/oauth"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck } from "effect"
import { at, home, password, redirectUri, start, withSandbox, withSandboxFor } from "./Backend.js"
import type { Hop } from "./Browser.js"
import { signInOnPages } from "./HostedPages.js"

const user = { email: "user@example.com", password }

describe("a request that the user did not make", () => {
  const ahead: ReadonlyArray<readonly [title: string, hop: Hop]> = [
    ["a prefetch", { headers: { "sec-purpose": "prefetch" } }],
    ["a prerender", { headers: { "sec-purpose": "prefetch;prerender" } }],
    ["a prefetch through a proxy", { headers: { "sec-purpose": "prefetch;anonymous-client-ip" } }],
    ["a prefetch by an older browser", { headers: { purpose: "prefetch" } }],
    ["a prefetch by Firefox", { headers: { "x-moz": "prefetch" } }],
    ["a preview by Safari", { headers: { "x-purpose": "preview" } }],
    ["a prefetch by a Next.js link", { headers: { "next-router-prefetch": "1" } }],
    ["a HEAD", { method: "HEAD" }]
  ]
  for (const [title, hop] of ahead) {
    it.scoped(`uses up no sign-in and sets no cookie: ${title}`, () =>
      Effect.gen(function* () {
        const { storeCalls, browser: open, steps } = yield* start()
        const browser = open()
        const before = yield* browser.visit(at("/sign-in"), hop)
        assert.deepStrictEqual(before.headers.getSetCookie(), [])
        assert.deepStrictEqual(yield* steps, [])

        const { location: page } = yield* browser.visit(at("/sign-in"))
        const { callback, last } = yield* signInOnPages(browser, page)
        const looked = yield* browser.visit(callback, { ...hop, from: last })
        assert.deepStrictEqual(looked.headers.getSetCookie(), [])
        assert.strictEqual(looked.headers.get("location"), null)
        assert.deepStrictEqual(storeCalls, [])
        assert.strictEqual((yield* browser.visit(callback, { from: last })).status, 302)
      }).pipe(withSandbox)
    )
  }

  it.scoped("uses up no sign-in: a link scanner that opens the callback", () =>
    Effect.gen(function* () {
      const { storeCalls, browser: open, handler } = yield* start()
      const browser = open()
      const { location: page } = yield* browser.visit(at("/sign-in"))
      const { callback, last } = yield* signInOnPages(browser, page)
      const scanned = yield* Effect.promise(() => handler(new Request(callback)))
      assert.strictEqual(scanned.status, 400)
      assert.deepStrictEqual(scanned.headers.getSetCookie(), [])
      assert.deepStrictEqual(storeCalls, [])
      assert.strictEqual((yield* browser.visit(callback, { from: last })).status, 302)
    }).pipe(withSandbox)
  )
})

const foreign: ReadonlyArray<string | undefined> = [
  undefined,
  "null",
  "",
  "https://evil.example",
  "https://app.example.com:444",
  "http://app.example.com",
  "https://app.example.com.evil.example",
  "https://evil.example/app.example.com",
  "app.example.com",
  "com.example.app://x",
  "about:blank"
]

describe("a POST from another origin", () => {
  const kinds = [
    ["with an https redirect URI", redirectUri],
    ["of an app, whose redirect URI has a custom scheme", RedirectUri.make("com.example.app:/callback")],
    [
      "of an app, whose redirect URI has a custom scheme and a host",
      RedirectUri.make("com.example.app://app.example.com/callback")
    ]
  ] as const
  for (const [title, redirectUri] of kinds) {
    it.scoped(`gets 403 and changes nothing in a backend ${title}`, () =>
      Effect.gen(function* () {
        const { browser: open, handler } = yield* start({ redirectUri })
        const browser = open()
        const host = { host: home.host }
        const signIn = yield* browser.visit(at("/sign-in"), { from: home, method: "POST", json: user, headers: host })
        assert.strictEqual(signIn.status, 204)
        const cookie = yield* Effect.promise(() => browser.jar.getCookieString(home.href))
        for (const path of ["/sign-in", "/sign-out", "/rename"]) {
          for (const origin of foreign) {
            const headers = { ...host, cookie, ...(origin !== undefined && { origin }) }
            const request = new Request(at(path), { method: "POST", headers, body: JSON.stringify(user) })
            const response = yield* Effect.promise(() => handler(request))
            assert.strictEqual(response.status, 403, `${path} from ${origin}`)
            assert.deepStrictEqual(response.headers.getSetCookie(), [])
          }
        }
        assert.strictEqual((yield* browser.visit(at("/me"), { from: home })).status, 200)
        const own = { from: home, method: "POST", headers: host } as const
        assert.strictEqual((yield* browser.visit(at("/rename"), own)).status, 204)
        assert.strictEqual((yield* browser.visit(at("/sign-out"), own)).status, 204)
        assert.strictEqual((yield* browser.visit(at("/me"), { from: home })).status, 401)
      }).pipe(withSandboxFor(redirectUri))
    )
  }
})

describe("a body", () => {
  const post = (path: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
    new Request(at(path), {
      method: "POST",
      headers: { origin: home.origin, "content-type": "application/json", ...headers },
      body
    })

  it.scoped("over 64 KiB is refused with 413, with a content-length or without", () =>
    Effect.gen(function* () {
      const { handler, steps } = yield* start()
      const filled = (length: number) => {
        const [before, after] = [JSON.stringify({ ...user, x: "" }).slice(0, -2), `"}`]
        return `${before}${"a".repeat(length - before.length - after.length)}${after}`
      }
      for (const path of ["/sign-in", "/sign-out"]) {
        for (const headers of [{}, { "content-length": String(64 * 1024 + 1) }]) {
          const response = yield* Effect.promise(() => handler(post(path, filled(64 * 1024 + 1), headers)))
          assert.strictEqual(response.status, 413)
        }
      }
      // With a content-length, the response does not wait for the body.
      const endless = new ReadableStream<Uint8Array>()
      const announced = { method: "POST", body: endless, duplex: "half" }
      const headers = { origin: home.origin, "content-length": String(64 * 1024 + 1) }
      const early = yield* Effect.promise(() => handler(new Request(at("/sign-out"), { ...announced, headers })))
      assert.strictEqual(early.status, 413)
      assert.deepStrictEqual(yield* steps, [])
      const allowed = yield* Effect.promise(() => handler(post("/sign-in", filled(64 * 1024))))
      assert.strictEqual(allowed.status, 204)
    }).pipe(withSandbox)
  )

  it.scoped("that is malformed is refused with 400, and not quoted in the response", () =>
    Effect.gen(function* () {
      const { handler, steps } = yield* start()
      const secret = FastCheck.string({ minLength: 12, maxLength: 40 }).map((text) => `hunter2-${text}`)
      const body = FastCheck.oneof(
        secret,
        secret.map((otp) => JSON.stringify({ ...user, otp })),
        secret.map((password) => JSON.stringify({ password })),
        secret.map((password) => JSON.stringify({ email: 7, password })),
        secret.map((password) => JSON.stringify({ email: "", password })),
        secret.map((key) => JSON.stringify({ [key]: key })),
        secret.map((password) => JSON.stringify([{ ...user, password }])),
        secret.map((password) => JSON.stringify({ ...user, password }).slice(0, -1)),
        secret.map((password) => JSON.stringify({ ...user, password: [password] }))
      )
      for (const sent of FastCheck.sample(body, 60)) {
        const response = yield* Effect.promise(() => handler(post("/sign-in", sent)))
        assert.strictEqual(response.status, 400)
        const text = yield* Effect.promise(() => response.text())
        assert.include(text, `"_tag":"HttpApiDecodeError"`)
        assert.notInclude(text, "hunter2")
      }
      assert.deepStrictEqual(yield* steps, [])
    }).pipe(withSandbox)
  )
})

describe("every response", () => {
  it.scoped("has cache-control: no-store and referrer-policy: no-referrer", () =>
    Effect.gen(function* () {
      const { browser: open } = yield* start()
      const browser = open()
      const responses = [
        yield* browser.visit(at("/sign-in")),
        yield* browser.visit(at("/sign-in"), { method: "HEAD" }),
        yield* browser.visit(at("/sign-in"), { headers: { purpose: "prefetch" } }),
        yield* browser.visit(at("/callback")),
        yield* browser.visit(at("/callback"), { headers: { accept: "text/html" } }),
        yield* browser.visit(at("/sign-out"), { method: "POST" }),
        yield* browser.visit(at("/sign-out"), { from: home, method: "POST" }),
        yield* browser.visit(at("/sign-in"), { from: home, method: "POST", json: {} }),
        yield* browser.visit(at("/sign-in"), { from: home, method: "POST", json: { ...user, password: "wrong" } }),
        yield* browser.visit(at("/sign-in"), { from: home, method: "POST", json: user })
      ]
      assert.deepStrictEqual(
        responses.map(({ status }) => status),
        [302, 200, 503, 400, 400, 403, 204, 400, 401, 204]
      )
      for (const { headers } of responses) {
        assert.strictEqual(headers.get("cache-control"), "no-store")
        assert.strictEqual(headers.get("referrer-policy"), "no-referrer")
      }
    }).pipe(withSandbox)
  )
})

describe("a path to return to", () => {
  const lead = FastCheck.constantFrom("/", "//", "/\\", "/%5c", "/%5C", "/%255c", "/%2f", "/%252f", "/\t/", "/%09/", "")
  const host = FastCheck.constantFrom(
    "evil.example",
    "evil.example/",
    "@evil.example",
    "evil.example:80/x",
    "..//evil.example"
  )
  const segment = FastCheck.constantFrom(
    "",
    "a/",
    "./",
    "../",
    "%2e%2e/",
    "/",
    "\\",
    "?",
    "#",
    " ",
    "\u00a0",
    "\u2028",
    "é/",
    "\u0000"
  )
  const scheme = FastCheck.constantFrom(
    "",
    "https:",
    "javascript:",
    "data:text/html,",
    "JaVaScRiPt\t:",
    "https:/",
    "blob:",
    "http:\\\\"
  )

  it.prop(
    "leads to this origin, however a URL parser reads it",
    [FastCheck.tuple(scheme, lead, FastCheck.array(segment, { maxLength: 3 }), host)],
    ([[scheme, lead, segments, host]]) => {
      const path = localPath(scheme + lead + segments.join("") + host)
      if (path === undefined) return
      assert.isTrue(path.startsWith("/"))
      for (let text = path, times = 0; times < 4; times++) {
        for (const reading of [text, text.replaceAll("\\", "/"), text.trim(), text.replaceAll(/\s/g, "")]) {
          assert.strictEqual(new URL(reading, home).origin, home.origin, path)
        }
        text = decodeURIComponent(text)
      }
    }
  )

  it("is unchanged if it is a plain path", () => {
    const paths = FastCheck.webPath({ size: "medium" }).filter((path) => path.startsWith("/") && !path.startsWith("//"))
    const kept = FastCheck.sample(paths, 200).filter(
      (path) => path.length <= 512 && !/%(?:[01]|5c|7f|2f|25|c2%[89])|\/\//i.test(path)
    )
    assert.isAbove(kept.length, 20)
    for (const path of [...kept, "/", "/a?b=c#d", "/my%20cards", "/caf%C3%A9?next=//x", "/100%"]) {
      assert.strictEqual(localPath(path), path)
    }
  })

  it("is undefined if it is too long or not a path", () => {
    for (const text of ["", "a", "?a", "#a", `/${"a".repeat(512)}`, "/é", "/a b", "/a\nb", "/\u0000"]) {
      assert.isUndefined(localPath(text), text)
    }
    assert.strictEqual(localPath(defaultPaths.signIn), "/sign-in")
  })
})
