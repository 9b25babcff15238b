/** The cost without the module: the steps of a fiber, a ready-made request and the parsing of the response. */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import type { Connect } from "../Contender.js"
import { onEffect } from "../Lane.js"
import * as NullTransport from "../NullTransport.js"
import * as Sample from "../Sample.js"

export const connect: Connect = async (origin) => {
  const request = HttpClientRequest.post(origin + Sample.path)
  const call = NullTransport.client.execute(request).pipe(
    Effect.flatMap((response) => response.text),
    Effect.map((text) => Sample.read(JSON.parse(text)).code)
  )
  return { ...onEffect(Effect.runPromise, call), close: () => Promise.resolve() }
}
