/**
 * Errors of lost sessions and of stores that fail.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { only } from "../internal/only.js"
import { taggedError } from "../internal/taggedError.js"

/**
 * The session is over: nothing is stored under the key, Baanx refused the refresh token, the tokens have expired, or
 * they were renewed at Baanx by a process that ended before it saved them. The user has to sign in again. Status 401.
 *
 * @since 0.1.0
 * @category errors
 */
export class SessionLostError extends taggedError<SessionLostError>()(
  "SessionLostError",
  {
    operation: only("refresh"),
    reason: Schema.Literal("NotFound", "RefreshTokenSpent", "RefreshTokenExpired", "NoRefreshToken", "RefreshNotSaved")
  },
  401
) {
  override get message(): string {
    const reason = {
      NotFound: "No session is stored under this key",
      RefreshTokenSpent: "The refresh token of this session was already used or revoked",
      RefreshTokenExpired: "The refresh token of this session has expired",
      NoRefreshToken: "The access token of this session has expired, and there is no refresh token",
      RefreshNotSaved: "The tokens were renewed by a process that ended before it saved them"
    }[this.reason]
    return `${reason}. Sign the user in again.`
  }
}

/**
 * A store cannot be reached, does not respond in time, is full, or holds a record that cannot be opened with the
 * available keys. The error signs nobody out. Status 503.
 *
 * @since 0.1.0
 * @category errors
 */
export class StoreError extends taggedError<StoreError>()(
  "StoreError",
  {
    store: Schema.Literal("PendingAuthorizations", "TokenStore"),
    reason: Schema.Literal("Unavailable", "Timeout", "WrongKey", "Corrupt", "Full")
  },
  503
) {
  override get message(): string {
    const reason = {
      Unavailable: "cannot be reached. Check the database and try again",
      Timeout:
        "did not respond in time. Check the database and its pool; a store called inside a transaction needs a second connection",
      WrongKey: "holds a record sealed with a key that is not in the key ring. Add that key back to the ring",
      Corrupt: "holds a record that cannot be read. Restore it or let the user sign in again",
      Full: "holds as many sign-ins as its capacity allows. Limit the sign-ins per IP address, or raise the capacity"
    }[this.reason]
    return `The store ${this.store} ${reason}.`
  }
}
