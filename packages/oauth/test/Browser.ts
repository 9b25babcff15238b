import { HttpClient, HttpClientRequest, UrlParams } from "@effect/platform"
import { Effect, Redacted } from "effect"
import * as Fixtures from "./Fixtures.js"

/** What the user enters on the hosted pages. */
export interface Visit {
  readonly email?: string
  readonly password?: string
  readonly otp?: string
  readonly cancel?: boolean
  /** Chosen on the consent page. */
  readonly region?: "international" | "us"
}

const hidden = (page: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...page.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value])
  )

/** Starts at the page, submits every form, follows every redirect, and returns the callback. */
export const visit = (
  browserUrl: Redacted.Redacted<URL>,
  redirectUri: string,
  { cancel = false, email = Fixtures.email, otp = "123456", password = Fixtures.sandboxPassword, region }: Visit = {}
): Effect.Effect<URL, never, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    let at = Redacted.value(browserUrl)
    let request = HttpClientRequest.get(at)
    for (let hop = 0; hop < 10; hop++) {
      const response = yield* client.execute(request)
      const location = response.headers["location"]
      if (location !== undefined) {
        at = new URL(location, at)
        if (at.href.startsWith(redirectUri)) return at
        request = HttpClientRequest.get(at)
        continue
      }
      const page = yield* response.text
      const action = /<form method="post" action="([^"]+)"/.exec(page)?.[1]
      if (action === undefined) return yield* Effect.dieMessage(`no form at ${at.pathname}: status ${response.status}`)
      const answer = action.endsWith("/sign-in")
        ? { email, password, action: "continue" }
        : action.endsWith("/code")
          ? { otpCode: otp, action: "verify" }
          : { action: "allow", ...(region !== undefined && { region }) }
      const fields = { ...hidden(page), ...answer, ...(cancel && { action: "cancel" }) }
      at = new URL(action, at)
      request = HttpClientRequest.post(at).pipe(HttpClientRequest.bodyUrlParams(UrlParams.fromInput(fields)))
    }
    return yield* Effect.dieMessage("no callback after 10 pages")
  }).pipe(Effect.orDie)
