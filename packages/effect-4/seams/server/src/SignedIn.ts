/**
 * Middlewares for your own endpoints: one requires a signed-in user, the other a page of this backend.
 *
 * @since 0.1.0
 */
import { TokenSessionError } from "@effect-baanx/oauth/TokenSession"
import * as Effect from "effect/Effect"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpApiSecurity from "effect/http-api/HttpApiSecurity"
import * as Layer from "effect/Layer"
import { ForeignOriginError } from "./AuthFailure.js"
import { AuthRoutes } from "./AuthRoutes.js"
import { CurrentSession } from "./CurrentSession.js"
import { errorsOf } from "./internal/errorsOf.js"

/**
 * Requires the cookie of a session, and provides `CurrentSession`. Any other request fails with `SessionLostError`,
 * status 401.
 *
 * @since 0.1.0
 * @category services
 */
export class SignedIn extends HttpApiMiddleware.Service<SignedIn, { provides: CurrentSession }>()(
  "@effect-baanx/server/SignedIn",
  {
    error: errorsOf(TokenSessionError),
    security: { session: HttpApiSecurity.apiKey({ in: "cookie", key: "__Host-session" }) }
  }
) {
  /** @since 0.1.0 */
  static readonly layer: Layer.Layer<SignedIn, never, AuthRoutes> = Layer.effect(
    SignedIn,
    // The name of the cookie is a setting, and may differ from the one in the OpenAPI document.
    Effect.map(AuthRoutes, ({ current }) => ({
      session: (handle) => Effect.provideServiceEffect(handle, CurrentSession, current)
    }))
  )
}

/**
 * Requires that the request comes from a page of this backend, by its `Origin`: for an endpoint that changes something.
 * Any other request fails with `ForeignOriginError`, status 403.
 *
 * @since 0.1.0
 * @category services
 */
export class SameOrigin extends HttpApiMiddleware.Service<SameOrigin>()("@effect-baanx/server/SameOrigin", {
  error: errorsOf(ForeignOriginError)
}) {
  /** @since 0.1.0 */
  static readonly layer: Layer.Layer<SameOrigin, never, AuthRoutes> = Layer.effect(
    SameOrigin,
    Effect.map(
      AuthRoutes,
      ({ sameOrigin }) =>
        (handle) =>
          Effect.andThen(sameOrigin, handle)
    )
  )
}
