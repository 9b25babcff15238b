/**
 * Sign-in for a host that has no `HttpApi`.
 *
 * @since 0.1.0
 */
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as Effect from "effect/Effect"
import { type AuthPaths, AuthRoutes, defaultPaths, type Route } from "./AuthRoutes.js"

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

const at = (select: (routes: AuthRoutes["Type"]) => Route) => Effect.flatMap(AuthRoutes, select)

/**
 * The routes as a router, which is an `HttpApp`: mount it with `HttpApp.toWebHandlerLayer`, or add routes of your own.
 * `AuthRoutes.current` returns the session of the signed-in user.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = ({ passwordSignIn = false, paths = defaultPaths }: AuthAppOptions = {}): HttpRouter.HttpRouter<
  never,
  AuthRoutes
> => {
  const router = HttpRouter.empty.pipe(
    HttpRouter.get(
      paths.signIn,
      at(({ signIn }) => signIn)
    ),
    HttpRouter.get(
      paths.callback,
      at(({ callback }) => callback)
    ),
    HttpRouter.post(
      paths.signOut,
      at(({ signOut }) => signOut)
    )
  )
  return passwordSignIn
    ? HttpRouter.post(
        router,
        paths.signIn,
        at(({ passwordSignIn }) => passwordSignIn)
      )
    : router
}
