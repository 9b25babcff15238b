/** The backend: sign-in mounted, a start page, and the user. */
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

/** What a user sees is theirs. The page has a form: without a referrer, browsers would not say where it comes from. */
const headers = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "referrer-policy": "same-origin"
}
const keptNowhere = HttpApp.appendPreResponseHandler((_, response) =>
  Effect.succeed(HttpServerResponse.setHeaders(response, headers))
)

const AccountLive = HttpApiBuilder.group(BackendApi, "account", (handlers) =>
  Effect.map(AuthRoutes, ({ current }) =>
    handlers
      .handle("me", () => Effect.zipRight(keptNowhere, Effect.flatMap(CurrentSession, userOf)))
      // Open to everybody: it asks who is signed in, and does not insist.
      .handle("home", () =>
        Effect.flatMap(current, userOf).pipe(
          Effect.match({ onFailure: homePage.notSignedIn, onSuccess: homePage.signedIn }),
          Effect.zipLeft(keptNowhere)
        )
      )
  )
)

/** The backend, with the settings of sign-in. */
export const layer = (options: AuthOptions) =>
  HttpApiBuilder.api(BackendApi).pipe(Layer.provide(AccountLive), Layer.provide(BaanxAuth.layer(BackendApi, options)))

export const serve = HttpApiBuilder.serve()
