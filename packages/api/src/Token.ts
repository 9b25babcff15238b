/**
 * Step 4 and refresh: `POST /v1/auth/oauth/token` and `POST /v1/auth/oauth2/token`.
 *
 * @since 0.1.0
 */
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as Schema from "effect/Schema"
import { AccessToken, AuthorizationCode, CodeVerifier, CodeVerifierText, RefreshToken } from "./Credentials.js"
import { RegionHeaders, SecretKeyHeaders } from "./Headers.js"
import { lenient } from "./internal/lenient.js"
import { OAuthError } from "./WireError.js"

const verifier = Schema.compose(CodeVerifierText, CodeVerifier)

/**
 * The body that exchanges a code in the `oauth` family: all four fields, nothing else.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CodeGrantBody = Schema.Struct({
  grant_type: Schema.Literal("authorization_code"),
  code: AuthorizationCode.nonEmpty,
  redirect_uri: Schema.NonEmptyString,
  code_verifier: verifier
})

/**
 * The body of a refresh, the same in both families.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RefreshGrantBody = Schema.Struct({
  grant_type: Schema.Literal("refresh_token"),
  refresh_token: RefreshToken.nonEmpty
})

/**
 * The body that exchanges a code in the `oauth2` family. The one client that is known to work sends it without
 * `redirect_uri` and `client_id`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const HostedCodeGrantBody = Schema.Struct({
  grant_type: Schema.Literal("authorization_code"),
  code: AuthorizationCode.nonEmpty,
  code_verifier: verifier,
  redirect_uri: Schema.optional(Schema.NonEmptyString),
  client_id: Schema.optional(Schema.NonEmptyString)
})

/**
 * What the token endpoint of the `oauth` family accepts, as JSON.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenBody = Schema.Union(CodeGrantBody, RefreshGrantBody)

/**
 * What the token endpoint of the `oauth2` family accepts, as JSON.
 *
 * @since 0.1.0
 * @category schemas
 */
export const HostedTokenBody = Schema.Union(HostedCodeGrantBody, RefreshGrantBody)

/**
 * The same body as a form (`application/x-www-form-urlencoded`, RFC 6749 section 4.1.3).
 *
 * @since 0.1.0
 * @category schemas
 */
export const HostedTokenForm = HostedTokenBody.pipe(HttpApiSchema.withEncoding({ kind: "UrlParams" }))

/** 317 years: a date can still be computed from it. */
const maxSeconds = 9_999_999_999

const WholeSeconds = Schema.Int.pipe(Schema.between(1, maxSeconds))

/**
 * A lifetime in whole seconds, at least 1 and at most ten digits. A fraction is rounded down, and the number may be
 * sent as text.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Seconds = Schema.transform(
  Schema.Union(Schema.Number, Schema.String).annotations({
    identifier: "Seconds",
    description: "A lifetime in seconds, which may be sent as text"
  }),
  WholeSeconds,
  { strict: true, decode: (sent) => Math.floor(Number(sent)), encode: (seconds) => seconds }
)

/**
 * The response of both grants (RFC 6749 section 5.1). Only the access token is required: the grant is already used up,
 * so no other field may make the call fail. The documentation has no `token_type`; other clients have seen `"Bearer"`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenAnswer = Schema.Struct({
  access_token: AccessToken.nonEmpty,
  expires_in: lenient(Seconds),
  refresh_token: lenient(RefreshToken.nonEmpty),
  refresh_token_expires_in: lenient(Seconds),
  token_type: lenient(Schema.String),
  scope: lenient(Schema.Redacted(Schema.String)),
  id_token: lenient(Schema.Redacted(Schema.String))
})

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
