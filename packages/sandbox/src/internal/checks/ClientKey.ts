/** `x-client-key`: 499 if it is missing, 498 if it is unknown. */
import { clientKeyHeader } from "@effect-baanx/api/Headers"
import { InvalidClientKey, MissingClientKey } from "@effect-baanx/api/WireError"
import type * as Headers from "@effect/platform/Headers"
import * as Effect from "effect/Effect"
import { note, refuse } from "../Call.js"
import { Store } from "../Store.js"

/** The client that the header names. */
export const checkClientKey = (headers: Headers.Headers) =>
  Effect.gen(function* () {
    const key = headers[clientKeyHeader]
    if (key === undefined || key === "") return yield* refuse(new MissingClientKey({ message: "Missing client key" }))
    const client = (yield* Store).state.clients.get(key)
    if (client === undefined) return yield* refuse(new InvalidClientKey({ message: "Invalid client key" }))
    yield* note({ clientKey: client.clientKey })
    return client
  })
