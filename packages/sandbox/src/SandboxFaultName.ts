/**
 * The named faults: the odd ways in which servers and gateways respond later in the life of a session.
 *
 * @since 0.1.0
 */
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"

/**
 * What each does, in one line. The pair is what `token` and `hostedToken` return: it is valid, and the tokens before it
 * are used up. A revocation is a request to `revoke`, `hostedRevoke` or `logout`. Faults that are not about a pair, a
 * refresh or a revocation apply to any step.
 *
 * @since 0.1.0
 * @category constants
 */
export const sandboxFaultNames = {
  // A pair with something odd in the response
  "scope-list": "The pair has a `scope` that is an array",
  "scope-null": "The pair has a `scope` that is null",
  "id-token-false": "The pair has an `id_token` that is false",
  "token-type-empty": "The pair has a `token_type` that is empty",
  "refresh-expiry-zero": "The pair has a `refresh_token_expires_in` of 0",
  "expires-in-fraction": "The pair has an `expires_in` of 3599.5",
  "expires-in-null": "The pair has an `expires_in` that is null",
  "expires-in-missing": "The pair has no `expires_in`",
  "expires-in-text": 'The pair has an `expires_in` that is text, "3600"',
  "content-type-missing": "The pair comes without `Content-Type`",
  "content-type-twice": "The pair comes with `Content-Type: application/json, application/json`",
  "content-type-text": "The pair comes as text/plain",
  "long-headers": "The pair comes with 20 KiB of headers, more than the 16 KiB that Node reads by default",
  "odd-pair": "One of the above, chosen at random; the detail in the log says which",
  "continue-first": "The pair comes after an unsolicited 100 Continue, except in process",
  "long-tokens": "The pair has tokens of 9,000 characters",

  // A refresh without a new refresh token
  "no-refresh-token":
    "A refresh returns only an access token, and the old refresh token stays valid (RFC 6749 section 6)",

  // A refresh whose grant is revoked, refused in another form
  "refused-as-403": 'A refresh revokes its grant and is refused with 403 {"error":"invalid_grant"}',
  "refused-in-capitals": 'A refresh revokes its grant and is refused with 400 {"error":"INVALID_GRANT"}',
  "refused-as-text": 'A refresh revokes its grant and is refused with 400 {"error":"invalid_grant"} as text/plain',
  "refused-as-200": 'A refresh revokes its grant and is refused with 200 {"error":"invalid_grant"} and a description',
  "refused-as-401-message": 'A refresh revokes its grant and is refused with 401 {"message":"Invalid refresh token"}',
  "refused-as-400-message":
    'A refresh revokes its grant and is refused with 400 {"message":"The refresh token is invalid, expired or revoked"}',

  // Refusals that say nothing about a token
  "client-key-unknown": '498 {"message":"Invalid client key"}, and nothing is done',
  "client-key-missing": '499 {"message":"Missing client key"}, and nothing is done',
  "invalid-client": '401 {"error":"invalid_client"}, and nothing is done',
  "unauthorized-client": '400 {"error":"unauthorized_client"}, and nothing is done',
  "invalid-request": '400 {"error":"invalid_request"}, and nothing is done',
  "temporarily-unavailable": '503 {"error":"temporarily_unavailable"}, and nothing is done',
  "gateway-401": "401 from a gateway, an HTML page with `WWW-Authenticate: Basic`, and nothing is done",
  "gateway-403": "403 from a gateway, an HTML page, and nothing is done",
  "gateway-503": "503 from a gateway, an HTML page, and nothing is done",
  "retry-after-date": "429 with a `Retry-After` that is a date 120 seconds after `Date`, and nothing is done",

  // Revocations
  "revoke-without-body": "A revocation takes effect and returns 200 without a body",
  "revoke-204": "A revocation takes effect and returns 204",
  "revoke-ok-text": "A revocation takes effect and returns 200 ok as text/plain",
  "revoke-empty-object": "A revocation takes effect and returns 200 {}",
  "revoke-refused": 'A revocation returns 200 {"success":false}, and nothing is done',

  // The whole sandbox
  "access-ends-early": "Every access token expires before the request is handled; refresh tokens stay valid"
}

/**
 * One of the names.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SandboxFaultName = Schema.Literal(...Record.keys(sandboxFaultNames))
export type SandboxFaultName = typeof SandboxFaultName.Type
