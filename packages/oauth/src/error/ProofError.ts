/**
 * Errors of a response that does not belong to this sign-in.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { only } from "../internal/only.js"
import { taggedError } from "../internal/taggedError.js"
import { Operation } from "./Operation.js"

/**
 * The state that came back is not the one that was sent (RFC 6749 section 10.12). Status 400.
 *
 * @since 0.1.0
 * @category errors
 */
export class StateMismatchError extends taggedError<StateMismatchError>()(
  "StateMismatchError",
  { operation: only("authorize") },
  400
) {
  override get message(): string {
    return "The state that came back is not the one that was sent: the response belongs to another sign-in. Discard it and begin again."
  }
}

/**
 * The redirect URL is not the registered redirect URI plus exactly one `code` and one `state`, equal to the body's
 * (RFC 9700 section 4.1). Status 502.
 *
 * @since 0.1.0
 * @category errors
 */
export class RedirectMismatchError extends taggedError<RedirectMismatchError>()(
  "RedirectMismatchError",
  {
    operation: Operation,
    reason: Schema.Literal("NotAUrl", "Location", "Fragment", "Code", "State", "UnknownParameter", "MissingParameter")
  },
  502
) {
  override get message(): string {
    const reason = {
      NotAUrl: "is not a URL",
      Location: "leads elsewhere",
      Fragment: "has a fragment",
      Code: "does not carry exactly the code of the response",
      State: "does not carry exactly the state of the response",
      UnknownParameter: "carries a parameter that does not belong there",
      MissingParameter: "lacks a parameter of the registered redirect URI"
    }[this.reason]
    const behindProxy =
      this.reason === "Location"
        ? " For a callback behind a proxy that terminates TLS, pass `request.url`, which is its path and query."
        : ""
    return `The redirect URL ${reason}. Do not send the user there; check the redirect URI that is registered with Baanx.${behindProxy}`
  }
}
