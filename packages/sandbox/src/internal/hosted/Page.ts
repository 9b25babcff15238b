/** The frame of every hosted page: one card, no script, no external resources. */
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { createHash } from "node:crypto"
import { Html, html, type HtmlValue } from "./Html.js"

const style = `
:root{color-scheme:light dark;--page:#f4f5f2;--card:#fff;--ink:#1a211c;--soft:#5a655e;--line:#d5dad6;--field:#fff;--accent:#12623f;--on-accent:#fff;--accent-hover:#0d4d31;--bad:#a4231b;--bad-page:#fdefed;--tag:#e4ece6}
@media (prefers-color-scheme:dark){:root{--page:#111512;--card:#1a201c;--ink:#e9eeea;--soft:#a2ada6;--line:#343d37;--field:#131815;--accent:#5cc48f;--on-accent:#08170f;--accent-hover:#7ad6a6;--bad:#ff9d94;--bad-page:#33191a;--tag:#243029}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;align-items:center;padding:clamp(1rem,8vh,6rem) 1rem 2rem;background:var(--page);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
header{display:flex;align-items:center;gap:.6rem;margin-bottom:1.25rem;font-weight:650;letter-spacing:-.01em}
header svg{width:1.75rem;height:1.75rem;fill:var(--accent)}
header span{padding:.1rem .55rem;border-radius:99px;background:var(--tag);color:var(--soft);font-size:.75rem;font-weight:600}
main{width:100%;max-width:25rem;padding:clamp(1.25rem,6vw,2rem);background:var(--card);border:1px solid var(--line);border-radius:1rem}
h1{margin:0 0 .35rem;font-size:1.4rem;line-height:1.25;letter-spacing:-.02em;text-wrap:balance}
p{margin:0 0 1.25rem;color:var(--soft)}
main>:last-child{margin-bottom:0}
p strong{color:var(--ink);font-weight:600;overflow-wrap:anywhere}
label{display:block;margin:0 0 .35rem;font-size:.9rem;font-weight:600}
input,select{width:100%;margin:0 0 1.1rem;padding:.7rem .8rem;border:1px solid var(--line);border-radius:.6rem;background:var(--field);color:inherit;font:inherit}
input[aria-invalid=true]{border-color:var(--bad)}
input.code{font:1.35rem/1.3 ui-monospace,SFMono-Regular,Menlo,monospace;letter-spacing:.35em}
button{width:100%;padding:.75rem 1rem;border:1px solid transparent;border-radius:.6rem;background:var(--accent);color:var(--on-accent);font:inherit;font-weight:600;cursor:pointer}
button:hover{background:var(--accent-hover)}
button.quiet{background:none;border-color:var(--line);color:inherit;font-weight:500}
button.quiet:hover{border-color:var(--soft)}
button+button{margin-top:.6rem}
button+label{margin-top:1.4rem}
.users{margin-top:1.4rem;padding-top:1.2rem;border-top:1px solid var(--line)}
.users p{margin-bottom:.6rem;font-size:.9rem}
.users button{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 .8rem;padding:.5rem .8rem;border-color:var(--line);background:none;color:inherit;font-size:.9rem;font-weight:500;text-align:left;overflow-wrap:anywhere}
.users button:hover{border-color:var(--soft)}
.users button+button{margin-top:.4rem}
.users small{color:var(--soft);font-size:.8rem;font-weight:400}
form>:last-child{margin-bottom:0}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
[role=alert]{margin:0 0 1.25rem;padding:.7rem .9rem;border-left:4px solid var(--bad);border-radius:.4rem;background:var(--bad-page);color:var(--bad);font-weight:500}
ul{margin:0 0 1.5rem;padding:0;list-style:none}
li{display:flex;gap:.6rem;padding:.65rem 0;border-top:1px solid var(--line)}
li::before{content:"✓" / "";color:var(--accent);font-weight:700}
li:last-child{border-bottom:1px solid var(--line)}
footer{margin-top:1.25rem;max-width:25rem;color:var(--soft);font-size:.85rem;text-align:center;text-wrap:balance}
@media (max-width:26rem){body{padding-top:1.5rem}main{border-radius:.8rem}}
`

const styleElement = new Html(`<style>${style}</style>`)

const styleHash = createHash("sha256").update(style).digest("base64")

/** Browsers apply `form-action` to the redirect after a form too. */
const formTarget = (redirectUri: string): string => {
  const { origin, protocol } = new URL(redirectUri)
  return /^https?:$/.test(protocol) ? origin : protocol
}

/** A page as a response. `redirectUri` is where its forms may lead. */
export const pageResponse = (page: {
  readonly status: number
  readonly title: string
  readonly error?: string | undefined
  /** The sentence under the title. */
  readonly lead: HtmlValue
  readonly content?: HtmlValue
  readonly redirectUri?: string | undefined
}): HttpServerResponse.HttpServerResponse => {
  const formAction = page.redirectUri === undefined ? "'self'" : `'self' ${formTarget(page.redirectUri)}`
  const { markup } = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${page.error === undefined ? "" : "Error: "}${page.title} – Baanx sandbox</title>
        ${styleElement}
      </head>
      <body>
        <header>
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path
              d="M12 2 3 6.2V11c0 5.3 3.8 9.7 9 11 5.2-1.3 9-5.7 9-11V6.2L12 2Zm-1.2 13.7-3.5-3.5 1.5-1.5 2 2 4.5-4.5 1.5 1.5-6 6Z"
            />
          </svg>
          Baanx <span>Sandbox</span>
        </header>
        <main>
          <h1>${page.title}</h1>
          <p>${page.lead}</p>
          ${page.error === undefined ? undefined : html`<div role="alert" id="error">${page.error}</div>`}
          ${page.content}
        </main>
        <footer>A local test server. Do not enter the password of a real account.</footer>
      </body>
    </html>`
  return HttpServerResponse.text(markup, {
    status: page.status,
    contentType: "text/html; charset=utf-8",
    headers: {
      "content-security-policy": `default-src 'none'; style-src 'sha256-${styleHash}'; form-action ${formAction}; frame-ancestors 'none'; base-uri 'none'`,
      // With "no-referrer", the browser would hide the origin of a form from the sandbox too.
      "referrer-policy": "same-origin",
      "x-content-type-options": "nosniff"
    }
  })
}
