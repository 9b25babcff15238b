/** The script of the inspector. */

/** @typedef {typeof import("../src/SandboxAdminApi.js").SandboxState.Encoded} State */
/** @typedef {typeof import("../src/LoggedRequest.js").LoggedRequest.Encoded} Logged */
/** @typedef {State["sessions"][number]} Session */
/** @typedef {Node | string | undefined} Child */

/** @type {(id: string) => HTMLElement} */
const at = (id) => {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`The page has no ${id}`)
  return element
}

/** @type {(selector: string) => NodeListOf<HTMLElement>} */
const all = (selector) => document.querySelectorAll(selector)

/**
 * Creates an element; a function among the attributes handles clicks.
 *
 * @type {(
 *   tag: string,
 *   attributes: Readonly<Record<string, string | (() => void) | undefined>>,
 *   ...children: ReadonlyArray<Child>
 * ) => HTMLElement}
 */
const h = (tag, attributes, ...children) => {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "string") element.setAttribute(name, value)
    else if (value !== undefined) element.addEventListener("click", value)
  }
  element.append(...children.filter((child) => child !== undefined))
  return element
}

/** @param {string} text */
const capitalized = (text) => text.charAt(0).toUpperCase() + text.slice(1).replaceAll("-", " ")
/** @param {number} value */
const pad = (value) => String(Math.floor(value)).padStart(2, "0")
/** @param {number} millis */
const clockTime = (millis) => {
  const date = new Date(millis)
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`
}
/** @param {number} millis */
const duration = (millis) => {
  const seconds = Math.floor(millis / 1000)
  if (seconds < 0) return "ended"
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${pad((seconds % 3600) / 60)} min`
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`
}

// What is known

/** @type {State | undefined} */
let state
/**
 * The passwords of the users, by their id.
 *
 * @type {ReadonlyMap<string, string>}
 */
let passwords = new Map()
let lastRequest = 0
/** @type {string | undefined} */
let sessionFilter
let refusedOnly = false
/** The sandbox's clock minus the page's, in milliseconds. */
let clockAhead = 0

const now = () => performance.now() + clockAhead
/** @param {string | undefined} userId */
const emailOf = (userId) => state?.users.find(({ id }) => id === userId)?.email ?? "nobody yet"
/** @param {string} text */
const say = (text) => {
  at("said").textContent = text
}

// What the buttons do

/** @type {(path: string, body: unknown, done: string, method?: string) => Promise<void>} */
const post = async (path, body, done, method = "POST") => {
  const response = await fetch(`/_sandbox/api/${path}`, {
    method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body)
  })
  say(response.ok ? done : `Refused: ${(await response.json()).message}`)
}

/** @type {(label: string, key: string, act: () => void, quiet?: boolean) => HTMLElement} */
const button = (label, key, act, quiet = false) =>
  h("button", { type: "button", class: quiet ? "small quiet" : "small", "data-key": key, click: act }, label)

// The requests: each is shown once and never changes

/** @type {Map<number, { readonly request: Logged; readonly element: HTMLElement }>} */
const rows = new Map()

/** @type {(title: string, record: Readonly<Record<string, unknown>>) => Child} */
const values = (title, record) => {
  const entries = Object.entries(record)
  if (entries.length === 0) return undefined
  const list = h("dl", {})
  for (const [name, value] of entries) {
    const covered = value === "<redacted>"
    list.append(h("dt", {}, name), h("dd", covered ? { class: "covered" } : {}, covered ? "redacted" : String(value)))
  }
  return h("section", {}, h("h3", {}, title), list)
}

/** @param {number | undefined} status */
const statusClass = (status) => {
  if (status === undefined || status >= 500) return "bad"
  if (status >= 400) return "warn"
  return status >= 300 ? "move" : "good"
}

/** @param {Logged} request */
const requestRow = (request) => {
  const { sessionId } = request
  return h(
    "details",
    { class: "request" },
    h(
      "summary",
      {},
      h(
        "span",
        { class: `status ${statusClass(request.status)}` },
        request.status === undefined ? "cut" : String(request.status)
      ),
      h(
        "span",
        { class: "what" },
        h("b", {}, request.step ?? "outside the contract"),
        h("span", { class: "path" }, `${request.method} ${request.path}`)
      ),
      h(
        "span",
        { class: "when" },
        request.fault === undefined ? undefined : h("span", { class: "chip fault" }, `fault: ${request.fault}`),
        h("time", { datetime: request.at }, clockTime(Date.parse(request.at)))
      ),
      request.detail === undefined
        ? undefined
        : h("span", { class: `reason ${statusClass(request.status)}` }, request.detail)
    ),
    h(
      "div",
      { class: "inside" },
      h(
        "p",
        { class: "facts" },
        [
          `#${request.number}`,
          request.durationMillis > 0 ? `${request.durationMillis} ms` : "under 1 ms",
          request.region,
          request.clientKey,
          request.userId === undefined ? undefined : emailOf(request.userId)
        ]
          .filter((fact) => fact !== undefined)
          .join(" · "),
        sessionId === undefined
          ? undefined
          : button("Only this sign-in", `only-${request.number}`, () => filterBySession(sessionId), true)
      ),
      values("Query", request.query),
      values("Body", request.body),
      values("Response", request.answer),
      values("Headers", request.headers)
    )
  )
}

