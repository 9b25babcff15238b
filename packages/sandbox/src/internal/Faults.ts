/** Applies faults to requests. */
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { NamedSandboxFault, type SandboxFault } from "../SandboxFault.js"
import { SandboxRandom } from "../SandboxRandom.js"
import { currentNotes, note } from "./Call.js"
import { Store, type StoreShape } from "./Store.js"
import { bytesOf, messageResponse } from "./WireResponse.js"

/** There is no response: the transport closes the connection. */
export class ConnectionCut extends Schema.TaggedError<ConnectionCut>()("ConnectionCut", {}) {}

/** Uses up one of the requests that a fault is armed for. */
export const spendFault = (store: StoreShape, spent: SandboxFault): void => {
  const faults = store.state.faults.flatMap((fault) => {
    if (fault !== spent) return [fault]
    return fault.times > 1 ? [{ ...fault, times: fault.times - 1 }] : []
  })
  store.state = { ...store.state, faults }
}

/** Whether a fault is one that `withNamedFaults` handles. */
export const isNamed = Schema.is(NamedSandboxFault)

/** Takes the first fault that is armed for a step, for one request; skips named ones. */
const takeFault = (store: StoreShape, step: string) => {
  const fault = store.state.faults
    .filter((fault) => !isNamed(fault))
    .find(
      (fault) =>
        (fault.step ?? step) === step && (fault.kind !== "replay" || store.state.answers.get(step) !== undefined)
    )
  if (fault !== undefined) spendFault(store, fault)
  return fault
}

/** Announces the length of the whole body, so that the client knows what is missing. */
const withStream = (
  response: HttpServerResponse.HttpServerResponse,
  stream: Stream.Stream<Uint8Array, ConnectionCut>
) => {
  const { length } = bytesOf(response)
  return HttpServerResponse.stream(stream, {
    status: response.status,
    headers: response.headers,
    contentLength: length
  })
}

/** Runs the app of a step, or applies a fault to it. */
export const withFaults = <R>(
  step: string,
  app: HttpApp.Default<never, R>
): HttpApp.Default<ConnectionCut, R | Store | SandboxRandom> =>
  Effect.gen(function* () {
    const store = yield* Store
    const fault = takeFault(store, step)
    if (fault === undefined) {
      const response = yield* app
      const { fault: named } = yield* FiberRef.get(currentNotes)
      if (response.status === 200 && named === undefined) store.state.answers.set(step, response)
      return response
    }
    yield* note({ fault: fault.kind })
    switch (fault.kind) {
      case "status": {
        const response = messageResponse(
          fault.status,
          fault.message ?? "A fault of the sandbox applies to this request"
        )
        return fault.retryAfterSeconds === undefined
          ? response
          : HttpServerResponse.setHeader(response, "retry-after", String(fault.retryAfterSeconds))
      }
      case "delay":
        // A client that disconnects, or a sandbox that stops, does not wait for it.
        yield* Effect.interruptible(Effect.sleep(fault.millis))
        return yield* app
      case "cut": {
        const response = yield* app
        if (fault.afterBytes === 0) return yield* new ConnectionCut()
        const sent = bytesOf(response).slice(0, fault.afterBytes)
        return withStream(response, Stream.concat(Stream.make(sent), Stream.fail(new ConnectionCut())))
      }
      case "garbage": {
        yield* app
        const noise = yield* (yield* SandboxRandom).bytes(fault.bytes)
        return HttpServerResponse.uint8Array(noise, { contentType: "application/json" })
      }
      case "drip": {
        const response = yield* app
        const drops = Array.from(bytesOf(response), (byte) => Uint8Array.of(byte))
        const drip = Stream.fromIterable(drops).pipe(
          Stream.rechunk(1),
          Stream.mapEffect((drop) => Effect.delay(Effect.succeed(drop), fault.millisPerByte))
        )
        return withStream(response, drip)
      }
      case "redirect":
        return HttpServerResponse.redirect(fault.location, { status: fault.status })
      case "replay":
        return store.state.answers.get(step) ?? (yield* app)
    }
  })
