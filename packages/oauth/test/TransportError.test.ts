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

/** Wraps `cause` in `depth` other causes. */
const below = (depth: number, cause: unknown): unknown => (depth === 0 ? cause : { cause: below(depth - 1, cause) })

describe("a TransportError after a failure", () => {
  for (const [title, failing, reason, sent] of [
    ["an invalid URL", unsent({ code: "ECONNRESET" }, "InvalidUrl"), "Unknown", false],
    ["a body that cannot be encoded", unsent({ code: "ECONNRESET" }, "Encode"), "Unknown", false],
    ["no cause", unsent(undefined), "Unknown", true],
    ["a text as its cause", unsent("ECONNREFUSED"), "Unknown", true],
    ["an unknown code", unsent({ code: "EWHATEVER" }), "Unknown", true],
    ["a code that is not a text", unsent({ code: 7 }), "Unknown", true],
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
    ["a code that only contains EPROTO", unsent({ code: "EPROTOTYPE" }), "Unknown", true],
    ["a code at the fifth cause", unsent(below(4, { code: "ECONNREFUSED" })), "Connect", false],
    ["a code at the sixth cause", unsent(below(5, { code: "ECONNREFUSED" })), "Unknown", true],
    ["a known code below an unknown one", unsent({ code: "X", cause: { code: "EPIPE" } }), "Closed", true],
    [
      "several errors, of which the first counts,",
      unsent({ errors: [{ code: "ECONNREFUSED" }, { code: "EPIPE" }] }),
      "Connect",
      false
    ],
    ["errors that are not a list", unsent({ errors: { 0: { code: "EPIPE" } } }), "Unknown", true],
    ["TransportFailure Tls with the code EPIPE", own("Tls", false, "EPIPE"), "Tls", false],
    ["TransportFailure Connect", own("Connect", false), "Connect", false],
    ["TransportFailure Timeout", own("Timeout", true), "Timeout", true],
    ["TransportFailure Closed", own("Closed", false), "Closed", false],
    ["TransportFailure TooLarge", own("TooLarge", false), "TooLarge", false],
    ["TransportFailure Protocol", own("Protocol", true), "Protocol", true],
    ["TransportFailure Invalid", own("Invalid", false), "Invalid", false],
    ["TransportFailure Unknown", own("Unknown", false), "Unknown", false],
    ["a TransportFailure below other causes", unsent(below(4, failure("Tls", false))), "Tls", false],
    [
      "a TransportFailure with an unknown reason",
      unsent(Object.assign(failure("Tls", false), { reason: "Quic" })),
      "Unknown",
      false
    ],
    ["a TransportFailure in the middle of a response", broken(failure("TooLarge", true)), "TooLarge", true],
    ["reason and sent that are not a TransportFailure", unsent({ reason: "Tls", sent: false }), "Unknown", true],
    ["reason without sent", unsent({ reason: "Tls", code: "EPIPE" }), "Closed", true],
    ["sent without a reason", unsent({ sent: false, code: "EPIPE" }), "Closed", true],
    ["a response that broke off", broken(undefined), "Closed", true],
    ["a response that broke off with ECONNREFUSED", broken({ code: "ECONNREFUSED" }), "Closed", true],
    ["a response that broke off with a TLS code", broken({ code: "EPROTO" }), "Closed", true],
    ["a response that came too slowly", broken({ code: "UND_ERR_BODY_TIMEOUT" }), "Timeout", true]
  ] as const) {
    it.effect(`with ${title} has reason ${reason} and is marked as ${sent ? "sent" : "not sent"}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(authorize())
        assert.deepInclude(error, { _tag: "TransportError", operation: "authorize", reason, sent })
        assert.isUndefined(error.cause)
      }).pipe(scripted(failing))
    )
  }
})
