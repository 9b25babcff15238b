/**
 * The headers of the Baanx API, named as on the wire.
 *
 * @since 0.1.0
 */
import * as HttpApiMiddleware from "@effect/platform/HttpApiMiddleware"
import * as HttpApiSecurity from "@effect/platform/HttpApiSecurity"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { InvalidClientKey, MissingClientKey } from "./WireError.js"

/**
 * `x-client-key`: the public key of the tenant, sent with every request; also the OAuth `client_id`.
 *
 * @since 0.1.0
 * @category headers
 */
export const clientKeyHeader = "x-client-key"

/**
 * `x-secret-key`: the private key of the tenant. Sources disagree on which endpoints take it.
 *
 * @since 0.1.0
 * @category headers
 */
export const secretKeyHeader = "x-secret-key"

/**
 * `x-us-env`: `"true"` routes to the US backend; without it or with `"false"`, requests go to the international one.
 *
 * @since 0.1.0
 * @category headers
 */
export const usEnvHeader = "x-us-env"

/**
 * The headers that an endpoint reads besides `x-client-key`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RegionHeaders = Schema.Struct({
  [usEnvHeader]: Schema.optional(Schema.Literal("true", "false"))
})

/**
 * The headers of step 1 and step 4, which may carry the secret key.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SecretKeyHeaders = Schema.Struct({
  ...RegionHeaders.fields,
  [secretKeyHeader]: Schema.optional(Schema.Redacted(Schema.String))
})

/**
 * The headers of an endpoint that takes a bearer token: `Authorization: Bearer <token>`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const BearerHeaders = Schema.Struct({
  ...RegionHeaders.fields,
  authorization: Schema.optional(Schema.Redacted(Schema.String))
})

/**
 * Checks `x-client-key` on every endpoint that is not a page: 499 if the header is missing, 498 if the key is unknown.
 *
 * @since 0.1.0
 * @category middleware
 */
export class ClientKeyCheck extends HttpApiMiddleware.Tag<ClientKeyCheck>()("@effect-baanx/api/ClientKeyCheck", {
  failure: Schema.Union(MissingClientKey, InvalidClientKey),
  security: {
    clientKey: HttpApiSecurity.apiKey({ in: "header", key: clientKeyHeader }).pipe(
      HttpApiSecurity.annotate(OpenApi.Description, "The public key of the tenant")
    )
  }
}) {}
