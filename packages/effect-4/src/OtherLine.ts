/** What the line of Effect 3 reads, writes and documents, in plain values: the tests of Effect 4 compare. */
import { BaanxApi } from "@effect-baanx/api/BaanxApi"
import { PendingAuthorization } from "@effect-baanx/oauth/PendingAuthorizations"
import { TokenSet } from "@effect-baanx/oauth/TokenService"
import * as KeyRing from "@effect-baanx/sql/KeyRing"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

export const openApi = (): object => OpenApi.fromApi(BaanxApi)

const stored = { TokenSet: Schema.parseJson(TokenSet), PendingAuthorization: Schema.parseJson(PendingAuthorization) }

/** Reads what is stored, and stores it again. */
export const readAndWrite = {
  TokenSet: (text: string): string =>
    Schema.encodeSync(stored.TokenSet)(Schema.decodeUnknownSync(stored.TokenSet)(text)),
  PendingAuthorization: (text: string): string =>
    Schema.encodeSync(stored.PendingAuthorization)(Schema.decodeUnknownSync(stored.PendingAuthorization)(text))
}

const ring = (key: string) => KeyRing.make([Redacted.make(key)])

const place = { store: "TokenStore", row: "row" } as const

export const seal = (key: string, text: string): Promise<string> =>
  Effect.runPromise(Effect.flatMap(ring(key), (ring) => ring.seal(place, Redacted.make(text))))

export const open = (key: string, sealed: string): Promise<string> =>
  Effect.runPromise(
    Effect.map(
      Effect.flatMap(ring(key), (ring) => ring.open(place, sealed)),
      Redacted.value
    )
  )
