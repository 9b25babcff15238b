/**
 * The source of every id, token and code of the sandbox.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Hash from "effect/Hash"
import * as Layer from "effect/Layer"
import { PCGRandom } from "effect/Utils"

/**
 * Random bytes, and values made of them.
 *
 * @since 0.1.0
 * @category models
 */
export interface SandboxRandomShape {
  /** Returns `length` random bytes. */
  readonly bytes: (length: number) => Effect.Effect<Uint8Array>
  /** A UUID of version 4 (RFC 9562 section 5.4). */
  readonly uuid: Effect.Effect<string>
}

const make = (bytes: SandboxRandomShape["bytes"]): SandboxRandomShape => ({
  bytes,
  uuid: Effect.map(bytes(16), (octets) => {
    octets[6] = ((octets[6] ?? 0) & 0x0f) | 0x40
    octets[8] = ((octets[8] ?? 0) & 0x3f) | 0x80
    const hex = Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("")
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  })
})

/**
 * The randomness of the sandbox: cryptographic, or made from a seed and the same on every run.
 *
 * @since 0.1.0
 * @category services
 */
export class SandboxRandom extends Context.Tag("@effect-baanx/sandbox/SandboxRandom")<
  SandboxRandom,
  SandboxRandomShape
>() {
  /**
   * The platform's cryptographic source.
   *
   * @since 0.1.0
   */
  static readonly layer: Layer.Layer<SandboxRandom> = Layer.succeed(
    SandboxRandom,
    make((length) => Effect.sync(() => globalThis.crypto.getRandomValues(new Uint8Array(length))))
  )

  /**
   * The same values on every run, for a test that compares them.
   *
   * @since 0.1.0
   */
  static readonly layerSeeded = (seed: string | number): Layer.Layer<SandboxRandom> =>
    Layer.sync(SandboxRandom, () => {
      const source = new PCGRandom(Hash.hash(seed))
      return make((length) => Effect.sync(() => Uint8Array.from({ length }, () => source.integer(256))))
    })
}
