/** PKCE with S256 (RFC 7636). */
import { createHash, timingSafeEqual } from "node:crypto"

/** Whether a verifier is the one that the challenge was made from (RFC 7636 section 4.6). */
export const matchesChallenge = (verifier: string, challenge: string): boolean => {
  const expected = Buffer.from(challenge)
  const given = Buffer.from(createHash("sha256").update(verifier).digest("base64url"))
  return given.length === expected.length && timingSafeEqual(given, expected)
}
