/** Implements the backend: mounted sign-in, a home page and the user's data. */
import { UserAnswer } from "@effect-baanx/api/Login"
import { TokenSessionError } from "@effect-baanx/oauth"
import { type AuthOptions, AuthRoutes, BaanxAuth, CurrentSession, type CurrentSessionShape } from "@effect-baanx/server"
import { HttpApiBuilder, HttpApp, HttpClientResponse, HttpServerResponse } from "@effect/platform"
import { Effect, Layer, Schema } from "effect"
import { BackendApi, UserUnavailableError } from "./BackendApi.js"
import { homePage } from "./homePage.js"

const isSessionError = Schema.is(TokenSessionError)

const userOf = ({ httpClient }: CurrentSessionShape) =>
  httpClient.get("/v1/user").pipe(
    Effect.flatMap(HttpClientResponse.filterStatusOk),
    Effect.flatMap(HttpClientResponse.schemaBodyJson(UserAnswer)),
    Effect.mapError((error) =>
      error._tag === "RequestError" && isSessionError(error.cause) ? error.cause : new UserUnavailableError()
    )
  )

/** Not `no-referrer`: the page has a form, which browsers would then send with `Origin: null`. */
const privateHeaders = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "referrer-policy": "same-origin"
}
const setHeaders = HttpApp.appendPreResponseHandler((_, response) =>
  Effect.succeed(HttpServerResponse.setHeaders(response, privateHeaders))
)

const AccountLive = HttpApiBuilder.group(BackendApi, "account", (handlers) =>
  Effect.map(AuthRoutes, ({ current }) =>
    handlers
      .handle("me", () => Effect.zipRight(setHeaders, Effect.flatMap(CurrentSession, userOf)))
      // Needs no session: shows whether the user is signed in.
      .handle("home", () =>
        Effect.flatMap(current, userOf).pipe(
          Effect.match({ onFailure: homePage.notSignedIn, onSuccess: homePage.signedIn }),
          Effect.zipLeft(setHeaders)
        )
      )
  )
)

/** The backend's API, with the given settings for sign-in. */
export const layer = (options: AuthOptions) =>
  HttpApiBuilder.api(BackendApi).pipe(Layer.provide(AccountLive), Layer.provide(BaanxAuth.layer(BackendApi, options)))

export const serve = HttpApiBuilder.serve()
