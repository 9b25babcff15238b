/** The sandbox itself, in process and over a socket. */
import { FetchHttpClient } from "@effect/platform"
import { Sandbox } from "@effect-baanx/sandbox"
import { Baanx } from "@effect-baanx/oauth"
import { Effect, Layer } from "effect"
import { config, signIn } from "./signIn.js"

const ours = Effect.flatMap(Sandbox, ({ baseUrl }) => Effect.provide(signIn, Baanx.layer(config(baseUrl))))

export const run = async (): Promise<number> => {
  await Effect.runPromise(Effect.provide(ours, Sandbox.layerHttpClient({ seed: "runtimes" })))
  return Effect.runPromise(
    Effect.provide(ours, Layer.merge(Sandbox.layer({ seed: "runtimes" }), FetchHttpClient.layer))
  )
}
