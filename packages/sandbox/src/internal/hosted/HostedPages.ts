/**
 * The pages on which a user signs in: email and password, the one-time code, consent. They need no script. In both
 * families they lead to the registered redirect URI, with a code or with `error=access_denied`.
 */
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import { redact } from "../RequestLog.js"
import { SandboxRandom } from "../../SandboxRandom.js"
import { note } from "../Call.js"
import { parseBody, readBody } from "../checks/Body.js"
import { isOwnOrigin } from "../checks/Origin.js"
import { openSession } from "../checks/SessionToken.js"
import { withFaults } from "../Faults.js"
import { issueCode, redirectTo } from "../Sessions.js"
import { checkOtp, checkPassword, maskedPhoneNumber, sendOtpTo } from "../SignIn.js"
import { now, type Region, Store, type Session, type User } from "../Store.js"
import { html, type HtmlValue } from "./Html.js"
import { pageResponse } from "./Page.js"

type Response = HttpServerResponse.HttpServerResponse

/** A page that ends the flow. */
const stop = (title: string, text: string): Effect.Effect<never, Response> =>
  Effect.zipRight(note({ detail: text }), Effect.fail(pageResponse({ status: 400, title, lead: text })))

const startOver = "Go back to the application and start again."

const form = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  if (!isOwnOrigin(request.headers)) return yield* stop("Not allowed", "This form was sent from another site.")
  const { fields } = yield* readBody(request).pipe(
    Effect.flatMap((bytes) => parseBody(bytes, request.headers, ["application/x-www-form-urlencoded"])),
    Effect.catchAll(({ message }) => stop("The form cannot be read", message))
  )
  yield* note({ body: redact(fields) })
  return (name: string) => {
    const value = fields.get(name)
    return typeof value === "string" ? value : ""
  }
})

const query = Effect.map(
  HttpServerRequest.HttpServerRequest,
  ({ url }) => new URLSearchParams(url.includes("?") ? url.slice(url.indexOf("?") + 1) : "")
)

const sessionOf = (token: string) =>
  Effect.catchAll(openSession(token), ({ error_description = "" }) =>
    stop("This sign-in is over", `${error_description}. ${startOver}`)
  )

/** An interaction is a session whose user has entered the password; later forms know only its id. */
const interactionOf = (id: string) =>
  Effect.gen(function* () {
    const { interactions, sessions, users } = (yield* Store).state
    const interaction = interactions.get(id)
    const session = sessions.get(interaction?.sessionId ?? "")
    const user = users.get(interaction?.userId ?? "")
    if (interaction === undefined || session === undefined || user === undefined) {
      return yield* stop("This sign-in is over", `It is unknown here. ${startOver}`)
    }
    yield* note({ sessionId: session.id, userId: user.id })
    if (session.expiresAt <= (yield* now)) return yield* stop("This sign-in is over", `It has expired. ${startOver}`)
    if (session.stage !== "signed-in")
      return yield* stop("This sign-in is over", `It was already finished. ${startOver}`)
    return { interaction, session, user }
  })

const seeOther = (location: string) => HttpServerResponse.redirect(location, { status: 303 })

const deny = (session: Session) =>
  Effect.gen(function* () {
    const { sessions } = (yield* Store).state
    sessions.update(session.id, { stage: "denied" })
    return seeOther(
      redirectTo(session.redirectUri, {
        error: "access_denied",
        error_description: "The user cancelled",
        ...(session.state === undefined ? {} : { state: session.state })
      })
    )
  })

const finish = (session: Session, user: User) => Effect.map(issueCode(session, user.id), ({ url }) => seeOther(url))

const cancel = html`<button class="quiet" name="action" value="cancel" formnovalidate>Cancel</button>`

const appOf = (session: Session) =>
  Effect.map(Store, ({ state }) => state.clients.get(session.clientKey)?.appId ?? session.clientKey)

const page = (
  session: Session,
  content: {
    readonly title: string
    readonly lead: HtmlValue
    readonly error?: string | undefined
    readonly content: HtmlValue
  },
  status = content.error === undefined ? 200 : 400
) => pageResponse({ ...content, status, redirectUri: session.redirectUri })

// Email and password

/** How many users of the seed the page offers. */
const maxUsers = 20

const noteOn = ({ disabled, locked, otp, phase }: User) => {
  if (locked) return "is locked"
  if (disabled) return "is disabled"
  if (phase !== undefined) return `stopped at ${phase}`
  return otp === undefined ? undefined : `needs the code ${otp}`
}

