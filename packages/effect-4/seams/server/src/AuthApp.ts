/**
 * Sign-in for a host that has no `HttpApi`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import type * as Layer from "effect/Layer"
import { type AuthPaths, AuthRoutes, defaultPaths } from "./AuthRoutes.js"

/**
 * Options of the router.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthAppOptions {
  /** Default `/sign-in`, `/callback` and `/sign-out`. Pass the same to `AuthRoutes.layer`. */
  readonly paths?: AuthPaths | undefined
  /** Whether to offer API mode, a `POST` at the path of the sign-in. Default `false`. */
  readonly passwordSignIn?: boolean | undefined
}

/**
 * The routes as a layer for `HttpRouter`: serve it with `HttpRouter.toWebHandler`, or merge routes of your own into it.
 * `AuthRoutes.current` returns the session of the signed-in user.
 *
 * @since 2.0.0
 * @category constructors
 */
export const make = ({ passwordSignIn = false, paths = defaultPaths }: AuthAppOptions = {}): Layer.Layer<
  never,
  never,
  HttpRouter.HttpRouter | AuthRoutes
> =>
  HttpRouter.addAll(
    Effect.map(AuthRoutes, (routes) => [
      HttpRouter.route("GET", paths.signIn, routes.signIn),
      HttpRouter.route("GET", paths.callback, routes.callback),
      HttpRouter.route("POST", paths.signOut, routes.signOut),
      ...(passwordSignIn ? [HttpRouter.route("POST", paths.signIn, routes.passwordSignIn)] : [])
    ])
  )
