/**
 * Sign-out: `DELETE /v1/auth/oauth/revoke` with the access token as bearer and no body, and
 * `POST /v1/auth/oauth2/revoke` with one token a call.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * The body of a revocation in the `oauth2` family. The field is `token_hint`, not `token_type_hint` of RFC 7009.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RevokeBody = Schema.Struct({
  token: Schema.Redacted(Schema.NonEmptyString),
  token_hint: Schema.optional(Schema.Literal("access_token", "refresh_token"))
})
