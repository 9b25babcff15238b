import { Sandbox } from "@effect-baanx/sandbox"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import { Effect, ManagedRuntime } from "effect"
import { existsSync, mkdirSync } from "node:fs"
import { createServer, type Server } from "node:http"
import { fileURLToPath } from "node:url"
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core"
import { challenge, state, verifier } from "./Steps.js"

const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path)
)
const artifacts = fileURLToPath(new URL("../test-artifacts/", import.meta.url))

const themes = ["light", "dark"] as const
const widths = { wide: { width: 1280, height: 800 }, narrow: { width: 320, height: 700 } }
const every = themes.flatMap((colorScheme) =>
  Object.entries(widths).map(([width, viewport]) => ({ name: `${colorScheme}-${width}`, colorScheme, viewport }))
)
const full = process.env["FULL"] === "1"
const looks = full ? every : every.slice(-1)

/** An application that exchanges the code of its callback each time the callback is opened. */
const makeApplication = (exchange: (code: string) => Promise<number>) => {
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "/", "http://localhost")
    const answer = (text: string) => response.setHeader("content-type", "text/html").end(`<h1>${text}</h1>`)
    const code = searchParams.get("code")
    if (code === null) answer(searchParams.get("error") ?? "nothing")
    else void exchange(code).then((status) => answer(`The exchange returned ${status}`))
  })
  return new Promise<{ server: Server; callback: string }>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      if (typeof address === "object" && address !== null) {
        resolve({ server, callback: `http://127.0.0.1:${address.port}/callback` })
      }
    })
  })
}

const title = `the pages, in a browser${executablePath === undefined ? " (there is no Chromium in /usr/bin)" : ""}`

