/**
 * The handlers of the sign-in routes, independent of the host that mounts them.
 *
 * @since 0.1.0
 */
import { AuthorizationFlow } from "@effect-baanx/oauth/AuthorizationFlow"
import { type InvalidConfigError, SessionLostError, StateMismatchError } from "@effect-baanx/oauth/BaanxError"
import { readCallback } from "@effect-baanx/oauth/Callback"
import { LoginService } from "@effect-baanx/oauth/LoginService"
import { isLoopback } from "@effect-baanx/oauth/RedirectUri"
import { random256, SecureRandom } from "@effect-baanx/oauth/SecureRandom"
import type { TokenSet } from "@effect-baanx/oauth/TokenService"
import { TokenSession, type TokenSessionError } from "@effect-baanx/oauth/TokenSession"
import { SessionKey } from "@effect-baanx/oauth/TokenStore"
import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { AuthFailure, ForeignOriginError } from "./AuthFailure.js"
import { type AuthOptions, resolveAuthOptions } from "./AuthOptions.js"
import type { CurrentSessionShape } from "./CurrentSession.js"
import { digest } from "./internal/digest.js"
import { failurePage } from "./internal/failurePage.js"
import { readBody } from "./internal/readBody.js"
import { statusesOf, withoutValues } from "./internal/runtime.js"
import { type CookieToSet, makeSignInCookies } from "./internal/signInCookies.js"
import { untraced } from "./internal/untraced.js"
import { PasswordForm } from "./PasswordForm.js"
import { localPath } from "./ReturnTo.js"

/**
 * The handler of a route, which always ends in a response.
 *
 * @since 0.1.0
 * @category models
 */
export type Route = Effect.Effect<HttpServerResponse.HttpServerResponse, never, HttpServerRequest.HttpServerRequest>

/**
 * The routes and the current session.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthRoutesShape {
  /** `GET`: sends the browser to Baanx's page, with the sign-in in a cookie. The query may have a `returnTo`. */
  readonly signIn: Route
  /**
   * `GET`: the route to which Baanx sends the browser back. Starts a session and redirects to the `returnTo` of the
   * sign-in, or to `afterSignIn`.
   */
  readonly callback: Route
  /** `POST`: API mode. The body is a `PasswordForm` in JSON; Baanx sends a code to a user with a second factor. */
  readonly passwordSignIn: Route
  /** `POST`: signs out at Baanx, then here. */
  readonly signOut: Route
  /** The session of the request; fails with `SessionLostError` if there is none. */
  readonly current: Effect.Effect<CurrentSessionShape, TokenSessionError, HttpServerRequest.HttpServerRequest>
  /** Fails unless the request comes from a page of this backend. */
  readonly sameOrigin: Effect.Effect<void, ForeignOriginError, HttpServerRequest.HttpServerRequest>
}

