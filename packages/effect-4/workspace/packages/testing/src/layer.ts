/** Functions for layers that only Effect 3 has. */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Schedule from "effect/Schedule"

export const map = <A, B, E, R>(
  layer: Layer.Layer<A, E, R>,
  f: (context: Context.Context<A>) => Context.Context<B>
): Layer.Layer<B, E, R> => Layer.effectContext(Effect.map(Layer.build(layer), f))

export const retry = <A, E, R, X, RS>(
  layer: Layer.Layer<A, E, R>,
  schedule: Schedule.Schedule<X, E, never, RS>
): Layer.Layer<A, E, R | RS> => Layer.effectContext(Effect.retry(Layer.build(layer), schedule))
