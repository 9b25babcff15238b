/**
 * The stand-in for a method that a test does not mock. Effect's `Layer.mock` would do, but exists only since 3.17.
 */
import * as Effect from "effect/Effect"

export const notMocked = (service: string, method: string) => (): Effect.Effect<never> =>
  Effect.die(new Error(`${service}: Unimplemented method "${method}"`))
