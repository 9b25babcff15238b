/** Values of one store, sealed as JSON. */
import { StoreError } from "@effect-baanx/oauth/BaanxError"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { KeyRingShape } from "../KeyRing.js"

export const sealedAs = <A, I>(keyRing: KeyRingShape, store: StoreError["store"], schema: Schema.Schema<A, I>) => {
  const json = Schema.parseJson(schema)
  const encode = Schema.encodeSync(json)
  const decode = Schema.decodeUnknown(json)
  return {
    seal: (row: string, value: A): Effect.Effect<string> =>
      Effect.suspend(() => keyRing.seal({ store, row }, Redacted.make(encode(value)))),
    open: (row: string, sealed: string): Effect.Effect<A, StoreError> =>
      Effect.flatMap(keyRing.open({ store, row }, sealed), (value) =>
        // A ParseError would show the value.
        Effect.mapError(decode(Redacted.value(value)), () => new StoreError({ store, reason: "Corrupt" }))
      )
  }
}
