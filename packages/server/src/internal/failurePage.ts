/**
 * The page that a browser shows when a sign-in or a sign-out fails. It has no script, no form, and nothing from the
 * request.
 */
import type { AuthFailure } from "../AuthFailure.js"

const explanation = (error: AuthFailure): readonly [title: string, text: string] => {
  switch (error._tag) {
    case "CallbackError":
      return error.code === "access_denied"
        ? ["You did not sign in", "The sign-in was cancelled. You can start again at any time."]
        : ["The sign-in did not succeed", "It was interrupted. Please start again."]
    case "ExpiredStateError":
      return ["The sign-in took too long", "It has to be finished within 10 minutes. Please start again."]
    case "ReplayedStateError":
      return ["This sign-in is over", "It was already finished. If you are not signed in, please start again."]
    case "StateMismatchError":
    case "UnknownStateError":
      return [
        "This sign-in was not started here",
        "It was started in another browser, or this browser has forgotten it. Please start again."
      ]
    case "InvalidGrantError":
    case "RedirectMismatchError":
      return ["The sign-in did not succeed", "It could not be finished. Please start again."]
    case "SessionLostError":
      return ["You are signed out", "Your session is over. Please sign in again."]
    case "ForeignOriginError":
      return ["The request came from elsewhere", "It did not come from a page of this site, so nothing was done."]
    case "BodyTooLargeError":
      return ["The request is too large", "Nothing was done."]
    case "RateLimitedError":
      return ["Too many requests", "Please wait a while, then try again."]
    default:
      return ["This is not working right now", "Nothing is wrong on your side. Please try again in a few minutes."]
  }
}

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

const style = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { max-width: 32rem; margin: 15vh auto 0; padding: 0 1.25rem; overflow-wrap: anywhere }
h1 { font-size: 1.5rem; line-height: 1.25 }
a { display: inline-block; margin: .5rem 1.5rem .5rem 0; padding: .25rem 0 }
small { opacity: .7 }`

export const failurePage = (error: AuthFailure, links: { readonly signIn: string; readonly home: string }): string => {
  const [title, text] = explanation(error)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${text}</p>
<p><a href="${escape(links.signIn)}">Sign in</a><a href="${escape(links.home)}">Go to the home page</a></p>
<p><small>${error._tag}</small></p>
</main>
</body>
</html>
`
}