const filterRequests = () => {
  let shown = 0
  for (const { element, request } of rows.values()) {
    const fits =
      (sessionFilter === undefined || request.sessionId === sessionFilter) &&
      (!refusedOnly || request.status === undefined || request.status >= 400)
    element.hidden = !fits
    if (fits) shown += 1
  }
  at("refused-only").setAttribute("aria-pressed", String(refusedOnly))
  at("all-sessions").hidden = sessionFilter === undefined
  at("no-requests").hidden = rows.size > 0
  at("none-fits").hidden = rows.size === 0 || shown > 0
  at("request-count").textContent = rows.size === 0 ? "" : String(shown)
}

/** @param {string | undefined} id */
const filterBySession = (id) => {
  sessionFilter = id
  filterRequests()
  if (id !== undefined) location.hash = "requests"
}

/** @type {(requests: ReadonlyArray<Logged>, oldest: number) => void} */
const showRequests = (requests, oldest) => {
  for (const [number, { element }] of rows) {
    if (number >= oldest) break
    element.remove()
    rows.delete(number)
  }
  for (const request of requests) {
    const element = requestRow(request)
    rows.set(request.number, { request, element })
    at("request-list").prepend(element)
    lastRequest = request.number
  }
  filterRequests()
}

// The sign-ins, tokens, users and faults: rendered again whenever something changed

/**
 * Fills a panel with content; the button that had the focus gets it back.
 *
 * @type {(id: string, children: ReadonlyArray<Child>, none: string) => void}
 */
const fill = (id, children, none) => {
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset["key"] : undefined
  const content = children.filter((child) => child !== undefined)
  at(id).replaceChildren(...(content.length === 0 ? [h("p", { class: "none" }, none)] : content))
  if (focused === undefined) return
  for (const element of at(id).querySelectorAll("button")) {
    if (element.dataset["key"] === focused) element.focus()
  }
}

/** @param {string} expiresAt */
const left = (expiresAt) => h("span", { class: "left", "data-until": String(Date.parse(expiresAt)) })

/** @type {ReadonlyArray<Session["stage"]>} */
const stages = ["started", "signed-in", "code-issued", "exchanged"]

/** @param {Session} session */
const sessionCard = (session) => {
  const { id } = session
  const over = session.stage === "exchanged" || session.stage === "denied"
  const expired = !over && Date.parse(session.expiresAt) <= now()
  const reached = stages.indexOf(session.stage)
  const steps = h("ol", { class: "stages" })
  for (const [index, stage] of stages.entries()) {
    const done = index <= reached
    const current = index === reached ? "step" : undefined
    steps.append(h("li", { class: done ? "done" : "", "aria-current": current }, capitalized(stage)))
  }
  return h(
    "article",
    { class: "card" },
    h(
      "header",
      {},
      h("b", {}, emailOf(session.userId)),
      h("span", { class: "chip" }, session.pathFamily),
      session.region === "us" ? h("span", { class: "chip" }, "us") : undefined,
      expired ? h("span", { class: "chip bad" }, "expired") : undefined,
      session.stage === "denied" ? h("span", { class: "chip bad" }, "cancelled") : undefined,
      over || expired ? undefined : left(session.expiresAt)
    ),
    session.stage === "denied" ? undefined : steps,
    h(
      "footer",
      {},
      h("span", { class: "path" }, session.redirectUri),
      h(
        "span",
        { class: "buttons" },
        button("Requests", `requests-${id}`, () => filterBySession(id), true),
        over || expired
          ? undefined
          : button("Expire", `expire-${id}`, () => void post("expire", { id }, "The session has expired."))
      )
    )
  )
}

