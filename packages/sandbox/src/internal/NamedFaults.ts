/** Applies named faults to requests that have passed the checks. */
import { RefreshGrantBody } from "@effect-baanx/api/Token"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import type { SandboxRandom } from "../SandboxRandom.js"
import { currentNotes, note } from "./Call.js"
import { faultBehaviours } from "./FaultBehaviours.js"
import { isNamed, spendFault } from "./Faults.js"
import { Store } from "./Store.js"

const isRefresh = Effect.isSuccess(HttpServerRequest.schemaBodyJson(RefreshGrantBody))

/** Runs the endpoint of a step, or the first fault that applies to this request. */
export const withNamedFaults = (
  step: string,
  endpoint: HttpApp.Default
): HttpApp.Default<never, Store | SandboxRandom> =>
  Effect.gen(function* () {
    const store = yield* Store
    const armed = store.state.faults
      .filter(isNamed)
      .filter(({ kind, step: at = step }) => at === step && (faultBehaviours[kind].steps ?? [step]).includes(step))
    const aboutRefresh = armed.some(({ kind }) => faultBehaviours[kind].refreshes) && (yield* isRefresh)
    const fault = armed.find(({ kind }) => aboutRefresh || faultBehaviours[kind].refreshes !== true)
    if (fault === undefined) return yield* endpoint
    const recordFault = Effect.flatMap(FiberRef.get(currentNotes), ({ fault: other }) => {
      spendFault(store, fault)
      return note({ fault: other === undefined ? fault.kind : `${other}, ${fault.kind}` })
    })
    return yield* faultBehaviours[fault.kind].apply(endpoint).pipe(Effect.zipLeft(recordFault), Effect.merge)
  })
