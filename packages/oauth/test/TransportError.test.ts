import type { MockAnswer } from "@effect-baanx/oauth/testing/MockHttpClient"
import { HttpClientError, HttpClientResponse } from "@effect/platform"
import { TransportFailure, type TransportReason } from "@effect-baanx/api"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { authorize, scripted } from "./AuthorizeSuite.js"

const unsent =
  (cause: unknown, reason: "Transport" | "Encode" | "InvalidUrl" = "Transport"): MockAnswer =>
  (request) =>
    new HttpClientError.RequestError({ request, reason, cause })
const broken =
  (cause: unknown): MockAnswer =>
  (request) => {
    const response = HttpClientResponse.fromWeb(request, new Response(""))
    return new HttpClientError.ResponseError({ request, response, reason: "Decode", cause })
  }

const failure = (reason: TransportReason, sent: boolean, code?: string) => new TransportFailure({ reason, sent, code })
const own = (reason: TransportReason, sent: boolean, code?: string) => unsent(failure(reason, sent, code))

/** `depth` causes above it. */
const below = (depth: number, cause: unknown): unknown => (depth === 0 ? cause : { cause: below(depth - 1, cause) })

describe("a failure of the transport", () => {
  for (const [title, failing, reason, sent] of [
    ["an invalid URL", unsent({ code: "ECONNRESET" }, "InvalidUrl"), "Unknown", false],
    ["a body that cannot be encoded", unsent({ code: "ECONNRESET" }, "Encode"), "Unknown", false],
    ["nothing that is known", unsent(undefined), "Unknown", true],
    ["a text", unsent("ECONNREFUSED"), "Unknown", true],
    ["a code that is not known", unsent({ code: "EWHATEVER" }), "Unknown", true],
    ["a code that is no text", unsent({ code: 7 }), "Unknown", true],
    ["ECONNREFUSED", unsent({ code: "ECONNREFUSED" }), "Connect", false],
    ["ENOTFOUND", unsent({ code: "ENOTFOUND" }), "Connect", false],
    ["EAI_AGAIN", unsent({ code: "EAI_AGAIN" }), "Connect", false],
    ["EHOSTUNREACH", unsent({ code: "EHOSTUNREACH" }), "Connect", false],
    ["ENETUNREACH", unsent({ code: "ENETUNREACH" }), "Connect", false],
    ["EADDRNOTAVAIL", unsent({ code: "EADDRNOTAVAIL" }), "Connect", false],
    ["UND_ERR_CONNECT_TIMEOUT", unsent({ code: "UND_ERR_CONNECT_TIMEOUT" }), "Timeout", false],
    ["ECONNRESET", unsent({ code: "ECONNRESET" }), "Closed", true],
    ["EPIPE", unsent({ code: "EPIPE" }), "Closed", true],
    ["ECONNABORTED", unsent({ code: "ECONNABORTED" }), "Closed", true],
    ["UND_ERR_SOCKET", unsent({ code: "UND_ERR_SOCKET" }), "Closed", true],
    ["UND_ERR_ABORTED", unsent({ code: "UND_ERR_ABORTED" }), "Closed", true],
    ["UND_ERR_CLOSED", unsent({ code: "UND_ERR_CLOSED" }), "Closed", true],
    ["UND_ERR_DESTROYED", unsent({ code: "UND_ERR_DESTROYED" }), "Closed", true],
    ["ETIMEDOUT", unsent({ code: "ETIMEDOUT" }), "Timeout", true],
    ["UND_ERR_HEADERS_TIMEOUT", unsent({ code: "UND_ERR_HEADERS_TIMEOUT" }), "Timeout", true],
    ["UND_ERR_BODY_TIMEOUT", unsent({ code: "UND_ERR_BODY_TIMEOUT" }), "Timeout", true],
    ["ERR_TLS_CERT_ALTNAME_INVALID", unsent({ code: "ERR_TLS_CERT_ALTNAME_INVALID" }), "Tls", false],
    ["ERR_SSL_WRONG_VERSION_NUMBER", unsent({ code: "ERR_SSL_WRONG_VERSION_NUMBER" }), "Tls", false],
    ["CERT_HAS_EXPIRED", unsent({ code: "CERT_HAS_EXPIRED" }), "Tls", false],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", unsent({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" }), "Tls", false],
    ["SELF_SIGNED_CERT_IN_CHAIN", unsent({ code: "SELF_SIGNED_CERT_IN_CHAIN" }), "Tls", false],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", unsent({ code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" }), "Tls", false],
    ["EPROTO", unsent({ code: "EPROTO" }), "Tls", false],
    ["a code that only has EPROTO in it", unsent({ code: "EPROTOTYPE" }), "Unknown", true],
    ["a code five causes down", unsent(below(4, { code: "ECONNREFUSED" })), "Connect", false],
    ["a code six causes down", unsent(below(5, { code: "ECONNREFUSED" })), "Unknown", true],
    ["a code below one that is not known", unsent({ code: "X", cause: { code: "EPIPE" } }), "Closed", true],
    [
      "the first of several errors",
      unsent({ errors: [{ code: "ECONNREFUSED" }, { code: "EPIPE" }] }),
      "Connect",
      false
    ],
    ["several errors that are no list", unsent({ errors: { 0: { code: "EPIPE" } } }), "Unknown", true],
    ["its own reason", own("Tls", false, "EPIPE"), "Tls", false],
    ["its own reason Connect", own("Connect", false), "Connect", false],
    ["its own reason Timeout", own("Timeout", true), "Timeout", true],
    ["its own reason Closed", own("Closed", false), "Closed", false],
    ["its own reason TooLarge", own("TooLarge", false), "TooLarge", false],
    ["its own reason Protocol", own("Protocol", true), "Protocol", true],
    ["its own reason Invalid", own("Invalid", false), "Invalid", false],
    ["its own reason Unknown", own("Unknown", false), "Unknown", false],
    ["its own reason below another cause", unsent(below(4, failure("Tls", false))), "Tls", false],
    [
      "its own reason, one of a newer transport",
      unsent(Object.assign(failure("Tls", false), { reason: "Quic" })),
      "Unknown",
      false
    ],
    ["its own reason, of an answer that broke off", broken(failure("TooLarge", true)), "TooLarge", true],
    ["a reason and sent without the mark", unsent({ reason: "Tls", sent: false }), "Unknown", true],
    ["a reason without sent", unsent({ reason: "Tls", code: "EPIPE" }), "Closed", true],
    ["sent without a reason", unsent({ sent: false, code: "EPIPE" }), "Closed", true],
    ["an answer that broke off", broken(undefined), "Closed", true],
    ["an answer that broke off with ECONNREFUSED", broken({ code: "ECONNREFUSED" }), "Closed", true],
    ["an answer that broke off with a code of TLS", broken({ code: "EPROTO" }), "Closed", true],
    ["an answer that came too slowly", broken({ code: "UND_ERR_BODY_TIMEOUT" }), "Timeout", true]
  ] as const) {
    it.effect(`that gives ${title} is ${reason}, ${sent ? "sent" : "not sent"}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(authorize())
        assert.deepInclude(error, { _tag: "TransportError", operation: "authorize", reason, sent })
        assert.isUndefined(error.cause)
      }).pipe(scripted(failing))
    )
  }
})
