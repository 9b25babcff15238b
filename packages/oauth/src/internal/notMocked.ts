/** What `layerMock` puts where a test gives no method. Effect's `Layer.mock` could serve, but came with 3.17 only. */
import * as Effect from "effect/Effect"

export const notMocked = (service: string, method: string) => (): Effect.Effect<never> =>
  Effect.die(new Error(`${service}: Unimplemented method "${method}"`))
