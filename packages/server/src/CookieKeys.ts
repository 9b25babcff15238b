/**
 * The keys that seal the cookies of sign-ins.
 *
 * @since 0.1.0
 */
import { InvalidConfigError } from "@effect-baanx/oauth/BaanxError"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { calculateJwkThumbprint, CompactEncrypt, compactDecrypt, type CryptoKey, decodeProtectedHeader } from "jose"

/**
 * Seals and opens the values of cookies.
 *
 * @since 0.1.0
 * @category models
 */
export interface CookieKeysShape {
  /**
   * Returns a compact JWE (RFC 7516) under the first key, bound to the cookie of that name and valid until `expires`,
   * in seconds.
   */
  readonly seal: (name: string, expires: number, value: Redacted.Redacted<string>) => Effect.Effect<string>
  /** Returns none if the value was changed, was sealed for another cookie, or was sealed under an unknown key. */
  readonly open: (name: string, sealed: string) => Effect.Effect<Option.Option<Redacted.Redacted<string>>>
}

/** 32 bytes from base64 or base64url, padded or not. */
const readKey = (text: string): Uint8Array | undefined => {
  const decoded = Encoding.decodeBase64Url(text.trim().replace(/=+$/, "").replaceAll("+", "-").replaceAll("/", "_"))
  return Either.isRight(decoded) && decoded.right.length === 32 ? decoded.right : undefined
}

const importKey = (key: Redacted.Redacted<string>): Effect.Effect<readonly [string, CryptoKey], InvalidConfigError> =>
  Effect.suspend(() => {
    const bytes = readKey(Redacted.value(key))
    if (bytes === undefined) {
      return new InvalidConfigError({
        setting: "keys",
        reason: "each key must be 32 bytes in base64; `openssl rand -base64 32` makes one"
      })
    }
    return Effect.promise(async () => {
      const id = await calculateJwkThumbprint({ kty: "oct", k: Encoding.encodeBase64Url(bytes) })
      const usages: Array<"encrypt" | "decrypt"> = ["encrypt", "decrypt"]
      return [
        id.slice(0, 16),
        await crypto.subtle.importKey("raw", new Uint8Array(bytes), "AES-GCM", false, usages)
      ] as const
    })
  })

/**
 * JWE with `dir` and `A256GCM` (RFC 7518) under these keys of 32 bytes in base64. The first one seals, all of them
 * open. Fails with `InvalidConfigError` if a key is invalid. You can use the keys of a `KeyRing` of
 * `@effect-baanx/sql` here too: what is sealed here does not open there.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  keys: Arr.NonEmptyReadonlyArray<Redacted.Redacted<string>>
): Effect.Effect<CookieKeysShape, InvalidConfigError> =>
  Effect.map(Effect.all(Arr.map(keys, importKey)), (imported) => {
    const ring = new Map(imported)
    const [kid, sealingKey] = Arr.headNonEmpty(imported)
    const encoder = new TextEncoder()
    const decoder = new TextDecoder()

    return {
      seal: (name, expires, value) =>
        Effect.promise(() =>
          new CompactEncrypt(encoder.encode(Redacted.value(value)))
            .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid, cookie: name, exp: expires })
            .encrypt(sealingKey)
        ),
      open: (name, sealed) =>
        Effect.tryPromise(() =>
          compactDecrypt(sealed, ({ kid }) => ring.get(kid ?? "") ?? Promise.reject(new Error("unknown key")), {
            keyManagementAlgorithms: ["dir"],
            contentEncryptionAlgorithms: ["A256GCM"]
          })
        ).pipe(
          Effect.option,
          Effect.map(Option.filter(({ protectedHeader }) => protectedHeader["cookie"] === name)),
          Effect.map(Option.map(({ plaintext }) => Redacted.make(decoder.decode(plaintext))))
        )
    }
  })

/**
 * The expiry that a sealed cookie claims, in seconds, unverified. 0 if it claims none.
 *
 * @since 0.1.0
 * @category accessors
 */
export const claimedExpiry = (sealed: string): number => {
  try {
    const { exp } = decodeProtectedHeader(sealed)
    return typeof exp === "number" ? exp : 0
  } catch {
    return 0
  }
}
