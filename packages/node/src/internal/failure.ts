/** From the errors of Node and undici, which may quote what was sent or received, to one that holds only codes. */
import * as Predicate from "effect/Predicate"
import * as Undici from "undici"
import { NodeTransportFailure, type NodeTransportReason } from "../NodeTransportFailure.js"

const tls =
  /^(ERR_TLS|ERR_SSL|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_|INVALID_(CA|PURPOSE)|PATH_LENGTH|EPROTO$|UND_ERR_PRX_TLS)/
const timeout = /^(UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT|ETIMEDOUT)$/
const protocol =
  /^(HPE_|UND_ERR_RES_CONTENT_LENGTH|UND_ERR_HEADERS_OVERFLOW|Z_|ERR__ERROR_FORMAT|ERR_BROTLI|ERR_PADDING)/
const tooLarge = /^(UND_ERR_RES_EXCEEDED_MAX_SIZE|ERR_BUFFER_TOO_LARGE|REQUEST_TOO_LARGE)$/
const invalid = /^UND_ERR_(INVALID_ARG|NOT_SUPPORTED|REQ_CONTENT_LENGTH_MISMATCH)$/
const closed = /^UND_ERR_(DESTROYED|CLOSED)$/

const reasonOf = (code: string, sent: boolean): NodeTransportReason => {
  if (tls.test(code)) return "Tls"
  if (timeout.test(code)) return "Timeout"
  if (tooLarge.test(code)) return "TooLarge"
  if (protocol.test(code)) return "Protocol"
  if (invalid.test(code)) return "Invalid"
  return sent || closed.test(code) ? "Closed" : "Connect"
}

const codeOf = (error: unknown): string | undefined => {
  if (Predicate.hasProperty(error, "code") && typeof error.code === "string") return error.code
  // undici's parser means to give a code to this one, too.
  return error instanceof Undici.errors.HTTPParserError ? "HPE_INVALID" : undefined
}

export const failure = (error: unknown, sent: boolean): NodeTransportFailure => {
  const code = codeOf(error)
  return new NodeTransportFailure({ reason: reasonOf(code ?? "", sent), sent, code })
}