/**
 * The paths of the routes. Pages link to them, but a `returnTo` must not lead to them.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthPaths {
  readonly signIn: `/${string}`
  readonly callback: `/${string}`
  readonly signOut: `/${string}`
}

/**
 * `/sign-in`, `/callback` and `/sign-out`.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultPaths: AuthPaths = { signIn: "/sign-in", callback: "/callback", signOut: "/sign-out" }

/**
 * The routes on top of the services of `@effect-baanx/oauth`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: AuthOptions,
  paths: AuthPaths = defaultPaths
): Effect.Effect<AuthRoutesShape, InvalidConfigError, AuthorizationFlow | LoginService | TokenSession> =>
  Effect.gen(function* () {
    const settings = yield* resolveAuthOptions(options)
    const { failure, redirectUri, region } = settings
    const flow = yield* AuthorizationFlow
    const loginService = yield* LoginService
    const tokenSession = yield* TokenSession
    const random = yield* SecureRandom
    const signInCookies = makeSignInCookies(settings)

    const sessionAttributes = {
      path: "/",
      httpOnly: true,
      secure: settings.secure,
      sameSite: settings.sameSite
    } as const

    /** Tokens are kept under a hash of the cookie, so that reading the store gives nobody a session. */
    const keyOf = (request: HttpServerRequest.HttpServerRequest): Effect.Effect<Option.Option<SessionKey>> => {
      const cookie = request.cookies[settings.sessionCookie]
      return cookie === undefined || cookie === ""
        ? Effect.succeedNone
        : Effect.map(digest(cookie), (hash) => Option.some(SessionKey.make(hash)))
    }

    const current = Effect.gen(function* () {
      const key = yield* keyOf(yield* HttpServerRequest.HttpServerRequest)
      if (Option.isNone(key)) return yield* new SessionLostError({ reason: "NotFound" })
      const httpClient = yield* tokenSession.httpClient(key.value)
      return { key: key.value, accessToken: tokenSession.accessToken(key.value), httpClient }
    })

    /**
     * Sets a new cookie at each sign-in, so that a planted one is worthless. The session of the old cookie is
     * forgotten.
     */
    const startSession = (tokens: TokenSet) =>
      Effect.gen(function* () {
        const before = yield* keyOf(yield* HttpServerRequest.HttpServerRequest)
        const id = yield* Effect.provideService(random256, SecureRandom, random)
        yield* tokenSession.start(SessionKey.make(yield* digest(id)), tokens)
        if (Option.isSome(before)) yield* Effect.ignore(tokenSession.forget(before.value))
        return {
          name: settings.sessionCookie,
          value: id,
          options: { ...sessionAttributes, ...(settings.maxAge !== undefined && { maxAge: settings.maxAge }) }
        }
      })

    const sameOrigin = Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers }) => {
      const { host, origin } = headers
      if (origin === undefined || !URL.canParse(origin)) return new ForeignOriginError()
      const url = new URL(origin)
      const isOwn =
        origin === (settings.origin ?? url.origin) &&
        (settings.origin !== undefined ||
          (url.host === host?.toLowerCase() &&
            (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)))))
      return isOwn ? Effect.void : new ForeignOriginError()
    })

    const refuse = (error: AuthFailure, request: HttpServerRequest.HttpServerRequest) => {
      const inBrowser = request.headers["accept"]?.includes("text/html") === true
      if (typeof failure === "object" && (inBrowser || request.method === "GET")) {
        const to = new URL(failure.redirectTo, nowhere)
        to.searchParams.set("error", error._tag)
        return redirect(to.pathname + to.search + to.hash, request.method === "GET" ? 302 : 303)
      }
      return inBrowser && failure === "page"
        ? HttpServerResponse.text(failurePage(error, { signIn: paths.signIn, home: settings.afterSignOut }), {
            status: statusOf(error),
            contentType: "text/html; charset=utf-8",
            headers: { "content-security-policy": policy, "x-content-type-options": "nosniff" }
          })
        : HttpServerResponse.unsafeJson(encodeFailure(error), { status: statusOf(error) })
    }

    /** Handles only what a user asked for: a prefetch or a HEAD request has no effect. */
    const asked = (
      handle: (
        request: HttpServerRequest.HttpServerRequest
      ) => Effect.Effect<HttpServerResponse.HttpServerResponse, AuthFailure, HttpServerRequest.HttpServerRequest>
    ): Route =>
      Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
        if (request.method === "HEAD") return Effect.succeed(HttpServerResponse.empty({ status: 200 }))
        if (isPrefetch(request)) return Effect.succeed(HttpServerResponse.empty({ status: 503 }))
        return Effect.catchAll(handle(request), (error) => Effect.succeed(refuse(error, request)))
      }).pipe(
        Effect.map(HttpServerResponse.setHeaders({ "cache-control": "no-store", "referrer-policy": "no-referrer" })),
        // The logger of the platform would log the URL.
        HttpMiddleware.withLoggerDisabled
      )

    const signIn = asked((request) =>
      Effect.gen(function* () {
        const { browserUrl, pending } = yield* flow.prepare({ redirectUri, region })
        const cookies = yield* signInCookies.begin(request.cookies, { pending, returnTo: returnTo(request.url, paths) })
        return withCookies(redirect(Redacted.value(browserUrl).href), cookies)
      })
    )

    const callback = asked((request) => {
      /** Going back or reloading after a sign-in leads into the application, and so does a stray callback. */
      const orRefused = (error: AuthFailure, path = settings.afterSignIn) =>
        Effect.match(current, { onFailure: () => refuse(error, request), onSuccess: () => redirect(path) })

      return Effect.gen(function* () {
        const url = pathAndQuery(request.originalUrl)
        const read = readCallback(url)
        if (Either.isLeft(read)) return refuse(read.left, request)
        const begun = yield* signInCookies.find(request.cookies, read.right.state)
        if (Option.isNone(begun)) return yield* orRefused(new StateMismatchError())
        const { name, pending, returnTo = settings.afterSignIn } = begun.value
        const used = [signInCookies.expire(name)]
        return yield* Effect.matchEffect(Effect.flatMap(flow.resume(url, pending), startSession), {
          onSuccess: (session) => Effect.succeed(withCookies(redirect(returnTo), [...used, session])),
          onFailure: (error) =>
            error._tag === "ReplayedStateError"
              ? Effect.map(orRefused(error, returnTo), (response) => withCookies(response, used))
              : Effect.succeed(withCookies(refuse(error, request), leavesTheState(error) ? [] : used))
        })
      })
    })

    const passwordSignIn = asked((request) =>
      Effect.gen(function* () {
        yield* sameOrigin
        const form = yield* Effect.mapError(decodeForm(yield* readBody(request)), withoutValues)
        const tokens = yield* flow
          .signIn({ ...form, redirectUri, region })
          .pipe(Effect.tapErrorTag("OtpRequiredError", ({ userId }) => loginService.sendOtp({ userId, region })))
        return withCookies(HttpServerResponse.empty(), [yield* startSession(tokens)])
      })
    )

    const signOut = asked((request) =>
      Effect.gen(function* () {
        yield* sameOrigin
        yield* readBody(request)
        const key = yield* keyOf(request)
        if (Option.isSome(key)) yield* tokenSession.signOut(key.value)
        const response =
          request.headers["accept"]?.includes("text/html") === true
            ? redirect(settings.afterSignOut, 303)
            : HttpServerResponse.empty()
        return withCookies(response, [
          { name: settings.sessionCookie, value: "", options: { ...sessionAttributes, maxAge: 0 } }
        ])
      })
    )

    return { signIn, callback, passwordSignIn, signOut, current, sameOrigin }
  })

