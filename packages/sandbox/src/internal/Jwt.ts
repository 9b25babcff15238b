/** The session token: a JWT signed with HS256 (RFC 7515, RFC 7519). */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { createHmac, timingSafeEqual } from "node:crypto"

const Claims = Schema.parseJson(
  Schema.Struct({ jti: Schema.String, client_id: Schema.String, iat: Schema.Number, exp: Schema.Number })
)

/** The claims of a session token. `iat` and `exp` are in seconds. */
export type Claims = typeof Claims.Type

const decodeClaims = Schema.decodeOption(Claims)

const base64url = (text: string) => Buffer.from(text).toString("base64url")

const header = base64url(JSON.stringify({ alg: "HS256", typ: "JWT" }))

const signature = (key: Uint8Array, input: string) => createHmac("sha256", key).update(input).digest()

/** Signs claims. */
export const sign = (key: Uint8Array, claims: Claims): string => {
  const input = `${header}.${base64url(JSON.stringify(claims))}`
  return `${input}.${signature(key, input).toString("base64url")}`
}

/** The claims of a token that this key signed; none for any other. The caller checks whether it has expired. */
export const verify = (key: Uint8Array, token: string): Option.Option<Claims> => {
  const [head, payload, proof, ...rest] = token.split(".")
  if (head !== header || payload === undefined || proof === undefined || rest.length > 0) return Option.none()
  const expected = signature(key, `${head}.${payload}`)
  const given = Buffer.from(proof, "base64url")
  // Another spelling of the same bytes would be another token.
  if (given.toString("base64url") !== proof || given.length !== expected.length) return Option.none()
  if (!timingSafeEqual(given, expected)) return Option.none()
  return decodeClaims(Buffer.from(payload, "base64url").toString())
}
