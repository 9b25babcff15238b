/**
 * Sign-out: `DELETE /v1/auth/oauth/revoke` with the access token as bearer and no body, `POST /v1/auth/oauth2/revoke`
 * with one token per call, and `POST /v1/auth/logout`.
 *
 * @since 0.1.0
 */
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as Schema from "effect/Schema"
import { BearerHeaders, RegionHeaders } from "./Headers.js"
import { SuccessAnswer } from "./Login.js"
import { OAuthError, Unauthorized } from "./WireError.js"

/**
 * The body of a revocation in the `oauth2` family. The field is `token_hint`, not the `token_type_hint` of RFC 7009.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RevokeBody = Schema.Struct({
  token: Schema.Redacted(Schema.NonEmptyString),
  token_hint: Schema.optional(Schema.Literal("access_token", "refresh_token"))
})

/**
 * Revokes every access and refresh token that this client holds for the user.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const revoke = HttpApiEndpoint.del("revoke", "/v1/auth/oauth/revoke")
  .setHeaders(BearerHeaders)
  .addSuccess(SuccessAnswer)
  .addError(Unauthorized)

/**
 * Revokes one token of the `oauth2` family.
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
 * Ends a login token immediately. Released clients call it with the OAuth access token too, to sign the user out; what
 * else that ends is not documented.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const logout = HttpApiEndpoint.post("logout", "/v1/auth/logout")
  .setHeaders(BearerHeaders)
  .addSuccess(SuccessAnswer)
  .addError(Unauthorized)
