/**
 * The Baanx OAuth API as one `HttpApi`: the sandbox serves it, and the client and the OpenAPI document are built from
 * it.
 *
 * @since 0.1.0
 */
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as OpenApi from "@effect/platform/OpenApi"
import { authorize } from "./Authorize.js"
import { ClientKeyCheck } from "./Headers.js"
import { hostedPage, initiate } from "./Initiate.js"
import { document } from "./internal/openApi.js"
import { login, sendOtp, user } from "./Login.js"
import { hostedRevoke, logout, revoke } from "./Revoke.js"
import { hostedToken, token } from "./Token.js"
import { BadRequest, InternalServerError, PayloadTooLarge, TooManyRequests, UnprocessableEntity } from "./WireError.js"

export { authorize, hostedPage, hostedRevoke, hostedToken, initiate, login, logout, revoke, sendOtp, token, user }

/**
 * The OAuth endpoints that the documentation describes.
 *
 * @since 0.1.0
 * @category groups
 */
export const OAuthGroup = HttpApiGroup.make("oauth")
  .add(initiate)
  .add(authorize)
  .add(token)
  .add(revoke)
  .middleware(ClientKeyCheck)

/**
 * The token and revocation endpoints of the newer family, known from public clients.
 *
 * @since 0.1.0
 * @category groups
 */
export const OAuth2Group = HttpApiGroup.make("oauth2").add(hostedToken).add(hostedRevoke).middleware(ClientKeyCheck)

/**
 * The pages that a browser opens, where no client key can be sent.
 *
 * @since 0.1.0
 * @category groups
 */
export const HostedGroup = HttpApiGroup.make("hosted").add(hostedPage)

/**
 * The user endpoints: login, one-time code, logout and a call that checks a token.
 *
 * @since 0.1.0
 * @category groups
 */
export const UserGroup = HttpApiGroup.make("user")
  .add(login)
  .add(sendOtp)
  .add(logout)
  .add(user)
  .middleware(ClientKeyCheck)

/**
 * The whole contract.
 *
 * @since 0.1.0
 * @category apis
 */
export class BaanxApi extends HttpApi.make("baanx")
  .add(OAuthGroup)
  .add(UserGroup)
  .add(OAuth2Group)
  .add(HostedGroup)
  .addError(BadRequest)
  .addError(PayloadTooLarge)
  .addError(UnprocessableEntity)
  .addError(TooManyRequests)
  .addError(InternalServerError)
  .annotate(OpenApi.Title, "Baanx OAuth")
  .annotate(OpenApi.Version, "1")
  .annotate(OpenApi.Transform, document) {}
