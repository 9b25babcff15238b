/** The inspector at `/_sandbox`: one page that shows what happens, while it happens. */
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { createHash } from "node:crypto"
import type { SandboxClient } from "../../SandboxSeed.js"
import { contract } from "../Contract.js"
import { Html, html } from "../hosted/Html.js"
import { inspector } from "./Script.js"

const style = `
:root{color-scheme:light dark;--page:#f4f5f2;--card:#fff;--ink:#1a211c;--soft:#5a655e;--line:#dde2de;--accent:#12623f;--on-accent:#fff;--tag:#e9efea;--good:#12623f;--good-tag:#d9f0e3;--move:#28508c;--move-tag:#e0eafa;--warn:#8a5200;--warn-tag:#fcecd2;--bad:#a4231b;--bad-tag:#fde3e0}
@media (prefers-color-scheme:dark){:root{--page:#101412;--card:#181e1a;--ink:#e9eeea;--soft:#a2ada6;--line:#2c3530;--accent:#5cc48f;--on-accent:#08170f;--tag:#252e28;--good:#7fd9a9;--good-tag:#17362a;--move:#9cc0f5;--move-tag:#1c2b44;--warn:#f0b860;--warn-tag:#3a2a10;--bad:#ff9d94;--bad-tag:#40201e}}
*{box-sizing:border-box}
[hidden]{display:none!important}
body{margin:0;background:var(--page);color:var(--ink);font:.9375rem/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
h1,h2,h3,p{margin:0}
h1{font-size:1rem;letter-spacing:-.01em}
h2{font-size:1rem}
h3{font-size:.75rem;color:var(--soft);font-weight:600}
b{font-weight:600}
a{color:var(--accent)}
code,.path,dd,dt,time,.left,#clock{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.8125rem}
button,select,input{font:inherit;color:inherit}
button{padding:.4rem .75rem;border:1px solid var(--line);border-radius:.5rem;background:var(--card);cursor:pointer}
button:hover{border-color:var(--soft)}
button.main{border-color:transparent;background:var(--accent);color:var(--on-accent);font-weight:600}
button.small{padding:.2rem .6rem;font-size:.8125rem;min-height:1.75rem}
button.quiet{border-color:transparent;background:none;color:var(--accent);text-decoration:underline;text-underline-offset:.2em}
button[aria-pressed=true]{border-color:var(--accent);background:var(--tag)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.bar{display:flex;flex-wrap:wrap;align-items:center;gap:.5rem 1rem;padding:.75rem clamp(1rem,3vw,1.75rem);background:var(--card);border-bottom:1px solid var(--line)}
.brand{display:flex;align-items:center;gap:.55rem;margin-right:auto}
.brand svg{width:1.6rem;height:1.6rem;fill:var(--accent)}
.brand code{color:var(--soft)}
#live{display:flex;align-items:center;gap:.4rem;color:var(--soft);font-size:.8125rem}
#live::before{content:"";width:.55rem;height:.55rem;border-radius:50%;background:var(--bad)}
#live.on::before{background:var(--good)}
.time{display:flex;flex-wrap:wrap;align-items:center;gap:.4rem}
nav{position:sticky;top:0;z-index:2;display:flex;gap:.15rem;overflow-x:auto;margin:0 -1rem;padding:.5rem 1rem;background:var(--page)}
nav a{flex:none;padding:.4rem .7rem;border-radius:.5rem;color:var(--soft);font-weight:500;text-decoration:none}
nav a[aria-current]{background:var(--tag);color:var(--ink)}
nav a:hover{color:var(--ink)}
nav .count,h2 .count{color:var(--soft);font-weight:400;font-variant-numeric:tabular-nums}
main{padding:0 clamp(1rem,3vw,1.75rem) 4rem}
main>section{display:none}
main>section.chosen{display:block}
.tools{display:flex;flex-wrap:wrap;align-items:center;gap:.5rem;min-height:2.5rem;margin-bottom:.5rem}
.tools h2{margin-right:auto}
.list{display:grid;grid-template-columns:minmax(0,1fr);gap:.5rem}
.card,.row,.request{background:var(--card);border:1px solid var(--line);border-radius:.75rem}
.none,.empty{padding:1.5rem;border:1px dashed var(--line);border-radius:.75rem;color:var(--soft)}
.empty p+p{margin-top:.5rem}
.empty code{color:var(--ink);overflow-wrap:anywhere}
summary{display:flex;align-items:center;gap:.75rem;padding:.55rem .8rem;cursor:pointer;list-style:none}
summary::-webkit-details-marker{display:none}
.request[open] summary{border-bottom:1px solid var(--line)}
.status{flex:none;min-width:2.9rem;padding:.15rem 0;border-radius:.4rem;font-weight:600;font-size:.8125rem;text-align:center;font-variant-numeric:tabular-nums}
.good{background:var(--good-tag);color:var(--good)}
.move{background:var(--move-tag);color:var(--move)}
.warn{background:var(--warn-tag);color:var(--warn)}
.bad{background:var(--bad-tag);color:var(--bad)}
.what{display:grid;min-width:0;margin-right:auto}
.what b{overflow:hidden;text-overflow:ellipsis}
.path{overflow:hidden;color:var(--soft);text-overflow:ellipsis;white-space:nowrap}
.when{flex:none;display:grid;justify-items:end;gap:.15rem;color:var(--soft)}
.chip{display:inline-block;padding:.1rem .5rem;border-radius:99px;background:var(--tag);font-size:.75rem;font-weight:500;white-space:nowrap}
.chip.good{background:var(--good-tag)}
.chip.bad{background:var(--bad-tag);color:var(--bad)}
.chip.quiet{color:var(--soft)}
.chip.fault{background:var(--warn-tag);color:var(--warn)}
.chips{display:flex;flex-wrap:wrap;gap:.25rem}
.chips:not(:empty){margin-top:.3rem}
.inside{display:grid;gap:.9rem;padding:.8rem}
.why{padding:.55rem .75rem;border-left:4px solid var(--warn);border-radius:.4rem;background:var(--warn-tag);color:var(--warn);font-weight:500}
.facts{color:var(--soft);font-size:.8125rem}
dl{display:grid;grid-template-columns:minmax(6rem,max-content) minmax(0,1fr);gap:.15rem 1rem;margin:.25rem 0 0}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
dd.covered{color:var(--soft);font-style:italic}
.card{padding:.8rem}
.card header,.card footer,.row{display:flex;flex-wrap:wrap;align-items:center;gap:.4rem .6rem}
.card header b{overflow-wrap:anywhere}
.card .left,.row .left{margin-left:auto;color:var(--soft)}
.card footer{flex-wrap:nowrap}
.card footer .path{margin-right:auto;min-width:0}
.row{padding:.55rem .8rem}
.row>.chip{min-width:4.2rem;text-align:center}
.buttons{flex:none;display:flex;gap:.35rem}
.stages{display:grid;grid-template-columns:repeat(4,1fr);margin:.9rem 0 .7rem;padding:0;list-style:none;font-size:.75rem}
.stages li{position:relative;padding-top:1.1rem;color:var(--soft);text-align:center}
.stages li::before{content:"";position:absolute;top:.35rem;left:-50%;width:100%;height:2px;background:var(--line)}
.stages li:first-child::before{display:none}
.stages li::after{content:"";position:absolute;z-index:1;top:0;left:calc(50% - .4rem);width:.8rem;height:.8rem;border:2px solid var(--line);border-radius:50%;background:var(--card)}
.stages li.done{color:var(--ink)}
.stages li.done::before{background:var(--accent)}
.stages li.done::after{border-color:var(--accent);background:var(--accent)}
.stages li[aria-current]{font-weight:600}
form{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:.75rem;align-items:end;margin-bottom:1rem;padding:.9rem;background:var(--card);border:1px solid var(--line);border-radius:.75rem}
label{display:grid;gap:.2rem;font-size:.8125rem;font-weight:500}
input,select{width:100%;padding:.4rem .5rem;border:1px solid var(--line);border-radius:.5rem;background:var(--page)}
form .wide{grid-column:span 2}
#said{position:fixed;right:1rem;bottom:1rem;left:1rem;width:fit-content;max-width:min(30rem,calc(100% - 2rem));margin-inline:auto;padding:.55rem .9rem;border-radius:.6rem;background:var(--ink);color:var(--page)}
#said:empty{display:none}
.setup dl{grid-template-columns:max-content minmax(0,1fr);padding:.8rem;background:var(--card);border:1px solid var(--line);border-radius:.75rem}
@media (min-width:64rem){
nav{grid-area:nav;margin:0;padding:.5rem 0}
nav a[href="#requests"]{display:none}
main{display:grid;grid:"requests nav" auto "requests panel" 1fr/minmax(0,1fr) minmax(0,1fr);gap:0 1.75rem;align-items:start}
main>section{grid-area:panel}
main>#panel-requests{display:block;grid-area:requests;padding-top:.35rem}
}
@media (max-width:36rem){.bar{padding-block:.6rem}.brand code{display:none}nav a{padding:.4rem .5rem}.time{width:100%}.time #clock{margin-right:auto}}
`

/** A bundler that keeps the names of functions calls this helper, which the page does not have. */
const script = `const __name=(f)=>f;(${String(inspector)})()`

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
              <p>No request yet. Point your application here:</p>
              <p><code>BAANX_BASE_URL=${baseUrl}</code></p>
              <p><code>BAANX_CLIENT_KEY=${client.clientKey}</code></p>
            </div>
            <p class="none" id="none-fits" hidden>No request fits the filter.</p>
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
                >Retry-After, seconds <input type="number" name="retryAfterSeconds" min="1"
              /></label>
              <label data-kind="delay">Milliseconds <input type="number" name="millis" min="0" value="5000" /></label>
              <label data-kind="cut">After bytes <input type="number" name="afterBytes" min="0" value="0" /></label>
              <label data-kind="garbage">Bytes <input type="number" name="bytes" min="1" value="256" /></label>
              <label data-kind="drip">ms a byte <input type="number" name="millisPerByte" min="0" value="50" /></label>
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
        ${new Html(`<script>${script}</script>`)}
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
