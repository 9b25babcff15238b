/**
 * Proof Key for Code Exchange, S256 only (RFC 7636).
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"
import { CodeVerifier } from "./Credentials.js"
import { random256 } from "./SecureRandom.js"

/**
 * A verifier, kept until step 4, and its challenge, sent in step 1.
 *
 * @since 0.1.0
 * @category models
 */
export interface Pkce {
  /** 43 characters (RFC 7636 section 4.1). */
  readonly verifier: CodeVerifier
  /** Its SHA-256, also 43 characters (section 4.2). */
  readonly challenge: string
}

/**
 * `BASE64URL(SHA256(verifier))` without padding (RFC 7636 section 4.2).
 *
 * @since 0.1.0
 * @category constructors
 */
export const codeChallenge = (verifier: CodeVerifier): Effect.Effect<string> =>
  Effect.map(
    Effect.promise(() =>
      globalThis.crypto.subtle.digest("SHA-256", new TextEncoder().encode(Redacted.value(verifier)))
    ),
    (digest) => Encoding.encodeBase64Url(new Uint8Array(digest))
  )

/**
 * Generates a verifier of 256 random bits, 43 characters, with its challenge.
 *
 * @since 0.1.0
 * @category constructors
 */
export const generatePkce: Effect.Effect<Pkce> = Effect.gen(function* () {
  const verifier = CodeVerifier.make(yield* random256)
  return { verifier, challenge: yield* codeChallenge(verifier) }
})
