import { Sandbox } from "@effect-baanx/sandbox"
import { NodeHttpClient } from "@effect/platform-node"
import { expect, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { authorize, call, exchangeCall } from "./Steps.js"

const signIns = process.env["FULL"] === "1" ? 1_000 : 100

it.live(`${signIns} sign-ins over sockets, fifty at a time, succeed`, () => {
  const signIn = Effect.gen(function* () {
    const { status } = yield* call(yield* exchangeCall(yield* authorize()))
    expect(status).toBe(200)
  })
  return Effect.all(
    Array.from({ length: signIns }, () => signIn),
    { concurrency: 50, discard: true }
  ).pipe(Effect.withTracerEnabled(false), Effect.provide(Layer.merge(Sandbox.layer(), NodeHttpClient.layerUndici)))
})