/**
 * The users come last, so that the keyboard reaches the form first, and Enter in a field still presses its first
 * button.
 */
const usersOf = (session: Session) =>
  Effect.map(Store, ({ state }) => {
    const users = state.users
      .entries()
      .map(([, user]) => user)
      .filter(({ region }) => (region ?? session.region) === session.region)
      .slice(0, maxUsers)
    if (users.length === 0) return undefined
    return html`<div class="users" role="group" aria-labelledby="users">
      <p id="users">Or pick a user of the sandbox</p>
      ${users.map(
        (user) =>
          html`<button name="user" value="${user.id}" formnovalidate>
            ${user.email} <small>${noteOn(user)}</small>
          </button>`
      )}
    </div>`
  })

const signInPage = (session: Session, token: string, email = "", error?: string, status?: number) =>
  Effect.zipWith(appOf(session), usersOf(session), (app, users) =>
    page(
      session,
      {
        title: "Sign in",
        error,
        lead: html`to continue to <strong>${app}</strong>`,
        content: html`<form method="post" action="/hosted/sign-in">
          <input type="hidden" name="token" value="${token}" />
          <label for="email">Email</label>
          <input
            id="email"
            name="email"
            type="email"
            autocomplete="username"
            required
            ${email === "" ? focused : undefined}
            value="${email}"
            ${invalid(error)}
          />
          <label for="password">Password</label>
          <input
            id="password"
            name="password"
            type="password"
            autocomplete="current-password"
            required
            ${email === "" ? undefined : focused}
            ${invalid(error)}
          />
          <button name="action" value="continue">Sign in</button>
          ${cancel} ${users}
        </form>`
      },
      status
    )
  )

const focused = html`autofocus`

const invalid = (error: string | undefined) =>
  error === undefined ? undefined : html`aria-invalid="true" aria-describedby="error"`

const refusals = {
  wrong: { error: "Incorrect email or password", status: 401 },
  locked: { error: "This account is locked after too many wrong passwords", status: 401 },
  disabled: { error: "Your account has been disabled. Please contact support.", status: 403 }
}

const showSignIn = Effect.gen(function* () {
  const token = (yield* query).get("token") ?? ""
  return yield* signInPage(yield* sessionOf(token), token)
})

const submitSignIn = Effect.gen(function* () {
  const field = yield* form
  const token = field("token")
  const session = yield* sessionOf(token)
  if (field("action") === "cancel") return yield* deny(session)
  const picked = (yield* Store).state.users.get(field("user"))
  const email = picked?.email ?? field("email").trim()
  const result = yield* checkPassword(email, picked?.password ?? field("password"), session.region)
  if (result.outcome !== "right") {
    const { error, status } = refusals[result.outcome]
    return yield* signInPage(session, token, email, error, status)
  }
  const { user } = result
  if (user.phase !== undefined) {
    const error = `This account has not finished its registration (${user.phase})`
    return yield* signInPage(session, token, email, error, 403)
  }
  const { interactions, sessions } = (yield* Store).state
  sessions.update(session.id, { stage: "signed-in", userId: user.id })
  const id = yield* (yield* SandboxRandom).uuid
  const otpPassed = user.otp === undefined
  interactions.set(id, { sessionId: session.id, userId: user.id, otpPassed })
  if (!otpPassed) {
    // The hosted page sends the code by itself; in API mode, the application has to ask for it.
    yield* sendOtpTo(user)
    return seeOther(`/hosted/code?${new URLSearchParams({ interaction: id }).toString()}`)
  }
  return yield* afterSignIn(id, session, user)
})

/** The older family grants access without asking; the newer one asks. */
const afterSignIn = (id: string, session: Session, user: User) =>
  session.pathFamily === "oauth"
    ? finish(session, user)
    : Effect.succeed(seeOther(`/hosted/consent?${new URLSearchParams({ interaction: id }).toString()}`))

// The one-time code