/** The base for parsing a path. */
const nowhere = "http://path.invalid"

const policy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const redirect = (location: string, status = 302) => HttpServerResponse.redirect(location, { status })

const withCookies = (
  response: HttpServerResponse.HttpServerResponse,
  cookies: ReadonlyArray<CookieToSet>
): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.unsafeSetCookies(
    response,
    cookies.map(({ name, options, value }) => [name, value, options] as const)
  )

/** Where to redirect after a sign-in, unless that is one of these routes. */
const returnTo = (url: string, paths: AuthPaths): string | undefined => {
  const [, query = ""] = url.split("?", 2)
  const path = localPath(new URLSearchParams(query).get("returnTo") ?? "")
  return path === undefined || Object.values(paths).includes(new URL(path, nowhere).pathname) ? undefined : path
}

/** Browsers announce a prefetch in different headers, and links of Next.js in two of their own. */
const isPrefetch = ({ headers }: HttpServerRequest.HttpServerRequest): boolean =>
  ["sec-purpose", "purpose", "x-purpose", "x-moz"].some((name) =>
    /prefetch|prerender|preview/i.test(headers[name] ?? "")
  ) || ["next-router-prefetch", "x-middleware-prefetch"].some((name) => headers[name] !== undefined)

/** Behind a proxy that terminates TLS, the scheme and the host of a request are not those of the redirect URI. */
const pathAndQuery = (url: string): string => {
  if (!URL.canParse(url)) return url
  const { pathname, search } = new URL(url)
  return pathname + search
}

const decodeForm = Schema.decode(Schema.parseJson(PasswordForm))

/** Whether the right callback can still come. */
const leavesTheState = (error: AuthFailure): boolean =>
  error._tag === "RedirectMismatchError" ||
  error._tag === "StateMismatchError" ||
  (error._tag === "StoreError" && error.store === "PendingAuthorizations") ||
  (error._tag === "CallbackError" && error.code === "issuer_mismatch")

const encodeFailure = Schema.encodeSync(AuthFailure)

const statusOf = statusesOf(AuthFailure)

/**
 * The routes of sign-in, for any host that can run an `HttpApp`.
 *
 * @since 0.1.0
 * @category services
 */
export class AuthRoutes extends Context.Tag("@effect-baanx/server/AuthRoutes")<AuthRoutes, AuthRoutesShape>() {
  /**
   * A server that this layer is provided to creates no spans for these routes.
   *
   * @since 0.1.0
   */
  static readonly layer = (
    options: AuthOptions,
    paths: AuthPaths = defaultPaths
  ): Layer.Layer<AuthRoutes, InvalidConfigError, AuthorizationFlow | LoginService | TokenSession> =>
    Layer.merge(Layer.effect(AuthRoutes, make(options, paths)), untraced(Object.values(paths)))
}
