/**
 * The Baanx OAuth API as one `HttpApi`: the sandbox serves it, the client is built from it, OpenAPI comes from it.
 *
 * @since 0.1.0
 */
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { AuthorizeAnswer, AuthorizeBody } from "./Authorize.js"
import { BearerHeaders, ClientKeyCheck, RegionHeaders, SecretKeyHeaders } from "./Headers.js"
import { HostedPageQuery, InitiateAnswer, InitiateQuery } from "./Initiate.js"
import { LoginAnswer, LoginBody, OtpBody, SuccessAnswer, UserAnswer } from "./Login.js"
import { RevokeBody } from "./Revoke.js"
import { HostedTokenBody, HostedTokenForm, TokenAnswer, TokenBody } from "./Token.js"
import {
  BadRequest,
  Forbidden,
  InternalServerError,
  OAuthError,
  PayloadTooLarge,
  TooManyRequests,
  Unauthorized,
  UnprocessableEntity
} from "./WireError.js"

/**
 * Step 1 of the `oauth` family. Without `mode=api` it redirects to the hosted page instead.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const initiate = HttpApiEndpoint.get("initiate", "/v1/auth/oauth/authorize/initiate")
  .setUrlParams(InitiateQuery)
  .setHeaders(SecretKeyHeaders)
  .addSuccess(InitiateAnswer)
  .addError(OAuthError)

/**
 * Step 3, the heart of the API.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const authorize = HttpApiEndpoint.post("authorize", "/v1/auth/oauth/authorize")
  .setHeaders(BearerHeaders)
  .setPayload(AuthorizeBody)
  .addSuccess(AuthorizeAnswer)
  .addError(OAuthError)
  .addError(Unauthorized)
  .addError(Forbidden)

/**
 * Step 4 and refresh of the `oauth` family.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const token = HttpApiEndpoint.post("token", "/v1/auth/oauth/token")
  .setHeaders(SecretKeyHeaders)
  .setPayload(TokenBody)
  .addSuccess(TokenAnswer)
  .addError(OAuthError)

/**
 * Ends every access and refresh token that this client holds for the user.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const revoke = HttpApiEndpoint.del("revoke", "/v1/auth/oauth/revoke")
  .setHeaders(BearerHeaders)
  .addSuccess(SuccessAnswer)
  .addError(Unauthorized)

/**
 * The hosted page of the `oauth2` family, opened in a browser: no header can be asked for.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const hostedPage = HttpApiEndpoint.get("hostedPage", "/v1/auth/oauth2/authorize")
  .setUrlParams(HostedPageQuery)
  .addSuccess(HttpApiSchema.Empty(302))
  .addError(OAuthError)

/**
 * Step 4 and refresh of the `oauth2` family, as JSON or as a form.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const hostedToken = HttpApiEndpoint.post("hostedToken", "/v1/auth/oauth2/token")
  .setHeaders(RegionHeaders)
  .setPayload(Schema.Union(HostedTokenBody, HostedTokenForm))
  .addSuccess(TokenAnswer)
  .addError(OAuthError)

/**
 * Ends one token of the `oauth2` family.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const hostedRevoke = HttpApiEndpoint.post("hostedRevoke", "/v1/auth/oauth2/revoke")
  .setHeaders(RegionHeaders)
  .setPayload(RevokeBody)
  .addSuccess(SuccessAnswer)
  .addError(OAuthError)

/**
 * Step 2.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const login = HttpApiEndpoint.post("login", "/v1/auth/login")
  .setHeaders(RegionHeaders)
  .setPayload(LoginBody)
  .addSuccess(LoginAnswer)
  .addError(Unauthorized)
  .addError(Forbidden)

/**
 * Sends the one-time code of step 2; the server never does so by itself.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const sendOtp = HttpApiEndpoint.post("sendOtp", "/v1/auth/login/otp")
  .setHeaders(RegionHeaders)
  .setPayload(OtpBody)
  .addSuccess(SuccessAnswer)

/**
 * Ends a login token at once.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const logout = HttpApiEndpoint.post("logout", "/v1/auth/logout")
  .setHeaders(BearerHeaders)
  .addSuccess(SuccessAnswer)
  .addError(Unauthorized)

/**
 * The signed-in user: the call that clients use to see whether a token works.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const user = HttpApiEndpoint.get("user", "/v1/user")
  .setHeaders(BearerHeaders)
  .addSuccess(UserAnswer)
  .addError(Unauthorized)

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
 * The token endpoints of the newer family, known from public clients.
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
 * The user: login, one-time code, logout and the check of a token.
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
  .annotate(OpenApi.Version, "1") {}