const codePage = (id: string, session: Session, user: User, error?: string) =>
  page(session, {
    title: "Enter the code",
    error,
    lead: html`We sent 6 digits to <strong>${maskedPhoneNumber(user) ?? "your phone"}</strong>`,
    content: html` <form method="post" action="/hosted/code">
      <input type="hidden" name="interaction" value="${id}" />
      <label for="code">One-time code</label>
      <input
        id="code"
        class="code"
        name="otpCode"
        inputmode="numeric"
        autocomplete="one-time-code"
        pattern="[0-9]{6}"
        maxlength="6"
        title="6 digits"
        required
        autofocus
        ${invalid(error)}
      />
      <button name="action" value="verify">Continue</button>
      <button class="quiet" name="action" value="resend" formnovalidate>Send another code</button>
      ${cancel}
    </form>`
  })

const showCode = Effect.gen(function* () {
  const id = (yield* query).get("interaction") ?? ""
  const { session, user } = yield* interactionOf(id)
  return codePage(id, session, user)
})

const submitCode = Effect.gen(function* () {
  const field = yield* form
  const id = field("interaction")
  const { session, user } = yield* interactionOf(id)
  switch (field("action")) {
    case "cancel":
      return yield* deny(session)
    case "resend":
      yield* sendOtpTo(user)
      return codePage(id, session, user)
    default: {
      if (!(yield* checkOtp(user, field("otpCode")))) return codePage(id, session, user, "Invalid OTP code")
      const { interactions } = (yield* Store).state
      interactions.update(id, { otpPassed: true })
      return yield* afterSignIn(id, session, user)
    }
  }
})

// Consent

const scopeTexts: ReadonlyMap<string, string> = new Map([
  ["openid", "Know who you are"],
  ["profile", "See your name"],
  ["email", "See your email address"],
  ["offline_access", "Stay signed in for you"],
  ["platform:full", "Act for you on the whole platform"]
])

const consented = (id: string) =>
  Effect.gen(function* () {
    const { interaction, session, user } = yield* interactionOf(id)
    if (!interaction.otpPassed) return yield* stop("Not yet", "Enter the one-time code first.")
    return { session, user }
  })

const regionNames: ReadonlyArray<readonly [Region, string]> = [
  ["international", "International"],
  ["us", "United States"]
]

const consentPage = (id: string, session: Session, user: User, error?: string) =>
  Effect.map(appOf(session), (app) =>
    page(session, {
      title: `Allow ${app} to use your account?`,
      error,
      lead: html`Signed in as <strong>${user.email}</strong>`,
      content: html` <ul>
          ${(session.scope ?? "").split(" ").map((scope) => html`<li>${scopeTexts.get(scope) ?? scope}</li>`)}
        </ul>
        <form method="post" action="/hosted/consent">
          <input type="hidden" name="interaction" value="${id}" />
          <button name="action" value="allow">Allow</button>
          ${cancel}
          <label for="region">Not where you live? Change the region</label>
          <select id="region" name="region" ${invalid(error)}>
            ${regionNames.map(
              ([region, name]) =>
                html`<option value="${region}" ${region === session.region ? selected : undefined}>${name}</option>`
            )}
          </select>
        </form>`
    })
  )

const selected = html`selected`

const showConsent = Effect.gen(function* () {
  const id = (yield* query).get("interaction") ?? ""
  const { session, user } = yield* consented(id)
  return yield* consentPage(id, session, user)
})

/** Users may choose a region other than the one the application began with; the `app_id` of the redirect says which. */
const submitConsent = Effect.gen(function* () {
  const field = yield* form
  const id = field("interaction")
  const { session, user } = yield* consented(id)
  if (field("action") !== "allow") return yield* deny(session)
  const [region] = regionNames.find(([region]) => region === field("region")) ?? [session.region]
  if ((user.region ?? region) !== region) {
    return yield* consentPage(id, session, user, "This account is not in that region")
  }
  const { sessions } = (yield* Store).state
  sessions.update(session.id, { region })
  return yield* finish({ ...session, region }, user)
})

const pageRoute = <E extends Response, R>(step: string, app: Effect.Effect<Response, E, R>) =>
  Effect.zipRight(
    note({ step }),
    withFaults(
      step,
      Effect.catchAll(app, (response) => Effect.succeed<Response>(response))
    )
  )

/** The pages, by path and method. */
export const hostedPages = {
  "/hosted/sign-in": { GET: pageRoute("signInPage", showSignIn), POST: pageRoute("signInPage", submitSignIn) },
  "/hosted/code": { GET: pageRoute("codePage", showCode), POST: pageRoute("codePage", submitCode) },
  "/hosted/consent": { GET: pageRoute("consentPage", showConsent), POST: pageRoute("consentPage", submitConsent) }
}