/** @param {State["tokens"][number]} token */
const tokenRow = ({ expiresAt, grantId, id, kind, status, userId }) => {
  const live = status === "live"
  const revoke = kind === "login" ? id : grantId
  return h(
    "article",
    { class: "row" },
    h("span", { class: `chip ${live ? "good" : "quiet"}` }, status),
    h(
      "span",
      { class: "what" },
      h("b", {}, `${capitalized(kind)}${kind === "code" ? "" : " token"}`),
      h("span", { class: "path" }, emailOf(userId))
    ),
    live ? left(expiresAt) : undefined,
    live
      ? h(
          "span",
          { class: "buttons" },
          button("Expire", `expire-${id}`, () => void post("expire", { id }, `The ${kind} has expired.`)),
          kind === "code" || revoke === undefined
            ? undefined
            : button("Revoke", `revoke-${id}`, () => void post("revoke", { id: revoke }, "Revoked."))
        )
      : undefined
  )
}

/** @type {(element: HTMLElement, text: string, done: string) => Promise<void>} */
const copy = async (element, text, done) => {
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    // On plain http, browsers offer the clipboard only to pages of this machine.
    getSelection()?.selectAllChildren(element)
    document.execCommand("copy")
  }
  say(done)
}

/** @type {(name: string, text: string, user: State["users"][number], ...more: ReadonlyArray<Child>) => HTMLElement} */
const copyable = (name, text, { email, id }, ...more) => {
  const value = h("code", {}, text)
  const act = () => void copy(value, text, `The ${name} of ${email} was copied.`)
  const copyButton = button("Copy", `copy-${name}-${id}`, act, true)
  copyButton.setAttribute("aria-label", `Copy the ${name} of ${email}`)
  return h("span", { class: "copyable" }, `${name} `, value, copyButton, ...more)
}

/** @param {State["users"][number]} user */
const userRow = (user) => {
  const { id, locked, otp, otpSentUntil } = user
  const password = passwords.get(id)
  const marks = [
    user.disabled ? "disabled" : undefined,
    locked ? "locked" : undefined,
    user.phase,
    user.verificationState === "VERIFIED" ? undefined : user.verificationState,
    user.region,
    user.failedLogins > 0 ? `${user.failedLogins} wrong` : undefined
  ]
  return h(
    "article",
    { class: "row" },
    h(
      "span",
      { class: "what" },
      h("b", {}, user.email),
      password === undefined ? undefined : copyable("password", password, user),
      otp === undefined
        ? undefined
        : copyable("code", otp, user, ...(otpSentUntil === undefined ? [] : ["sent; ", left(otpSentUntil)])),
      h(
        "span",
        { class: "chips" },
        ...marks.map((mark) =>
          mark === undefined
            ? undefined
            : h("span", { class: mark === "locked" || mark === "disabled" ? "chip bad" : "chip" }, mark)
        )
      )
    ),
    button(
      locked ? "Unlock" : "Lock",
      `lock-${id}`,
      () => void post("users/lock", { id, locked: !locked }, locked ? "The user is unlocked." : "The user is locked.")
    )
  )
}

/** @param {State["faults"][number]} fault */
const faultRow = (fault) =>
  h(
    "article",
    { class: "row" },
    h("span", { class: "chip fault" }, fault.kind),
    h(
      "span",
      { class: "what" },
      h("b", {}, fault.step ?? "any step"),
      h("span", { class: "path" }, `${fault.times} more`)
    )
  )

/** @param {State} next */
const showState = (next) => {
  state = next
  clockAhead = Date.parse(next.now) - performance.now()
  fill("session-list", next.sessions.map(sessionCard), "No sign-ins yet. Each starts with step 1, initiate.")
  fill("token-list", next.tokens.map(tokenRow), "No tokens yet.")
  fill("user-list", next.users.map(userRow), "The seed has no users.")
  fill("fault-list", next.faults.map(faultRow), "No faults are armed.")
  at("disarm").hidden = next.faults.length === 0
  at("session-count").textContent = next.sessions.length === 0 ? "" : String(next.sessions.length)
  at("fault-count").textContent = next.faults.length === 0 ? "" : String(next.faults.length)
  tick()
}

