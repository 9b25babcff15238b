import { KeyRing } from "@effect-baanx/sql"
import { describe, expect, it } from "@effect/vitest"
import { type Array as Arr, ConfigProvider, Effect, Layer, Redacted } from "effect"
import { calculateJwkThumbprint, compactDecrypt, CompactEncrypt } from "jose"
import { inspect } from "node:util"

const bytes = Uint8Array.from({ length: 32 }, (_, index) => 255 - index)
const base64 = Buffer.from(bytes).toString("base64")
const base64url = Buffer.from(bytes).toString("base64url")
const other = Buffer.alloc(32, 7).toString("base64url")

const place = { store: "TokenStore", row: "a-row" } as const
const secret = Redacted.make("a secret with ünïcode \u{1f511}")

const under = <A, E>(effect: Effect.Effect<A, E, KeyRing>, ...keys: Arr.NonEmptyReadonlyArray<string>) => {
  const [first, ...rest] = keys
  return Effect.provide(effect, KeyRing.layer([Redacted.make(first), ...rest.map((key) => Redacted.make(key))]))
}
const seal = Effect.flatMap(KeyRing, (ring) => ring.seal(place, secret))
const open = (sealed: string) => Effect.flatMap(KeyRing, (ring) => ring.open(place, sealed))

const fromConfig = (config: Record<string, string>) =>
  Effect.provide(
    Effect.map(KeyRing, (ring) => ring.keyIds.length),
    Layer.provide(
      KeyRing.layerConfig,
      Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(config)), { pathDelim: "_" }))
    )
  )

describe("KeyRing", () => {
  it.effect("seals and opens JWEs that are interoperable with a JOSE library", () =>
    Effect.gen(function* () {
      const sealed = yield* under(seal, base64url)
      const { plaintext, protectedHeader } = yield* Effect.promise(() => compactDecrypt(sealed, bytes))
      expect(new TextDecoder().decode(plaintext)).toBe(Redacted.value(secret))
      const kid = (yield* Effect.promise(() => calculateJwkThumbprint({ kty: "oct", k: base64url }))).slice(0, 16)
      expect(protectedHeader).toEqual({ alg: "dir", enc: "A256GCM", kid, place: "TokenStore/a-row" })

      const foreign = yield* Effect.promise(() =>
        new CompactEncrypt(new TextEncoder().encode("foreign")).setProtectedHeader(protectedHeader).encrypt(bytes)
      )
      expect(Redacted.value(yield* under(open(foreign), base64url))).toBe("foreign")
    })
  )

  it.effect("seals the same value differently each time", () =>
    Effect.gen(function* () {
      expect(yield* under(seal, base64url)).not.toBe(yield* under(seal, base64url))
    })
  )

  it.effect("seals with the first key and opens with any", () =>
    Effect.gen(function* () {
      const sealed = yield* under(seal, base64url, other)
      expect(yield* under(open(sealed), base64url)).toEqual(secret)
      expect(yield* under(open(sealed), other, base64url)).toEqual(secret)
      expect(yield* Effect.flip(under(open(sealed), other))).toMatchObject({ _tag: "StoreError", reason: "WrongKey" })
    })
  )

  it.effect("accepts a key in base64 or base64url, padded or not", () =>
    Effect.gen(function* () {
      const sealed = yield* under(seal, base64url)
      for (const key of [base64, base64.replace("=", ""), `${base64url}=`, ` ${base64}\n`]) {
        expect(yield* under(open(sealed), key)).toEqual(secret)
      }
    })
  )

  it.effect("rejects anything but a key of 32 bytes, without showing it", () =>
    Effect.gen(function* () {
      for (const key of ["", "a-short-secret", base64.slice(4), `${base64url}AA`, "correct horse battery staple !!!"]) {
        const error = yield* Effect.flip(under(seal, base64url, key))
        expect(error).toMatchObject({ _tag: "InvalidConfigError", setting: "BAANX_STORE_KEYS" })
        const shown = `${error.message} ${inspect(error)} ${JSON.stringify(error)}`
        if (key !== "") expect(shown).not.toContain(key)
      }
    })
  )

  it.effect("is read from BAANX_STORE_KEYS", () =>
    Effect.gen(function* () {
      expect(yield* fromConfig({ BAANX_STORE_KEYS: base64 })).toBe(1)
      expect(yield* fromConfig({ BAANX_STORE_KEYS: `${base64}, ${other}` })).toBe(2)
      expect(yield* Effect.flip(fromConfig({}))).toMatchObject({ _op: "MissingData" })
      expect(yield* Effect.flip(fromConfig({ BAANX_STORE_KEYS: `${base64},` }))).toMatchObject({
        _tag: "InvalidConfigError"
      })
    })
  )

  it.effect("does not print a key", () =>
    Effect.gen(function* () {
      const ring = yield* under(KeyRing, base64url)
      expect(`${inspect(ring, { depth: 10 })} ${JSON.stringify(ring)}`).not.toContain(base64url.slice(4, 20))
    })
  )
})
