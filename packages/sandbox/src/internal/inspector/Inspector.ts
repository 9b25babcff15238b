/** The inspector at `/_sandbox`: one page that shows what happens as it happens. */
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { createHash } from "node:crypto"
import { sandboxFaultNames } from "../../SandboxFaultName.js"
import type { SandboxClient } from "../../SandboxSeed.js"
import { contract } from "../Contract.js"
import { Html, html } from "../hosted/Html.js"
import * as Assets from "./Assets.js"

/**
 * Allows the style and the script inline, by hash: the page applies no others, and neither needs a path to be served
 * from.
 */
const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`

const panels = [
  ["requests", "Requests", "request-count"],
  ["sign-ins", "Sign-ins", "session-count"],
  ["tokens", "Tokens", "token-count"],
  ["users", "Users", "user-count"],
  ["faults", "Faults", "fault-count"],
  ["setup", "Setup", "setup-count"]
] as const

const pageSteps = ["signInPage", "codePage", "consentPage"]

const stepNames = (): ReadonlyArray<string> => [
  ...Array.from(contract.values(), (steps) => steps.map(({ name }) => name)).flat(),
  ...pageSteps
]

/** The page. */
export const inspectorPage = (baseUrl: string, client: SandboxClient): HttpServerResponse.HttpServerResponse => {
  const style = Assets.style()
  const script = Assets.script()
  const setup = html`<dl>
    <dt>BAANX_BASE_URL</dt>
    <dd>${baseUrl}</dd>
    <dt>BAANX_CLIENT_KEY</dt>
    <dd>${client.clientKey}</dd>
    <dt>Redirect URI</dt>
    <dd>${client.redirectUris[0]}</dd>
    <dt>OpenAPI</dt>
    <dd><a href="/openapi.json">/openapi.json</a></dd>
    <dt>Admin API</dt>
    <dd><a href="/_sandbox/api/openapi.json">/_sandbox/api/openapi.json</a></dd>
  </dl>`
  const { markup } = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Baanx sandbox</title>
        ${new Html(`<style>${style}</style>`)}
      </head>
      <body>
        <header class="bar">
          <div class="brand">
            <svg viewBox="0 0 24 24" aria-hidden="true">
              <path
                d="M12 2 3 6.2V11c0 5.3 3.8 9.7 9 11 5.2-1.3 9-5.7 9-11V6.2L12 2Zm-1.2 13.7-3.5-3.5 1.5-1.5 2 2 4.5-4.5 1.5 1.5-6 6Z"
              />
            </svg>
            <h1>Baanx sandbox</h1>
            <code>${baseUrl}</code>
          </div>
          <span id="live" role="status">Connecting</span>
          <div class="time" role="group" aria-label="Clock of the sandbox">
            <span id="clock"></span>
            <button type="button" class="small" data-advance="60">+1 min</button>
            <button type="button" class="small" data-advance="600">+10 min</button>
            <button type="button" class="small" data-advance="21600">+6 h</button>
            <button type="button" class="small" id="reset">Reset</button>
          </div>
        </header>
        <main>
          <nav aria-label="Panels">
            ${panels.map(([id, title, count]) => html`<a href="#${id}">${title} <span class="count" id="${count}"></span></a>`)}
          </nav>
          <section id="panel-requests" aria-labelledby="requests-title">
            <div class="tools">
              <h2 id="requests-title">Requests</h2>
              <button type="button" class="small" id="all-sessions" hidden>Show every sign-in</button>
              <button type="button" class="small" id="refused-only" aria-pressed="false">Refused only</button>
            </div>
            <div class="empty" id="no-requests">
              <p>No requests yet. Point your application here:</p>
              <p><code>BAANX_BASE_URL=${baseUrl}</code></p>
              <p><code>BAANX_CLIENT_KEY=${client.clientKey}</code></p>
            </div>
            <p class="none" id="none-fits" hidden>No request matches the filter.</p>
            <div class="list" id="request-list"></div>
          </section>
          <section id="panel-sign-ins" aria-labelledby="sign-ins-title">
            <div class="tools"><h2 id="sign-ins-title">Sign-ins</h2></div>
            <div class="list" id="session-list"></div>
          </section>
          <section id="panel-tokens" aria-labelledby="tokens-title">
            <div class="tools"><h2 id="tokens-title">Tokens</h2></div>
            <div class="list" id="token-list"></div>
          </section>
          <section id="panel-users" aria-labelledby="users-title">
            <div class="tools"><h2 id="users-title">Users</h2></div>
            <div class="list" id="user-list"></div>
          </section>
          <section id="panel-faults" aria-labelledby="faults-title">
            <div class="tools">
              <h2 id="faults-title">Faults</h2>
              <button type="button" class="small" id="disarm" hidden>Disarm all</button>
            </div>
            <form id="fault-form">
              <label>
                Fault
                <select name="kind">
                  ${["status", "delay", "cut", "garbage", "drip", "redirect", "replay"].map(
                    (kind) => html`<option>${kind}</option>`
                  )}
                  <optgroup label="By name">
                    ${Object.entries(sandboxFaultNames).map(
                      ([name, text]) => html`<option title="${text}">${name}</option>`
                    )}
                  </optgroup>
                </select>
              </label>
              <label>
                Step
                <select name="step">
                  <option value="">any</option>
                  ${stepNames().map((name) => html`<option>${name}</option>`)}
                </select>
              </label>
              <label>Times <input type="number" name="times" min="1" value="1" required /></label>
              <label data-kind="status"
                >Status <input type="number" name="status" min="400" max="599" value="503"
              /></label>
              <label data-kind="status"
                >Retry-After (seconds) <input type="number" name="retryAfterSeconds" min="1"
              /></label>
              <label data-kind="delay">Milliseconds <input type="number" name="millis" min="0" value="5000" /></label>
              <label data-kind="cut">After bytes <input type="number" name="afterBytes" min="0" value="0" /></label>
              <label data-kind="garbage">Bytes <input type="number" name="bytes" min="1" value="256" /></label>
              <label data-kind="drip"
                >ms per byte <input type="number" name="millisPerByte" min="0" value="50"
              /></label>
              <label data-kind="redirect" class="wide">
                To <input type="url" name="location" value="https://example.com/" />
              </label>
              <button class="main">Arm</button>
            </form>
            <div class="list" id="fault-list"></div>
          </section>
          <section id="panel-setup" class="setup" aria-labelledby="setup-title">
            <div class="tools"><h2 id="setup-title">Setup</h2></div>
            ${setup}
          </section>
        </main>
        <output id="said"></output>
        ${new Html(`<script type="module">${script}</script>`)}
      </body>
    </html>`
  return HttpServerResponse.text(markup, {
    contentType: "text/html; charset=utf-8",
    headers: {
      "content-security-policy": `default-src 'none'; connect-src 'self'; style-src ${hash(style)}; script-src ${hash(script)}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
      "referrer-policy": "same-origin",
      "x-content-type-options": "nosniff"
    }
  })
}
