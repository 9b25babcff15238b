/**
 * Errors of callbacks that do not complete a sign-in.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { only } from "../internal/only.js"
import { taggedError } from "../internal/taggedError.js"

/**
 * The state of a callback was never issued, or has been forgotten. Status 400.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnknownStateError extends taggedError<UnknownStateError>()(
  "UnknownStateError",
  { operation: only("authorize") },
  400
) {
  override get message(): string {
    return "The state of this callback was never issued here. Begin the sign-in again."
  }
}

/**
 * The state of a callback is more than 10 minutes old. Status 400.
 *
 * @since 0.1.0
 * @category errors
 */
export class ExpiredStateError extends taggedError<ExpiredStateError>()(
  "ExpiredStateError",
  { operation: only("authorize") },
  400
) {
  override get message(): string {
    return "The sign-in took longer than 10 minutes. Begin it again."
  }
}

/**
 * The state of a callback was used before. Status 400.
 *
 * @since 0.1.0
 * @category errors
 */
export class ReplayedStateError extends taggedError<ReplayedStateError>()(
  "ReplayedStateError",
  { operation: only("authorize") },
  400
) {
  override get message(): string {
    return "This callback was handled before. If the user is not signed in, begin the sign-in again."
  }
}

/**
 * The callback has `error=` (RFC 6749 section 4.1.2.1), comes from another issuer (`issuer_mismatch`), or is not a
 * callback (`invalid_callback`), for example because `state` or `code` is missing or repeated. Status 400.
 *
 * @since 0.1.0
 * @category errors
 */
export class CallbackError extends taggedError<CallbackError>()(
  "CallbackError",
  { operation: only("authorize"), code: Schema.String, description: Schema.String },
  400
) {
  override get message(): string {
    return this.code === "access_denied"
      ? "The user did not allow the sign-in. Offer to begin it again."
      : `The sign-in ended with ${this.code} (${this.description}). Begin it again.`
  }
}
