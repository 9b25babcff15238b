/**
 * Step 3: `POST /v1/auth/oauth/authorize`, "Generate Authorization Code".
 *
 * @since 0.1.0
 */
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as Schema from "effect/Schema"
import { AuthorizationCode, SessionToken, State } from "./Credentials.js"
import { redacted } from "./internal/redacted.js"
import { BearerHeaders } from "./Headers.js"
import { Forbidden, OAuthError, Unauthorized } from "./WireError.js"

/**
 * The body of step 3: the session token of step 1, a JWT, and nothing else. The login token of step 2 goes into the
 * `Authorization` header.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AuthorizeBody = Schema.Struct({ token: SessionToken.nonEmpty })

/**
 * The response of step 3: the complete redirect URL, the single-use code and the state of step 1.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AuthorizeAnswer = Schema.Struct({
  url: redacted(Schema.NonEmptyString),
  code: AuthorizationCode.nonEmpty,
  state: State.nonEmpty
})

/**
 * Step 3: exchanges the session token and the login token for an authorization code.
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
