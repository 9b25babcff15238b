/** The home page: whether the user is signed in, and a button to sign in or out. */
import type { UserAnswer } from "@effect-baanx/api/Login"
import type { TokenSessionError } from "@effect-baanx/oauth"
import type { UserUnavailableError } from "./BackendApi.js"

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

const page = (title: string, content: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { max-width: 32rem; margin: 15vh auto 0; padding: 0 1.25rem; overflow-wrap: anywhere }
h1 { font-size: 1.5rem; line-height: 1.25 }
a.button, button { display: inline-block; font: inherit; padding: .5rem 1.25rem; border: 1px solid; border-radius: .5rem;
  background: none; color: inherit; text-decoration: none; cursor: pointer }
:focus-visible { outline: 3px solid Highlight; outline-offset: 2px }
</style>
</head>
<body>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`

const signOut = `<form method="post" action="/sign-out"><button>Sign out</button></form>`

export const homePage = {
  signedIn: ({ email }: typeof UserAnswer.Type): string =>
    page("You are signed in", `<p>As ${escape(email ?? "a user without an email")}.</p>\n${signOut}`),

  notSignedIn: (error: TokenSessionError | UserUnavailableError): string =>
    error._tag === "SessionLostError"
      ? page(
          "You are signed out",
          `<p>Sign in with your account at Baanx.</p>\n<p><a class="button" href="/sign-in">Sign in</a></p>`
        )
      : page("You are signed in", `<p>Baanx could not provide your details. Try again later.</p>\n${signOut}`)
}
