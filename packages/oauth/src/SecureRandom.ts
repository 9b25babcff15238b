/**
 * The source of randomness for states and verifiers: cryptographic by default, seedable in tests.
 *
 * Effect's own `Random` is not cryptographic, so it is not used.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"

/**
 * The methods of `SecureRandom`.
 *
 * @since 0.1.0
 * @category models
 */
export interface SecureRandomShape {
  /** Returns `length` random bytes. */
  readonly bytes: (length: number) => Effect.Effect<Uint8Array>
}

/**
 * The source of randomness. The default is `crypto.getRandomValues` of the Web Crypto API.
 *
 * @since 0.1.0
 * @category services
 */
export class SecureRandom extends Context.Reference<SecureRandom>()("@effect-baanx/oauth/SecureRandom", {
  defaultValue: (): SecureRandomShape => ({
    bytes: (length) => Effect.sync(() => globalThis.crypto.getRandomValues(new Uint8Array(length)))
  })
}) {}

/**
 * 256 random bits as 43 characters of base64url.
 *
 * @since 0.1.0
 * @category constructors
 */
export const random256: Effect.Effect<string> = Effect.flatMap(SecureRandom, (random) =>
  Effect.map(random.bytes(32), (bytes) => Encoding.encodeBase64Url(bytes))
)