const tick = () => {
  const date = new Date(now()).toLocaleDateString()
  at("clock").textContent = date === new Date().toLocaleDateString() ? clockTime(now()) : `${date} ${clockTime(now())}`
  for (const element of all("[data-until]")) {
    element.textContent = duration(Number(element.dataset["until"]) - now())
  }
}

// News from the sandbox

const refresh = async () => {
  /** @type {[State, ReadonlyArray<{ readonly id: string, readonly password: string }>, ReadonlyArray<Logged>]} */
  const [next, users, requests] = await Promise.all([
    fetch("/_sandbox/api/state").then((response) => response.json()),
    fetch("/_sandbox/api/users/passwords").then((response) => response.json()),
    fetch(`/_sandbox/api/requests?after=${lastRequest}`).then((response) => response.json())
  ])
  passwords = new Map(users.map(({ id, password }) => [id, password]))
  showState(next)
  showRequests(
    requests.filter(({ number }) => number > lastRequest),
    next.oldestRequest
  )
}

let refreshing = false
let again = false
const refreshSoon = () => {
  again = true
  if (refreshing) return
  refreshing = true
  again = false
  refresh()
    .catch(() => undefined)
    .finally(() => {
      setTimeout(() => {
        refreshing = false
        if (again) refreshSoon()
      }, 100)
    })
}

/** @param {boolean} connected */
const live = (connected) => {
  at("live").className = connected ? "on" : ""
  at("live").textContent = connected ? "Live" : "Not connected"
}
const news = new EventSource("/_sandbox/events")
news.addEventListener("open", () => live(true))
news.addEventListener("error", () => live(false))
news.addEventListener("message", refreshSoon)

// The controls

/** @type {(id: string, act: () => void) => void} */
const onClick = (id, act) => at(id).addEventListener("click", act)
for (const element of all("[data-advance]")) {
  const seconds = Number(element.dataset["advance"])
  element.addEventListener(
    "click",
    () => void post("clock/advance", { seconds }, `The clock was moved ahead by ${duration(seconds * 1000)}.`)
  )
}
onClick(
  "reset",
  () => void post("reset", {}, "Everything is reset to the seed.").then(() => filterBySession(undefined))
)
onClick("refused-only", () => {
  refusedOnly = !refusedOnly
  filterRequests()
})
onClick("all-sessions", () => filterBySession(undefined))
onClick("disarm", () => void post("faults", {}, "All faults are disarmed.", "DELETE"))

const form = at("fault-form")
const showFaultFields = () => {
  const kind = form.querySelector("select")?.value
  for (const element of all("#fault-form [data-kind]")) {
    element.hidden = element.dataset["kind"] !== kind
  }
}
form.addEventListener("change", showFaultFields)
form.addEventListener("submit", (event) => {
  event.preventDefault()
  if (!(form instanceof HTMLFormElement)) return
  /** @type {Record<string, string | number>} */
  const fault = {}
  /** @type {NodeListOf<HTMLInputElement | HTMLSelectElement>} */
  const fields = form.querySelectorAll("input, select")
  for (const field of fields) {
    if (field.value === "" || field.closest("[hidden]") !== null) continue
    const numeric = field instanceof HTMLInputElement ? field.type === "number" : field.dataset["number"] !== undefined
    fault[field.name] = numeric ? Number(field.value) : field.value
  }
  void post("faults", fault, "Armed.")
})
showFaultFields()

const showPanel = () => {
  const wide = matchMedia("(min-width: 64rem)").matches
  const asked = location.hash.slice(1)
  const panels = [...all("main > section")]
  const known = panels.some(({ id }) => id === `panel-${asked}`) ? asked : "requests"
  const chosen = wide && known === "requests" ? "sign-ins" : known
  for (const panel of panels) panel.classList.toggle("chosen", panel.id === `panel-${chosen}`)
  for (const link of document.querySelectorAll("nav a")) {
    if (link.getAttribute("href") === `#${chosen}`) link.setAttribute("aria-current", "page")
    else link.removeAttribute("aria-current")
  }
}
addEventListener("hashchange", showPanel)
matchMedia("(min-width: 64rem)").addEventListener("change", showPanel)
showPanel()
setInterval(tick, 1000)
