/** A browser's cookies (RFC 6265bis, by `tough-cookie`), and one hop at a time, so that a test sees each redirect. */
import { Effect } from "effect"
import { CookieJar } from "tough-cookie"

export interface Visit {
  readonly status: number
  readonly headers: Headers
  readonly body: string
  /** The target of the redirect. */
  readonly location: URL
}

export interface Hop {
  /** The page that the request comes from; `undefined` is the address bar. */
  readonly from?: URL | undefined
  readonly method?: "GET" | "HEAD" | "POST" | undefined
  readonly json?: unknown
  readonly form?: Readonly<Record<string, string>> | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

export class Browser {
  // Browsers trust loopback: Secure cookies work there without TLS.
  readonly jar = new CookieJar(undefined, { prefixSecurity: "strict", allowSecureOnLocal: true })
  private readonly send: (request: Request) => Promise<Response>
  constructor(send: (request: Request) => Promise<Response>) {
    this.send = send
  }

  visit(url: URL | string, { form, from, headers, json, method = "GET" }: Hop = {}): Effect.Effect<Visit> {
    return Effect.promise(async () => {
      const target = new URL(url)
      // JSON is sent by a script; everything else is a navigation.
      const navigation = json === undefined && method !== "POST"
      const sameSite = from === undefined || from.hostname === target.hostname
      const sameSiteContext = sameSite ? "strict" : navigation ? "lax" : "none"
      const body = json === undefined ? form && new URLSearchParams(form) : JSON.stringify(json)
      const cookies = await this.jar.getCookieString(target.href, { sameSiteContext })
      const response = await this.send(
        new Request(target, {
          method,
          redirect: "manual",
          headers: {
            ...(cookies === "" ? {} : { cookie: cookies }),
            ...(method === "POST" && from !== undefined ? { origin: from.origin } : {}),
            ...(json === undefined ? {} : { "content-type": "application/json" }),
            ...headers
          },
          ...(body === undefined ? {} : { body })
        })
      )
      for (const cookie of response.headers.getSetCookie()) {
        await this.jar.setCookie(cookie, target.href, { sameSiteContext })
      }
      return {
        status: response.status,
        headers: response.headers,
        body: await response.text(),
        location: new URL(response.headers.get("location") ?? "about:blank", target)
      }
    })
  }

  /** The cookies that a page at this URL would send. */
  cookies(url: URL | string): Effect.Effect<Readonly<Record<string, string>>> {
    return Effect.promise(() =>
      this.jar
        .getCookies(String(url))
        .then((cookies) => Object.fromEntries(cookies.map(({ key, value }) => [key, value])))
    )
  }
}
