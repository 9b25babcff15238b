import { Effect } from "effect"
import type { Browser } from "./Browser.js"

/** The password of every user of the sandbox. */
export const password = "sandbox-password"

const attribute = (name: string, tag: string) => new RegExp(`${name}="([^"]*)"`).exec(tag)?.[1] ?? ""

/** The form of a page: its action, the fields that are filled in, and its first button. */
const readForm = (page: string) => {
  const button = /<button[^>]*>/.exec(page)?.[0] ?? ""
  const hidden = [...page.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([tag]) => tag)
  const fields = [...hidden, button].map((tag) => [attribute("name", tag), attribute("value", tag)])
  return { action: attribute("action", /<form[^>]*>/.exec(page)?.[0] ?? ""), fields: Object.fromEntries(fields) }
}

/** Signs in on Baanx's pages: submits every form and follows redirects until one leads away from the pages. */
export const signInOnPages = (
  browser: Browser,
  start: URL,
  email = "user@example.com"
): Effect.Effect<{ readonly last: URL; readonly callback: URL }> =>
  Effect.gen(function* () {
    const answers = { email, password, otpCode: "123456" }
    let last = start
    let visit = yield* browser.visit(start)
    for (let hop = 0; hop < 10; hop++) {
      if (visit.status === 302 || visit.status === 303) {
        if (visit.location.origin !== start.origin) return { last, callback: visit.location }
        last = visit.location
        visit = yield* browser.visit(last, { from: start })
      } else {
        const { action, fields } = readForm(visit.body)
        last = new URL(action, last)
        visit = yield* browser.visit(last, { from: start, method: "POST", form: { ...answers, ...fields } })
      }
    }
    return yield* Effect.dieMessage(`no callback after 10 pages: the last status is ${visit.status}`)
  })
