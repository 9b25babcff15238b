/** Fixtures for the tests of the backend. */
import { RedirectUri } from "@effect-baanx/oauth"
import { Sandbox } from "@effect-baanx/sandbox"
import { Context, Effect, Layer, Redacted } from "effect"
import { Browser } from "../../../../packages/server/test/Browser.js"

export { password } from "../../../../packages/server/test/HostedPages.js"

/** Makes the URLs of the backend at `home`. */
export const pagesOf = (home: URL) => (path: string) => new URL(path, home)

/** A browser that reaches servers over sockets. */
export const socketBrowser = (): Browser => new Browser((request) => fetch(request))

/** Starts a sandbox on a socket, with the callback of the backend at `home` registered, until the scope closes. */
export const startSandbox = (home: URL) =>
  Effect.gen(function* () {
    const redirectUri = RedirectUri.make(`${home.origin}/callback`)
    const sandbox = yield* Layer.build(
      Sandbox.layer({ clients: [{ clientKey: "client-key", secretKey: "secret-key", redirectUris: [redirectUri] }] })
    )
    const { baseUrl, clientKey, requests } = Context.get(sandbox, Sandbox)
    return { redirectUri, settings: { baseUrl, clientKey: Redacted.make(clientKey) }, requests }
  })
