/**
 * The keys that seal everything secret in the database.
 *
 * @since 0.1.0
 */
import { InvalidConfigError, StoreError } from "@effect-baanx/oauth/BaanxError"
import { random256 } from "@effect-baanx/oauth/SecureRandom"
import * as Arr from "effect/Array"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { calculateJwkThumbprint, CompactEncrypt, compactDecrypt, type CryptoKey } from "jose"

/**
 * The place of a sealed value. The value does not open in any other place.
 *
 * @since 0.1.0
 * @category models
 */
export interface Place {
  /** The store that the row belongs to. */
  readonly store: StoreError["store"]
  /** The primary key of the row. */
  readonly row: string
}

/**
 * The contract of a key ring.
 *
 * @since 0.1.0
 * @category models
 */
export interface KeyRingShape {
  /** The ids of all keys; the first one seals. */
  readonly keyIds: Arr.NonEmptyReadonlyArray<string>
  /** Returns a compact JWE (RFC 7516) under the first key. */
  readonly seal: (place: Place, value: Redacted.Redacted<string>) => Effect.Effect<string>
  /**
   * Fails with `WrongKey` if its key is not on the ring, and with `Corrupt` if the value was changed or sealed for
   * another place.
   */
  readonly open: (place: Place, sealed: string) => Effect.Effect<Redacted.Redacted<string>, StoreError>
}

const claim = (place: Place): string => `${place.store}/${place.row}`

const unknownKey = new Error("its key is not on the ring")

/** 32 bytes from base64 or base64url, padded or not. */
const readKey = (text: string): Uint8Array | undefined => {
  const decoded = Encoding.decodeBase64Url(text.trim().replace(/=+$/, "").replaceAll("+", "-").replaceAll("/", "_"))
  return Either.isRight(decoded) && decoded.right.length === 32 ? decoded.right : undefined
}

/** A key with its id, which is derived from the key itself, so that two keys never share one. */
const importKey = (key: Redacted.Redacted<string>): Effect.Effect<readonly [string, CryptoKey], InvalidConfigError> =>
  Effect.suspend(() => {
    const bytes = readKey(Redacted.value(key))
    if (bytes === undefined) {
      return new InvalidConfigError({
        setting: "BAANX_STORE_KEYS",
        reason: "each key must be 32 bytes in base64; `openssl rand -base64 32` makes one"
      })
    }
    return Effect.promise(async () => {
      const thumbprint = await calculateJwkThumbprint({ kty: "oct", k: Encoding.encodeBase64Url(bytes) })
      const imported = await crypto.subtle.importKey("raw", new Uint8Array(bytes), "AES-GCM", false, [
        "encrypt",
        "decrypt"
      ])
      return [thumbprint.slice(0, 16), imported] as const
    })
  })

/**
 * A key ring of these keys, the first of which seals. Fails with `InvalidConfigError` if a key is invalid.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  keys: Arr.NonEmptyReadonlyArray<Redacted.Redacted<string>>
): Effect.Effect<KeyRingShape, InvalidConfigError> =>
  Effect.map(Effect.all(Arr.map(keys, importKey)), (imported) => {
    const ring = new Map(imported)
    const [keyId, sealingKey] = Arr.headNonEmpty(imported)
    const encoder = new TextEncoder()
    const decoder = new TextDecoder()

    return {
      keyIds: Arr.map(imported, ([id]) => id),
      seal: (place, value) =>
        Effect.promise(() =>
          new CompactEncrypt(encoder.encode(Redacted.value(value)))
            .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid: keyId, place: claim(place) })
            .encrypt(sealingKey)
        ),
      open: (place, sealed) =>
        Effect.tryPromise({
          try: () =>
            compactDecrypt(sealed, ({ kid }) => ring.get(kid ?? "") ?? Promise.reject(unknownKey), {
              keyManagementAlgorithms: ["dir"],
              contentEncryptionAlgorithms: ["A256GCM"]
            }),
          catch: (error) =>
            new StoreError({ store: place.store, reason: error === unknownKey ? "WrongKey" : "Corrupt" })
        }).pipe(
          Effect.flatMap(({ plaintext, protectedHeader }) =>
            protectedHeader["place"] === claim(place)
              ? Effect.succeed(Redacted.make(decoder.decode(plaintext)))
              : new StoreError({ store: place.store, reason: "Corrupt" })
          )
        )
    }
  })

/**
 * A new key: 256 random bits in base64url.
 *
 * @since 0.1.0
 * @category constructors
 */
export const generateKey: Effect.Effect<Redacted.Redacted<string>> = Effect.map(random256, Redacted.make)

/**
 * The keys that seal everything secret in the database: JWE with `dir` and `A256GCM` (RFC 7518). The first key seals,
 * all of them open. To rotate, add the new key at the end on every replica, then move it to the front on every replica,
 * then run `reseal`, then remove the old one.
 *
 * @since 0.1.0
 * @category services
 */
export class KeyRing extends Context.Tag("@effect-baanx/sql/KeyRing")<KeyRing, KeyRingShape>() {
  /**
   * From keys of 32 bytes each, in base64 or base64url.
   *
   * @since 0.1.0
   */
  static readonly layer = (
    keys: Arr.NonEmptyReadonlyArray<Redacted.Redacted<string>>
  ): Layer.Layer<KeyRing, InvalidConfigError> => Layer.effect(KeyRing, make(keys))

  /**
   * From `BAANX_STORE_KEYS`: the keys, separated by commas.
   *
   * @since 0.1.0
   */
  static readonly layerConfig: Layer.Layer<KeyRing, InvalidConfigError | ConfigError.ConfigError> = Layer.effect(
    KeyRing,
    Effect.flatMap(
      Config.array(Config.redacted(), "BAANX_STORE_KEYS").pipe(
        Config.withDescription("The keys of the stores, 32 bytes each in base64, separated by commas; the first seals")
      ),
      (keys) =>
        Arr.isNonEmptyReadonlyArray(keys)
          ? make(keys)
          : new InvalidConfigError({ setting: "BAANX_STORE_KEYS", reason: "it is empty" })
    )
  )
}
