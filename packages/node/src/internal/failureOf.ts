/** Turns the errors of Node and undici, which may quote what was sent or received, into one that holds only codes. */
import { failureOfCode, TransportFailure, type TransportReason } from "@effect-baanx/api/Transport"
import * as Predicate from "effect/Predicate"
import * as Undici from "undici"

const codeOf = (error: unknown): string | undefined => {
  if (Predicate.hasProperty(error, "code") && typeof error.code === "string") return error.code
  // undici sets no code on this one.
  return error instanceof Undici.errors.HTTPParserError ? "HPE_INVALID" : undefined
}

/** The pool itself was closed, before or after the request left. */
const closedPool = new Set(["UND_ERR_CLOSED", "UND_ERR_DESTROYED"])

const reasonOf = (code: string, sent: boolean): TransportReason => {
  const reason = failureOfCode(code)?.reason ?? (sent ? "Closed" : "Connect")
  // If the connection ended before it carried the request, it was never established.
  return reason === "Closed" && !sent && !closedPool.has(code) ? "Connect" : reason
}

/** `sent` is what the caller knows about the request; the code alone says less. */
export const failureOf = (error: unknown, sent: boolean): TransportFailure => {
  const code = codeOf(error)
  return new TransportFailure({ reason: reasonOf(code ?? "", sent), sent, code })
}
