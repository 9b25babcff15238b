/** What a transport says of its failure, without keeping any of it. */
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as Predicate from "effect/Predicate"
import { type Operation, TransportError } from "../BaanxError.js"

type Reason = TransportError["reason"]

/** Codes of Node and undici that say that no byte left. */
const notSent = new Map<string, Reason>([
  ["ECONNREFUSED", "Connect"],
  ["ENOTFOUND", "Connect"],
  ["EAI_AGAIN", "Connect"],
  ["EHOSTUNREACH", "Connect"],
  ["ENETUNREACH", "Connect"],
  ["EADDRNOTAVAIL", "Connect"],
  ["UND_ERR_CONNECT_TIMEOUT", "Connect"]
])

const maybeSent = new Map<string, Reason>([
  ["ECONNRESET", "Closed"],
  ["EPIPE", "Closed"],
  ["ECONNABORTED", "Closed"],
  ["UND_ERR_SOCKET", "Closed"],
  ["UND_ERR_ABORTED", "Closed"],
  ["UND_ERR_CLOSED", "Closed"],
  ["UND_ERR_DESTROYED", "Closed"],
  ["ETIMEDOUT", "Timeout"],
  ["UND_ERR_HEADERS_TIMEOUT", "Timeout"],
  ["UND_ERR_BODY_TIMEOUT", "Timeout"]
])

const tls = /^(?:ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)|SELF_SIGNED|^EPROTO$/

const isReason = (value: unknown): value is Reason =>
  value === "Connect" || value === "Timeout" || value === "Closed" || value === "Tls" || value === "Unknown"

/** Reads a failure that names its own `reason` and `sent`, or else the first code along the chain of causes. */
export const transportError = (operation: Operation, error: HttpClientError.HttpClientError): TransportError => {
  const answered = error._tag === "ResponseError"
  if (!answered && (error.reason === "InvalidUrl" || error.reason === "Encode")) {
    return new TransportError({ operation, reason: "Unknown", sent: false })
  }
  let cause: unknown = error.cause
  for (let depth = 0; depth < 5 && Predicate.isRecord(cause); depth++) {
    const { reason, sent, code } = cause
    if (typeof reason === "string" && typeof sent === "boolean") {
      return new TransportError({ operation, reason: isReason(reason) ? reason : "Unknown", sent })
    }
    if (typeof code === "string") {
      const before = notSent.get(code)
      if (before !== undefined && !answered) return new TransportError({ operation, reason: before, sent: false })
      const after = maybeSent.get(code)
      if (after !== undefined) return new TransportError({ operation, reason: after, sent: true })
      if (tls.test(code) && !answered) return new TransportError({ operation, reason: "Tls", sent: false })
    }
    cause = cause["cause"] ?? (Array.isArray(cause["errors"]) ? cause["errors"][0] : undefined)
  }
  return new TransportError({ operation, reason: answered ? "Closed" : "Unknown", sent: true })
}
