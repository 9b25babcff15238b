/**
 * Step 1: `GET /v1/auth/oauth/authorize/initiate`, and the page that replaces it in the newer family, `GET
 * /v1/auth/oauth2/authorize`.
 *
 * @since 0.1.0
 */
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as Schema from "effect/Schema"
import { SessionToken, State } from "./Credentials.js"
import { SecretKeyHeaders } from "./Headers.js"
import { OAuthError } from "./WireError.js"

const state = Schema.compose(Schema.String.pipe(Schema.minLength(8)), State)
const codeChallenge = Schema.String.pipe(Schema.pattern(/^[A-Za-z0-9_-]{43}$/u))

/**
 * The query of step 1 in the `oauth` family. All but `mode`, `region` and `client_secret` are required; `state` has at
 * least 8 characters; `code_challenge` is `BASE64URL(SHA256(verifier))` without padding, 43 characters (RFC 7636
 * section 4.2). Without `mode=api` the endpoint redirects to the hosted page.
 *
 * @since 0.1.0
 * @category schemas
 */
export const InitiateQuery = Schema.Struct({
  response_type: Schema.Literal("code"),
  client_id: Schema.NonEmptyString,
  redirect_uri: Schema.NonEmptyString,
  state,
  code_challenge: codeChallenge,
  code_challenge_method: Schema.Literal("S256"),
  mode: Schema.optional(Schema.Literal("api")),
  region: Schema.optional(Schema.Literal("us")),
  client_secret: Schema.optional(Schema.Redacted(Schema.String))
})

/**
 * The response of step 1 with `mode=api`: the session token, a JWT that is valid for 10 minutes, and the URL of the
 * hosted page.
 *
 * @since 0.1.0
 * @category schemas
 */
export const InitiateAnswer = Schema.Struct({
  token: SessionToken.nonEmpty,
  url: Schema.optional(Schema.NullOr(Schema.Redacted(Schema.String)))
})

/**
 * The query of the hosted page in the `oauth2` family. `scope` is a list separated by spaces; `offline_access` requests
 * a refresh token.
 *
 * @since 0.1.0
 * @category schemas
 */
export const HostedPageQuery = Schema.Struct({
  response_type: Schema.Literal("code"),
  client_id: Schema.NonEmptyString,
  redirect_uri: Schema.NonEmptyString,
  scope: Schema.NonEmptyString,
  code_challenge: codeChallenge,
  code_challenge_method: Schema.Literal("S256"),
  state: Schema.optional(state),
  prompt: Schema.optional(Schema.Literal("consent")),
  region: Schema.optional(Schema.Literal("us"))
})

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
 * The hosted page of the `oauth2` family. A browser opens it, so it cannot require a header.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const hostedPage = HttpApiEndpoint.get("hostedPage", "/v1/auth/oauth2/authorize")
  .setUrlParams(HostedPageQuery)
  .addSuccess(HttpApiSchema.Empty(302))
  .addError(OAuthError)
