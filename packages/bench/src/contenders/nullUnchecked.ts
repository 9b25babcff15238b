/** The module without its validation: tokens, answer, state and URL are taken as they come. */
import * as Api from "@effect-baanx/api/BaanxApi"
import { BaanxClient } from "@effect-baanx/oauth/BaanxClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { Connect } from "../Contender.js"
import { onEffect } from "../Lane.js"
import { clientLayer, request } from "../Module.js"
import * as NullTransport from "../NullTransport.js"
import * as Sample from "../Sample.js"

export const connect: Connect = async (origin) => {
  const send = await Effect.runPromise(
    Effect.map(BaanxClient, (client) =>
      client.operation(
        "authorize",
        { method: Api.authorize.method, path: Api.authorize.path, successSchema: Schema.Unknown },
        (answer) => Sample.read(answer).code
      )
    ).pipe(Effect.provide(Layer.provide(clientLayer(origin), NullTransport.layer)))
  )
  const call = Effect.suspend(() => send({ bearer: request.loginToken, body: { token: Sample.sessionToken } }))
  return { ...onEffect(Effect.runPromise, call), close: () => Promise.resolve() }
}