describe.skipIf(executablePath === undefined)(title, () => {
  let browser: Browser
  let application: Awaited<ReturnType<typeof makeApplication>>
  let sandbox: ManagedRuntime.ManagedRuntime<Sandbox, unknown>
  let baseUrl = ""
  const redirects = { callback: "" }

  const exchange = async (code: string) => {
    const response = await fetch(`${baseUrl}/v1/auth/oauth2/token`, {
      method: "POST",
      headers: { "x-client-key": "browser-client", "content-type": "application/json" },
      body: JSON.stringify({ grant_type: "authorization_code", code, code_verifier: verifier })
    })
    return response.status
  }

  beforeAll(async () => {
    mkdirSync(artifacts, { recursive: true })
    application = await makeApplication(exchange)
    redirects.callback = application.callback
    sandbox = ManagedRuntime.make(
      Sandbox.layer({
        clients: [{ clientKey: "browser-client", secretKey: "s", redirectUris: [application.callback], appId: "Demo" }]
      })
    )
    baseUrl = await sandbox.runPromise(Effect.map(Sandbox, ({ baseUrl }) => baseUrl))
    browser = await chromium.launch({
      ...(executablePath === undefined ? {} : { executablePath }),
      args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    })
  })

  afterAll(async () => {
    await browser?.close()
    application?.server.close()
    await sandbox?.dispose()
  })

  /** Takes a screenshot to look at. Only with `FULL=1`, since it takes as long as the rest of a test. */
  const shoot = async (page: Page, name: string) => {
    if (full) await page.screenshot({ path: `${artifacts}${name}.png` })
  }

  const inBrowser = async (options: BrowserContextOptions, use: (page: Page) => Promise<void>) => {
    const context = await browser.newContext(options)
    context.setDefaultTimeout(60_000)
    const page = await context.newPage()
    const complaints: Array<string> = []
    page.on("pageerror", (error) => complaints.push(String(error)))
    page.on("console", (message) => {
      if (/content.security|refused to/i.test(message.text())) complaints.push(message.text())
    })
    await use(page)
    await context.close()
    expect(complaints).toEqual([])
  }

  const start = () =>
    `${baseUrl}/v1/auth/oauth2/authorize?${new URLSearchParams({
      response_type: "code",
      client_id: "browser-client",
      redirect_uri: redirects.callback,
      scope: "openid profile email offline_access",
      code_challenge: challenge,
      code_challenge_method: "S256",
      state
    }).toString()}`

  const signIn = async (page: Page, email: string) => {
    await page.goto(start())
    await page.getByLabel("Email").fill(email)
    await page.getByLabel("Password").fill("sandbox-password")
    await page.getByRole("button", { name: "Sign in" }).click()
  }

  // The browser applies autofocus when it first draws the page, which may be after its text can be found.
  const focused = (page: Page, label: string) => page.locator(":focus").and(page.getByLabel(label)).waitFor()

  const fits = async (page: Page) => {
    const { content, window } = await page.evaluate(() => ({
      content: document.documentElement.scrollWidth,
      window: document.documentElement.clientWidth
    }))
    expect(content).toBe(window)
  }

  const everyTabShows = async (page: Page) => {
    const hidden = await page.evaluate(() =>
      Array.from(document.querySelectorAll("nav a"))
        .map((link) => link.getBoundingClientRect())
        .filter(({ left, right }) => left < 0 || right > document.documentElement.clientWidth)
    )
    expect(hidden).toEqual([])
  }

  for (const { name, ...look } of looks) {
    it(`let a user sign in, after a wrong code, and show a replay of the callback: ${name}`, async () => {
      await inBrowser(look, async (inspector) => {
        await inspector.goto(`${baseUrl}/_sandbox`)
        await inspector.getByText("Live", { exact: true }).waitFor()
        // The hosted pages have to work without scripts.
        await inBrowser({ ...look, javaScriptEnabled: false }, async (page) => {
          await page.goto(start())
          await focused(page, "Email")
          await shoot(page, `hosted-sign-in-${name}`)
          await signIn(page, "otp@example.com")
          await page.getByLabel("One-time code").fill("000000")
          await page.getByRole("button", { name: "Continue" }).click()
          expect(await page.getByRole("alert").textContent()).toBe("Invalid OTP code")
          expect(await page.title()).toMatch(/^Error: /)
          await shoot(page, `hosted-wrong-code-${name}`)
          await page.getByLabel("One-time code").fill("123456")
          await page.getByRole("button", { name: "Continue" }).click()
          await page.getByRole("heading", { name: "Allow Demo to use your account?" }).waitFor()
          await shoot(page, `hosted-consent-${name}`)
          await page.getByRole("button", { name: "Allow" }).click()
          await page.getByText("The exchange returned 200").waitFor()
          const callback = new URL(page.url())
          expect([...callback.searchParams.keys()]).toEqual(["state", "code", "iss", "app_id"])
          expect(callback.searchParams.get("state")).toBe(state)

          await page.reload()
          await page.getByText("The exchange returned 400").waitFor()
        })

        const requests = inspector.locator("details.request:visible")
        const row = (step: string, status: string) =>
          requests.filter({ hasText: step }).filter({ hasText: status }).first()
        await row("codePage", "400").waitFor()
        await row("hostedToken", "200").waitFor()
        // The reason is visible in the row without opening it.
        await row("hostedToken", "400").getByText("The code was used before; its tokens were revoked").waitFor()
        await row("hostedToken", "400").locator("summary").click()
        await shoot(inspector, `inspector-requests-${name}`)
        for (const panel of ["Sign-ins", "Tokens", "Users", "Faults", "Setup"]) {
          await inspector.getByRole("link", { name: panel }).click()
          await inspector.getByRole("heading", { name: panel, exact: true }).waitFor()
          await fits(inspector)
          await everyTabShows(inspector)
          await shoot(inspector, `inspector-${panel.toLowerCase()}-${name}`)
        }
        await inspector.getByRole("link", { name: "Sign-ins" }).click()
        const card = inspector.locator("article.card").first()
        await card.locator("[aria-current=step]").getByText("Exchanged", { exact: true }).waitFor()
        await inspector.getByRole("link", { name: "Tokens" }).click()
        const revoked = inspector.locator("article.row").filter({ hasText: "Access token" }).first()
        await revoked.getByText("revoked").waitFor()
      })
    })
  }

  it("let a user of the seed be picked without a script", async () => {
    await inBrowser({ viewport: widths.narrow, javaScriptEnabled: false }, async (page) => {
      await page.goto(start())
      await page
        .getByRole("group", { name: "Or pick a user" })
        .getByRole("button", { name: "user@example.com" })
        .click()
      await page.getByRole("heading", { name: "Allow Demo to use your account?" }).waitFor()
      await page.getByRole("button", { name: "Allow" }).click()
      await page.getByText("The exchange returned 200").waitFor()
    })
  })

  it("copy a user's credentials to the clipboard", async () => {
    const origin = new URL(baseUrl).origin
    await inBrowser({ viewport: widths.narrow }, async (page) => {
      await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin })
      await page.goto(`${baseUrl}/_sandbox#users`)
      for (const [name, text] of [
        ["password", "sandbox-password"],
        ["code", "123456"]
      ] as const) {
        await page.getByText(text, { exact: true }).first().waitFor()
        await page.getByRole("button", { name: `Copy the ${name} of otp@example.com` }).click()
        await page.locator("#said").getByText(`The ${name} of otp@example.com was copied.`).waitFor()
        expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(text)
      }
    })
  })

  it("can be cancelled, which the inspector shows", async () => {
    await inBrowser({ viewport: widths.wide }, async (page) => {
      await page.goto(start())
      await page.getByRole("button", { name: "Cancel" }).click()
      await page.getByText("access_denied").waitFor()
      expect(new URL(page.url()).searchParams.get("state")).toBe(state)
      await page.goto(`${baseUrl}/_sandbox`)
      await page.locator("article.card").first().getByText("cancelled").waitFor()
    })
  })

  it("can be used with only the keyboard", async () => {
    await inBrowser({}, async (page) => {
      await page.goto(start())
      await focused(page, "Email")
      const type = async (text: string) => page.keyboard.type(text)
      await type("user@example.com")
      await page.keyboard.press("Tab")
      await type("wrong")
      await page.keyboard.press("Enter")
      await page.getByRole("alert").getByText("Incorrect email or password").waitFor()
      // The email is kept and the password is focused.
      await focused(page, "Password")
      await type("sandbox-password")
      await page.keyboard.press("Enter")
      await page.getByRole("heading", { name: "Allow Demo to use your account?" }).waitFor()
      await page.keyboard.press("Tab")
      await page.keyboard.press("Enter")
      await page.getByText("The exchange returned 200").waitFor()
    })
  })

  it("move the clock, lock a user, arm a fault, expire tokens and reset, in the inspector", async () => {
    await inBrowser({ viewport: widths.wide }, async (page) => {
      await page.goto(`${baseUrl}/_sandbox`)
      const said = page.locator("#said")
      const panel = async (name: string) => page.getByRole("link", { name }).click()

      await panel("Users")
      const user = page.locator("article.row").filter({ hasText: "user@example.com" })
      await user.getByRole("button", { name: "Lock" }).click()
      await user.getByRole("button", { name: "Unlock" }).waitFor()
      // The list was replaced, and the focus is where it was.
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Unlock")
      await inBrowser({}, async (other) => {
        await signIn(other, "user@example.com")
        await other.getByRole("alert").getByText("This account is locked").waitFor()
      })
      await user.getByRole("button", { name: "Unlock" }).click()
      await said.getByText("The user is unlocked.").waitFor()

      await panel("Faults")
      await page.getByLabel("Step").selectOption("signInPage")
      await page.getByRole("button", { name: "Arm" }).click()
      await page.locator("article.row:visible").getByText("signInPage").waitFor()
      await inBrowser({}, async (other) => {
        expect((await other.goto(start()))?.status()).toBe(503)
        // In any row: a browser may request more than the page.
        await page.locator("details.request").getByText("fault: status").first().waitFor({ state: "attached" })
        expect((await other.goto(start()))?.status()).toBe(200)
      })

      await panel("Sign-ins")
      const card = page.locator("article.card").first()
      await card.getByRole("button", { name: "Expire" }).click()
      await card.getByText("expired").waitFor()

      await page.getByRole("button", { name: "+6 h" }).click()
      await said.getByText("6 h").waitFor()
      await page.getByRole("button", { name: "Reset" }).click()
      await page.getByText("No requests yet.").waitFor()
      await page.getByText("No sign-ins yet.").waitFor()
    })
  })
})
