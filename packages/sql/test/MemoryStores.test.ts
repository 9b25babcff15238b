import { PendingAuthorizations, TokenStore } from "@effect-baanx/oauth"
import { Effect, Layer, TestClock } from "effect"
import { full } from "./Fixtures.js"
import { sessionSuite } from "./SessionSuite.js"
import { type Shared, storeSuite } from "./StoreSuite.js"

const open: Effect.Effect<Shared> = Effect.gen(function* () {
  // One process: all its users are one replica.
  const pending = yield* PendingAuthorizations
  const tokens = yield* TokenStore
  return { replica: Effect.succeed({ pending, tokens }), pass: TestClock.adjust }
}).pipe(Effect.provide(Layer.merge(PendingAuthorizations.layerMemory, TokenStore.layerMemory)))

storeSuite("memory", open, { callbacks: full ? 10_000 : 1_000 })
sessionSuite("memory", open)
