/** SHA-256 in base64url. */
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"

export const digest = (text: string): Effect.Effect<string> =>
  Effect.map(
    Effect.promise(() => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))),
    (hash) => Encoding.encodeBase64Url(new Uint8Array(hash))
  )
