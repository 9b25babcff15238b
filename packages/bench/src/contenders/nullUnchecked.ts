/** The module without its validation: tokens, response, state and URL are accepted unchecked. */
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
  const { headersSchema, method, path, payloadSchema, urlParamsSchema } = Api.authorize
  const endpoint = { headersSchema, method, path, payloadSchema, urlParamsSchema, successSchema: Schema.Unknown }
  const send = await Effect.runPromise(
    Effect.map(BaanxClient, (client) => client.operation("authorize", endpoint)).pipe(
      Effect.provide(Layer.provide(clientLayer(origin), NullTransport.layer))
    )
  )
  const { loginToken, sessionToken } = request
  const call = Effect.map(
    Effect.suspend(() => send({ bearer: loginToken, payload: { token: sessionToken } })),
    (response) => Sample.read(response).code
  )
  return { ...onEffect(Effect.runPromise, call), close: () => Promise.resolve() }
}
