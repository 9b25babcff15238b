import { PendingAuthorizations, TokenStore } from "@effect-baanx/oauth"
import { pendingLifetime } from "@effect-baanx/oauth/PendingAuthorizations"
import { pendingAuthorizations } from "@effect-baanx/oauth/PendingAuthorizations"
import { describe, expect, it } from "@effect/vitest"
import { Duration, Effect, Layer, Metric, TestClock } from "effect"
import { sessionSuite } from "./SessionSuite.js"
import { full } from "./Size.js"
import { pendingOf, reasonOf, tagOf } from "./StoreFixtures.js"
import { type Shared, storeSuite } from "./StoreSuite.js"

const open: Effect.Effect<Shared> = Effect.gen(function* () {
  // Replicas share the stores of one process.
  const pending = yield* PendingAuthorizations
  const tokens = yield* TokenStore
  return { replica: Effect.succeed({ pending, tokens }), pass: TestClock.adjust }
}).pipe(Effect.provide(Layer.merge(PendingAuthorizations.layerMemory, TokenStore.layerMemory)))

storeSuite("memory", open, { callbacks: full ? 10_000 : 1_000 })
sessionSuite("memory", open)

describe("memory: pending authorizations", () => {
  const held = Effect.map(Metric.value(pendingAuthorizations), ({ value }) => value)

  it.effect("are limited: a full store fails with Full, until earlier ones are forgotten", () =>
    Effect.gen(function* () {
      const pending = yield* PendingAuthorizations
      const [first, second, third] = [yield* pendingOf("first"), yield* pendingOf("second"), yield* pendingOf("third")]
      yield* pending.put(first)
      yield* pending.accept(second.state, second.expiresAt)
      expect(yield* reasonOf(pending.put(third))).toBe("Full")
      expect(yield* reasonOf(pending.accept(third.state, third.expiresAt))).toBe("Full")
      expect(yield* held).toBe(2)

      // States that are in the store take no more room: they can be replaced, taken and refused as before.
      yield* pending.put(first)
      expect(yield* tagOf(pending.accept(second.state, second.expiresAt))).toBe("ReplayedStateError")
      expect(yield* tagOf(pending.take(first.state))).toBe("taken")
      expect(yield* held).toBe(2)

      yield* TestClock.adjust(Duration.times(pendingLifetime, 2))
      expect(yield* tagOf(pending.take(first.state))).toBe("UnknownStateError")
      expect(yield* held).toBe(0)
      yield* pending.put(yield* pendingOf("fourth"))
      expect(yield* held).toBe(1)
    }).pipe(Effect.provide(PendingAuthorizations.layerMemoryWith({ capacity: 2 })))
  )
})
