/** The contract, with a handler for each endpoint. */
import { BaanxApi } from "@effect-baanx/api/BaanxApi"
import { ClientKeyCheck } from "@effect-baanx/api/Headers"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServer from "@effect/platform/HttpServer"
import type * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Scope } from "effect/Scope"
import { authorize } from "./endpoints/Authorize.js"
import { hostedPage } from "./endpoints/HostedPage.js"
import { hostedRevoke } from "./endpoints/HostedRevoke.js"
import { hostedToken } from "./endpoints/HostedToken.js"
import { initiate } from "./endpoints/Initiate.js"
import { login } from "./endpoints/Login.js"
import { logout } from "./endpoints/Logout.js"
import { revoke } from "./endpoints/Revoke.js"
import { sendOtp } from "./endpoints/SendOtp.js"
import { token } from "./endpoints/Token.js"
import { user } from "./endpoints/User.js"
import type { SandboxRandom } from "../SandboxRandom.js"
import type { Store } from "./Store.js"
import { refusalResponse, type Refusal } from "./WireResponse.js"

/** `HttpApiBuilder` would give every `{"message": …}` the status of the first refusal of that shape. */
const withRefusals =
  <Request, A, E extends Refusal, R>(endpoint: (request: Request) => Effect.Effect<A, E, R>) =>
  (request: Request): Effect.Effect<A | HttpServerResponse.HttpServerResponse, never, R> =>
    Effect.catchAll(endpoint(request), (refusal) => Effect.succeed(refusalResponse(refusal)))

const OAuth = HttpApiBuilder.group(BaanxApi, "oauth", (handlers) =>
  handlers
    .handle("initiate", withRefusals(initiate))
    .handle("authorize", withRefusals(authorize))
    .handle("token", withRefusals(token))
    .handle("revoke", withRefusals(revoke))
)

const User = HttpApiBuilder.group(BaanxApi, "user", (handlers) =>
  handlers
    .handle("login", withRefusals(login))
    .handle("sendOtp", withRefusals(sendOtp))
    .handle("logout", withRefusals(logout))
    .handle("user", withRefusals(user))
)

const OAuth2 = HttpApiBuilder.group(BaanxApi, "oauth2", (handlers) =>
  handlers.handle("hostedToken", withRefusals(hostedToken)).handle("hostedRevoke", withRefusals(hostedRevoke))
)

const Hosted = HttpApiBuilder.group(BaanxApi, "hosted", (handlers) =>
  handlers.handle("hostedPage", withRefusals(hostedPage))
)

/** `StrictRequest` has checked the key by now: before the body was read, as Baanx does. */
const ClientKeyWasChecked = Layer.succeed(ClientKeyCheck, { clientKey: () => Effect.void })

const Api = HttpApiBuilder.api(BaanxApi).pipe(
  Layer.provide([OAuth, User, OAuth2, Hosted]),
  Layer.provide(ClientKeyWasChecked)
)

/** The endpoints as one app. It expects requests that `strictRequest` has let through. */
export const baanxApp: Effect.Effect<HttpApp.Default, never, Store | SandboxRandom | Scope> = Effect.gen(function* () {
  const services = yield* Layer.build(
    Layer.mergeAll(Api, HttpApiBuilder.Router.Live, HttpApiBuilder.Middleware.layer, HttpServer.layerContext)
  )
  return Effect.provide(yield* Effect.provide(HttpApiBuilder.httpApp, services), services)
})
