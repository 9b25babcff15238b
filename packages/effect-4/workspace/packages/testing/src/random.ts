/** A seeded generator of random numbers. */
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

export const make = (seed: string | number) => {
  const generator = Effect.runSync(
    Random.withSeed(
      Effect.map(Random.Random, (random) => random),
      seed
    )
  )
  const provided = Effect.provideService(Random.Random, generator)
  return {
    nextIntBetween: (min: number, max: number) => provided(Random.nextIntBetween(min, max, { halfOpen: true })),
    next: provided(Random.next)
  }
}
