/** Turns the failure of a transport into an error, without keeping any of its text. */
import type * as HttpClientError from "@effect/platform/HttpClientError"
import { failureOfCode, isTransportFailure, TransportReason } from "@effect-baanx/api/Transport"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { type Operation, TransportError } from "../BaanxError.js"
import { isOfResponse, isUnsendable } from "./runtime.js"

const isReason = Schema.is(TransportReason)

/** Reads the first `TransportFailure` along the chain of causes, or else the first code that is known. */
export const transportError = (operation: Operation, error: HttpClientError.HttpClientError): TransportError => {
  const unsendable = isUnsendable(error)
  const answered = isOfResponse(error)
  let cause: unknown = error.cause
  for (let depth = 0; depth < 5 && Predicate.isRecord(cause); depth++) {
    if (isTransportFailure(cause)) {
      // A newer transport may know more reasons.
      return new TransportError({
        operation,
        reason: isReason(cause.reason) ? cause.reason : "Unknown",
        sent: cause.sent
      })
    }
    const failure = typeof cause["code"] === "string" && !unsendable ? failureOfCode(cause["code"]) : undefined
    // Once there was a response, no code proves that nothing was sent.
    if (failure !== undefined && (failure.sent || !answered)) return new TransportError({ operation, ...failure })
    cause = cause["cause"] ?? (Array.isArray(cause["errors"]) ? cause["errors"][0] : undefined)
  }
  return new TransportError({ operation, reason: answered ? "Closed" : "Unknown", sent: !unsendable })
}
