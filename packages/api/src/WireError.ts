/**
 * Every error body that Baanx is known to send, each tied to its status.
 *
 * Two envelopes exist: `{"message": "…"}` for everything that is not OAuth, and
 * `{"error": "…", "error_description": "…"}` for what RFC 6749 section 5.2 defines.
 *
 * @since 0.1.0
 */
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as Schema from "effect/Schema"

/**
 * The OAuth envelope (RFC 6749 section 5.2): 400.
 *
 * @since 0.1.0
 * @category errors
 */
export class OAuthError extends Schema.Class<OAuthError>("OAuthError")(
  {
    error: Schema.String,
    error_description: Schema.optional(Schema.String)
  },
  HttpApiSchema.annotations({ status: 400, description: "The request violates RFC 6749 or RFC 7636" })
) {}

/**
 * A request that is not JSON, or has a missing or invalid value, reported outside the OAuth envelope: 400.
 *
 * @since 0.1.0
 * @category errors
 */
export class BadRequest extends Schema.Class<BadRequest>("BadRequest")(
  { message: Schema.String },
  HttpApiSchema.annotations({ status: 400, description: "The request cannot be read or a value is not allowed" })
) {}

/**
 * Wrong email or password, or a bearer token that is unknown, expired or revoked: 401.
 *
 * @since 0.1.0
 * @category errors
 */
export class Unauthorized extends Schema.Class<Unauthorized>("Unauthorized")(
  { message: Schema.String },
  HttpApiSchema.annotations({ status: 401, description: "Credentials or bearer token refused" })
) {}

/**
 * A disabled account: 403.
 *
 * @since 0.1.0
 * @category errors
 */
export class Forbidden extends Schema.Class<Forbidden>("Forbidden")(
  { message: Schema.String },
  HttpApiSchema.annotations({ status: 403, description: "The account may not do this" })
) {}

/**
 * A body larger than the server accepts: 413.
 *
 * @since 0.1.0
 * @category errors
 */
export class PayloadTooLarge extends Schema.Class<PayloadTooLarge>("PayloadTooLarge")(
  { message: Schema.String },
  HttpApiSchema.annotations({ status: 413, description: "The body is too large" })
) {}

/**
 * A field that the endpoint does not know or whose type is wrong: 422, `"<name> field is not allowed"`.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnprocessableEntity extends Schema.Class<UnprocessableEntity>("UnprocessableEntity")(
  { message: Schema.String },
  HttpApiSchema.annotations({ status: 422, description: "A field is not allowed" })
) {}

/**
 * Too many requests: 429, with or without `Retry-After`.
 *
 * @since 0.1.0
 * @category errors
 */
export class TooManyRequests extends Schema.Class<TooManyRequests>("TooManyRequests")(
  { message: Schema.String },
  HttpApiSchema.annotations({ status: 429, description: "Too many requests" })
) {}

/**
 * The `x-client-key` is unknown to Baanx: 498.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidClientKey extends Schema.Class<InvalidClientKey>("InvalidClientKey")(
  { message: Schema.String },
  HttpApiSchema.annotations({ status: 498, description: "Unknown client key" })
) {}

/**
 * The `x-client-key` is missing: 499.
 *
 * @since 0.1.0
 * @category errors
 */
export class MissingClientKey extends Schema.Class<MissingClientKey>("MissingClientKey")(
  { message: Schema.String },
  HttpApiSchema.annotations({ status: 499, description: "No client key" })
) {}

/**
 * Baanx failed: 500.
 *
 * @since 0.1.0
 * @category errors
 */
export class InternalServerError extends Schema.Class<InternalServerError>("InternalServerError")(
  { message: Schema.String },
  HttpApiSchema.annotations({ status: 500, description: "The server failed" })
) {}
