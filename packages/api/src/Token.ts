/**
 * Step 4 and refresh: `POST /v1/auth/oauth/token` and `POST /v1/auth/oauth2/token`.
 *
 * @since 0.1.0
 */
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as Schema from "effect/Schema"
import { AccessToken, AuthorizationCode, CodeVerifier, RefreshToken } from "./Credentials.js"

/**
 * A PKCE verifier on the wire (RFC 7636 section 4.1): 43 to 128 unreserved characters.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CodeVerifierText = Schema.String.pipe(Schema.pattern(/^[A-Za-z0-9._~-]{43,128}$/))

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
 * The body that refreshes, the same in both families.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RefreshGrantBody = Schema.Struct({
  grant_type: Schema.Literal("refresh_token"),
  refresh_token: RefreshToken.nonEmpty
})

/**
 * The body that exchanges a code in the `oauth2` family. Known clients send it with and without `redirect_uri` and
 * `client_id`.
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
 * What the token endpoint of the `oauth` family takes, as JSON.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenBody = Schema.Union(CodeGrantBody, RefreshGrantBody)

/**
 * What the token endpoint of the `oauth2` family takes, as JSON.
 *
 * @since 0.1.0
 * @category schemas
 */
export const HostedTokenBody = Schema.Union(HostedCodeGrantBody, RefreshGrantBody)

/**
 * The same as a form (`application/x-www-form-urlencoded`, RFC 6749 section 4.1.3).
 *
 * @since 0.1.0
 * @category schemas
 */
export const HostedTokenForm = HostedTokenBody.pipe(HttpApiSchema.withEncoding({ kind: "UrlParams" }))

/** 317 years. A date can still be computed from it. */
const maxSeconds = 9_999_999_999

/**
 * A lifetime in whole seconds: a positive number of at most ten digits, or the same as text.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Seconds = Schema.Union(
  Schema.Int.pipe(Schema.between(1, maxSeconds)),
  Schema.compose(Schema.String.pipe(Schema.pattern(/^[0-9]{1,10}$/)), Schema.NumberFromString).pipe(Schema.positive())
)

/**
 * The response of both grants (RFC 6749 section 5.1). The documentation has no `token_type`; other clients saw
 * `"Bearer"`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenAnswer = Schema.Struct({
  access_token: AccessToken.nonEmpty,
  expires_in: Seconds,
  refresh_token: RefreshToken.nonEmpty,
  refresh_token_expires_in: Schema.optional(Schema.NullOr(Seconds)),
  token_type: Schema.optional(Schema.NullOr(Schema.String.pipe(Schema.pattern(/^bearer$/i)))),
  scope: Schema.optional(Schema.NullOr(Schema.Redacted(Schema.String))),
  id_token: Schema.optional(Schema.NullOr(Schema.Redacted(Schema.String)))
})
