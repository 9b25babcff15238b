/** The backend: routes, cookies, and nothing of OAuth. */
import { UserAnswer } from "@effect-baanx/api/Login"
import {
  AuthorizationFlow,
  LoginService,
  random256,
  type RedirectUri,
  SessionKey,
  State,
  TokenSession,
  TokenSessionError,
  type TokenSet
} from "@effect-baanx/oauth"
import {
  HttpApiBuilder,
  HttpClientResponse,
  HttpMiddleware,
  HttpServerRequest,
  HttpServerResponse
} from "@effect/platform"
import { Effect, Encoding, Layer, Redacted, Schema } from "effect"
import {
  BackendApi,
  CurrentSession,
  ForeignOriginError,
  SameOrigin,
  SessionCookie,
  sessionCookie,
  signInCookie,
  UserUnavailableError
} from "./BackendApi.js"

const cookie = { httpOnly: true, secure: true, sameSite: "lax", path: "/" } as const

const isSessionError = Schema.is(TokenSessionError)

/** Tokens are kept under a hash of the cookie: who reads the store cannot make the cookie of it. */
const toSessionKey = (cookie: Redacted.Redacted<string>): Effect.Effect<SessionKey> =>
  Effect.map(
    Effect.promise(() => crypto.subtle.digest("SHA-256", new TextEncoder().encode(Redacted.value(cookie)))),
    (hash) => SessionKey.make(Encoding.encodeBase64Url(new Uint8Array(hash)))
  )

const state = Schema.decodeSync(State)

const handlers = (redirectUri: RedirectUri) =>
  HttpApiBuilder.group(BackendApi, "session", (handlers) =>
    Effect.gen(function* () {
      const flow = yield* AuthorizationFlow
      const loginService = yield* LoginService
      const tokenSession = yield* TokenSession

      /** A new cookie at each sign-in, so that one which was planted before is worth nothing. */
      const startSession = (tokens: TokenSet) =>
        Effect.gen(function* () {
          const id = Redacted.make(yield* random256)
          yield* tokenSession.start(yield* toSessionKey(id), tokens)
          yield* HttpApiBuilder.securitySetCookie(sessionCookie, id, cookie)
        })

      return handlers
        .handle("begin", () =>
          Effect.gen(function* () {
            const { browserUrl, state } = yield* flow.begin({ redirectUri })
            yield* HttpApiBuilder.securitySetCookie(signInCookie, state, { ...cookie, maxAge: "10 minutes" })
            return HttpServerResponse.redirect(Redacted.value(browserUrl))
          })
        )
        .handle("callback", ({ request }) =>
          Effect.gen(function* () {
            yield* HttpApiBuilder.securitySetCookie(signInCookie, "", { ...cookie, maxAge: 0 })
            // The callback tells which sign-in it ends; the cookie, that this browser began it (RFC 9700 section 4.7).
            const expectedState = state(request.cookies[signInCookie.key] ?? "")
            yield* startSession(yield* flow.complete(request.url, { expectedState }))
            return HttpServerResponse.redirect("/", { headers: { "referrer-policy": "no-referrer" } })
          })
        )
        .handle("signIn", ({ payload }) =>
          flow.signIn({ ...payload, redirectUri }).pipe(
            Effect.tapErrorTag("OtpRequiredError", ({ userId }) => loginService.sendOtp({ userId })),
            Effect.flatMap(startSession)
          )
        )
        .handle("me", () =>
          Effect.gen(function* () {
            const baanx = yield* tokenSession.httpClient(yield* CurrentSession)
            return yield* baanx.get("/v1/user").pipe(
              Effect.flatMap(HttpClientResponse.filterStatusOk),
              Effect.flatMap(HttpClientResponse.schemaBodyJson(UserAnswer)),
              Effect.mapError((error) =>
                error._tag === "RequestError" && isSessionError(error.cause) ? error.cause : new UserUnavailableError()
              )
            )
          })
        )
        .handle("signOut", () =>
          Effect.gen(function* () {
            yield* tokenSession.signOut(yield* CurrentSession)
            yield* HttpApiBuilder.securitySetCookie(sessionCookie, "", { ...cookie, maxAge: 0 })
          })
        )
    })
  )

const sameOrigin = (redirectUri: RedirectUri) => {
  const { origin } = new URL(redirectUri)
  return Layer.succeed(
    SameOrigin,
    Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers }) =>
      headers["origin"] === origin ? Effect.void : new ForeignOriginError()
    )
  )
}

/** The backend behind a redirect URI, whose origin is its own. */
export const layer = (redirectUri: RedirectUri) =>
  HttpApiBuilder.api(BackendApi).pipe(
    Layer.provide(handlers(redirectUri)),
    Layer.provide([sameOrigin(redirectUri), Layer.succeed(SessionCookie, { session: toSessionKey })])
  )

/** Serves it. No span for the two routes whose URL or `Location` has a state or a code: a span records both. */
export const serve = HttpApiBuilder.serve().pipe(
  HttpMiddleware.withTracerDisabledWhen(({ url }) => url.startsWith("/sign-in") || url.startsWith("/callback"))
)
