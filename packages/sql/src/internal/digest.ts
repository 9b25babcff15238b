/** SHA-256 in hex, by which a state or a session key is looked up. */
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"

export const digest = (text: string): Effect.Effect<string> =>
  Effect.map(
    Effect.promise(() => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))),
    (hash) => Encoding.encodeHex(new Uint8Array(hash))
  )
