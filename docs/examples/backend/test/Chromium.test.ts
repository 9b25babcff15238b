/** Tests the backend in a real browser, through Baanx's page. */
import { NodeHttpClient } from "@effect-baanx/node"
import { Baanx } from "@effect-baanx/oauth"
import { HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { existsSync, mkdirSync } from "node:fs"
import { createServer } from "node:http"
import { fileURLToPath } from "node:url"
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core"
import * as Backend from "../src/Backend.js"
import { password, startSandbox } from "./Fixtures.js"

const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path)
)
const title = `the backend, in a browser${executablePath === undefined ? " (there is no Chromium in /usr/bin)" : ""}`

const artifacts = fileURLToPath(new URL("../test-artifacts/", import.meta.url))
const full = process.env["FULL"] === "1"
const every = (["light", "dark"] as const).flatMap((colorScheme) =>
  [320, 1280].map((width) => ({ name: `${colorScheme}-${width}`, colorScheme, viewport: { width, height: 800 } }))
)
const looks = full ? every : every.filter(({ name }) => name === "dark-320")

/** The backend and a sandbox behind it, until the scope closes. */
const start = Effect.gen(function* () {
  const server = yield* Layer.build(NodeHttpServer.layer(createServer, { host: "localhost", port: 0 }))
  const { address } = Context.get(server, HttpServer.HttpServer)
  const home = new URL(`http://localhost:${address._tag === "TcpAddress" ? address.port : 0}/`)
  const { redirectUri, settings } = yield* startSandbox(home)
  yield* Layer.build(
    Backend.serve.pipe(
      Layer.provide(Backend.layer({ redirectUri })),
      Layer.provide(Baanx.layer(settings)),
      Layer.provide(NodeHttpClient.layer()),
      Layer.provide(Layer.succeedContext(server))
    )
  )
  return home.href
})

describe.skipIf(executablePath === undefined)(title, () => {
  let browser: Browser
  beforeAll(async () => {
    mkdirSync(artifacts, { recursive: true })
    browser = await chromium.launch({
      ...(executablePath === undefined ? {} : { executablePath }),
      args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    })
  })
  afterAll(() => browser?.close())

  /** Screenshots for visual inspection, in full runs only: one takes as long as the rest of a test. */
  const shoot = async (page: Page, name: string) => {
    if (full) await page.screenshot({ path: `${artifacts}${name}.png` })
  }

  const fits = async (page: Page) => {
    const { content, window } = await page.evaluate(() => ({
      content: document.documentElement.scrollWidth,
      window: document.documentElement.clientWidth
    }))
    assert.strictEqual(content, window)
  }

  const inBrowser = (
    options: BrowserContextOptions,
    use: (home: string, newPage: () => Promise<Page>) => Promise<void>
  ) =>
    Effect.gen(function* () {
      const home = yield* start
      const context = yield* Effect.acquireRelease(
        Effect.promise(() => browser.newContext(options)),
        (context) => Effect.promise(() => context.close())
      )
      context.setDefaultTimeout(60_000)
      const complaints: Array<string> = []
      context.on("weberror", (error) => complaints.push(String(error.error())))
      context.on("console", (message) => {
        if (/content.security|refused to/i.test(message.text())) complaints.push(message.text())
      })
      yield* Effect.promise(() => use(home, () => context.newPage()))
      assert.deepStrictEqual(complaints, [])
    })

  const fillIn = async (page: Page, email = "user@example.com") => {
    await page.getByLabel("Email").fill(email)
    await page.getByLabel("Password").fill(password)
    await page.getByRole("button", { name: "Sign in" }).click()
  }
  const heading = (page: Page, name: string) => page.getByRole("heading", { name }).waitFor()

  for (const { name, ...look } of looks) {
    it.scopedLive(`signs in in two tabs, goes back, reloads and signs out: ${name}`, () =>
      inBrowser(look, async (home, newPage) => {
        const [one, two] = [await newPage(), await newPage()]
        for (const page of [one, two]) {
          await page.goto(home)
          await heading(page, "You are signed out")
          await fits(page)
          await shoot(page, `start-${name}`)
          await page.getByRole("link", { name: "Sign in" }).click()
          await page.getByLabel("Email").waitFor()
        }
        const hosted = two.url()

        // The sign-in that started last finishes first.
        for (const page of [two, one]) {
          await fillIn(page)
          await heading(page, "You are signed in")
          await page.getByText("As user@example.com.").waitFor()
          assert.strictEqual(page.url(), home)
        }
        await fits(one)
        await shoot(one, `signed-in-${name}`)

        const callback = new URL("/callback?code=of-another-tab&state=of-another-tab", home).href
        await two.goto(callback)
        await heading(two, "You are signed in")
        await two.reload()
        await heading(two, "You are signed in")
        await two.goto(hosted)
        await two.goBack()
        await heading(two, "You are signed in")

        await one.getByRole("button", { name: "Sign out" }).click()
        await heading(one, "You are signed out")
        assert.strictEqual(one.url(), home)
        assert.deepStrictEqual(await one.context().cookies(home), [])
        await two.reload()
        await heading(two, "You are signed out")

        await two.goto(callback)
        await heading(two, "This sign-in was not started here")
        await fits(two)
        await shoot(two, `refused-${name}`)
        await two.getByRole("link", { name: "Sign in" }).click()
        await fillIn(two)
        await heading(two, "You are signed in")
      })
    )
  }

  it.scopedLive("signs in after a page has prefetched the sign-in link", () =>
    inBrowser({}, async (home, newPage) => {
      const page = await newPage()
      await page.goto(home)
      const cookies = async () => (await page.context().cookies(home)).map(({ name }) => name)
      const response = await page.request.get(`${home}sign-in`, {
        headers: { "sec-purpose": "prefetch" },
        maxRedirects: 0
      })
      assert.strictEqual(response.status(), 503)
      assert.deepStrictEqual(await cookies(), [])
      await page.getByRole("link", { name: "Sign in" }).click()
      await page.getByRole("button", { name: "Cancel" }).click()
      await heading(page, "You did not sign in")
      await page.getByRole("link", { name: "Sign in" }).click()
      await fillIn(page)
      await heading(page, "You are signed in")
      assert.deepStrictEqual(await cookies(), ["__Host-session"])
    })
  )
})
