/** Runs the code of the guide on other frameworks, unchanged: mounts it, signs in and signs out. */
import { NodeHttpClient } from "@effect-baanx/node"
import { Baanx } from "@effect-baanx/oauth"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Browser } from "../../../../packages/server/test/Browser.js"
import { pagesOf, socketBrowser, startSandbox } from "./Fixtures.js"
import { signInOnPages } from "../../../../packages/server/test/HostedPages.js"

const guide = readFileSync(new URL("../../../guides/other-frameworks.md", import.meta.url), "utf8")
const [mountableCode = "", honoCode = "", nodeCode = ""] = [...guide.matchAll(/^```ts\n(.*?)^```$/gms)].map(
  ([, code = ""]) => code
)

interface Auth {
  readonly runtime: { readonly dispose: () => Promise<void> }
  readonly handler: (request: Request) => Promise<Response>
  readonly user: (request: Request) => Promise<unknown>
}

/** The modules of the guide; Fences.test.ts type-checks them. */
interface Modules {
  readonly mountable: (options: unknown, BaanxLive: unknown) => Auth
  readonly makeApp: (auth: Auth) => { readonly fetch: (request: Request) => Response | Promise<Response> }
  readonly makeServer: (runtime: Auth["runtime"]) => Promise<Server>
}

const modules = Effect.acquireRelease(
  // Inside the workspace, so that the packages are found.
  Effect.sync(() => mkdtempSync(fileURLToPath(new URL("../.frameworks-", import.meta.url)))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
).pipe(
  Effect.flatMap((folder) =>
    Effect.promise(async (): Promise<Modules> => {
      const load = (name: string, code: string) => {
        writeFileSync(join(folder, name), code)
        return import(join(folder, name))
      }
      return {
        ...(await load("mountable.ts", mountableCode)),
        ...(await load("hono.ts", honoCode)),
        ...(await load("node.ts", nodeCode))
      }
    })
  )
)

const start = (home: URL) =>
  Effect.gen(function* () {
    const { mountable, ...others } = yield* modules
    const { redirectUri, settings } = yield* startSandbox(home)
    const BaanxLive = Layer.provide(Baanx.layer(settings), NodeHttpClient.layer())
    const auth = yield* Effect.acquireRelease(
      Effect.sync(() => mountable({ redirectUri }, BaanxLive)),
      ({ runtime }) => Effect.promise(() => runtime.dispose())
    )
    return { ...others, auth }
  })

describe("the code of the guide on other frameworks", () => {
  it.scopedLive("signs a user in and out in Hono", () =>
    Effect.gen(function* () {
      const home = new URL("http://localhost:1/")
      const at = pagesOf(home)
      const { auth, makeApp } = yield* start(home)
      const app = makeApp(auth)
      const browser = new Browser(async (request) =>
        new URL(request.url).origin === home.origin ? app.fetch(request) : fetch(request)
      )
      const refused = yield* browser.visit(at("/me"))
      assert.strictEqual(refused.location.href, at("/sign-in?returnTo=/me").href)
      const { location: page } = yield* browser.visit(refused.location)
      const { callback, last } = yield* signInOnPages(browser, page)
      const { location } = yield* browser.visit(callback, { from: last })
      assert.strictEqual(location.href, at("/me").href)
      assert.include((yield* browser.visit(location)).body, "user@example.com")
      assert.strictEqual((yield* browser.visit(at("/sign-out"), { from: home, method: "POST" })).status, 204)
      assert.strictEqual((yield* browser.visit(at("/me"))).status, 302)
    })
  )

  it.scopedLive("signs a user in and out in a plain Node server", () =>
    Effect.gen(function* () {
      // The redirect URI needs the port before the guide's server exists.
      const front = createServer()
      yield* Effect.acquireRelease(
        Effect.async<void>((resume) => void front.listen(0, "localhost", () => resume(Effect.void))),
        () => Effect.sync(() => front.close())
      )
      const address = front.address()
      const home = new URL(`http://localhost:${typeof address === "object" ? address?.port : 0}/`)
      const at = pagesOf(home)
      const { auth, makeServer } = yield* start(home)
      const server = yield* Effect.promise(() => makeServer(auth.runtime))
      front.on("request", (request, response) => server.emit("request", request, response))

      const browser = socketBrowser()
      assert.strictEqual((yield* browser.visit(at("/health"))).body, "healthy")
      assert.strictEqual((yield* browser.visit(home)).body, "open to everyone")
      const { callback, last } = yield* signInOnPages(browser, (yield* browser.visit(at("/sign-in"))).location)
      assert.strictEqual((yield* browser.visit(callback, { from: last })).status, 302)
      assert.deepStrictEqual(Object.keys(yield* browser.cookies(home)), ["__Host-session"])
      assert.strictEqual((yield* browser.visit(at("/sign-out"), { from: home, method: "POST" })).status, 204)
      assert.deepStrictEqual(Object.keys(yield* browser.cookies(home)), [])
    })
  )
})
