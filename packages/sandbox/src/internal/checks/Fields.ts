/**
 * Checks the parameters of a query and the fields of a body against the contract: nothing unknown, nothing missing,
 * nothing malformed, in this order.
 */
import { BadRequest, OAuthError, UnprocessableEntity } from "@effect-baanx/api/WireError"
import * as Effect from "effect/Effect"
import { refuse } from "../Call.js"
import type { Fields, Step } from "../Contract.js"

/** What a value must be; the response says it, so that the developer need not look it up. */
const rules: Readonly<Record<string, string>> = {
  state: "at least 8 characters",
  code_challenge: "BASE64URL(SHA256(code_verifier)) without padding, 43 characters",
  code_challenge_method: "S256",
  code_verifier: "43 to 128 characters of A-Z a-z 0-9 - . _ ~",
  mode: "api, or left out",
  region: "us, or left out",
  prompt: "consent, or left out",
  token_hint: "access_token or refresh_token"
}

const errorCodes: Readonly<Record<string, string>> = {
  grant_type: "unsupported_grant_type",
  response_type: "unsupported_response_type"
}

const missing = (name: string, envelope: Step["envelope"]) =>
  refuse(
    envelope === "oauth"
      ? new OAuthError({ error: "invalid_request", error_description: `Missing required parameter: ${name}` })
      : new BadRequest({ message: `${name} is required` })
  )

const malformed = (name: string, envelope: Step["envelope"]) => {
  const rule = rules[name]
  return refuse(
    envelope === "oauth"
      ? new OAuthError({
          error: errorCodes[name] ?? "invalid_request",
          error_description: `Invalid parameter: ${name}${rule === undefined ? "" : ` (${rule})`}`
        })
      : new BadRequest({ message: `${name} is not valid` })
  )
}

const notAllowed = (name: string) => refuse(new UnprocessableEntity({ message: `${name} field is not allowed` }))

/**
 * Refuses values that fit none of the shapes. `variants` has more than one shape if a literal field, `grant_type`,
 * distinguishes them.
 */
export const checkFields = (
  values: ReadonlyMap<string, unknown>,
  variants: ReadonlyArray<Fields>,
  envelope: Step["envelope"]
): Effect.Effect<void, OAuthError | BadRequest | UnprocessableEntity> =>
  Effect.gen(function* () {
    for (const [name, value] of values) {
      if (!variants.some((fields) => fields.has(name))) return yield* notAllowed(name)
      // Every value of the contract's requests is a string.
      if (typeof value !== "string") {
        return yield* refuse(new UnprocessableEntity({ message: `${name} field must be a string` }))
      }
    }
    const fields = variants.length === 1 ? variants[0] : yield* chooseVariant(values, variants, envelope)
    if (fields === undefined) return
    for (const name of values.keys()) {
      if (!fields.has(name)) return yield* notAllowed(name)
    }
    for (const [name, field] of fields) {
      const value = values.get(name)
      // A parameter without a value counts as omitted (RFC 6749 section 3.1).
      if (field.required && (value === undefined || value === "")) return yield* missing(name, envelope)
      if (value !== undefined && !field.accepts(value)) return yield* malformed(name, envelope)
    }
  })

const chooseVariant = (
  values: ReadonlyMap<string, unknown>,
  variants: ReadonlyArray<Fields>,
  envelope: Step["envelope"]
) =>
  Effect.gen(function* () {
    for (const [name, { literal }] of variants[0] ?? []) {
      if (literal === undefined) continue
      const value = values.get(name)
      if (value === undefined || value === "") return yield* missing(name, envelope)
      return variants.find((fields) => fields.get(name)?.literal === value) ?? (yield* malformed(name, envelope))
    }
    return variants[0]
  })
