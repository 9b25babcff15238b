/**
 * The union of all errors, and which of them can be retried.
 *
 * @since 0.1.0
 */
import type { TransportReason } from "@effect-baanx/api/Transport"
import * as Schema from "effect/Schema"
import type { Operation } from "./Operation.js"
import { HttpError } from "./HttpError.js"
import { MissingTokenError, InvalidTokenError, InvalidGrantError } from "./CredentialError.js"
import {
  InvalidCredentialsError,
  OtpRequiredError,
  InvalidOtpError,
  AccountDisabledError,
  OnboardingIncompleteError
} from "./LoginError.js"
import { StateMismatchError, RedirectMismatchError } from "./ProofError.js"
import { UnknownStateError, ExpiredStateError, ReplayedStateError, CallbackError } from "./CallbackError.js"
import { InvalidConfigError } from "./ConfigError.js"
import { SessionLostError, StoreError } from "./SessionError.js"

/**
 * Every error of the module.
 *
 * @since 0.1.0
 * @category errors
 */
export const BaanxError = Schema.Union(
  HttpError,
  MissingTokenError,
  InvalidTokenError,
  InvalidGrantError,
  InvalidCredentialsError,
  OtpRequiredError,
  InvalidOtpError,
  AccountDisabledError,
  OnboardingIncompleteError,
  StateMismatchError,
  UnknownStateError,
  ExpiredStateError,
  ReplayedStateError,
  RedirectMismatchError,
  CallbackError,
  InvalidConfigError,
  SessionLostError,
  StoreError
)
export type BaanxError = typeof BaanxError.Type

/**
 * True only if repeating the same call can help and cannot use up a code or token twice. Once `sent` is true, and after
 * a 5xx, only initiate and revoke can be repeated: the other calls may send single-use values.
 *
 * @since 0.1.0
 * @category guards
 */
export const isRetryable = (error: BaanxError): boolean => {
  switch (error._tag) {
    case "RateLimitedError":
      return true
    case "StoreError":
      return error.reason === "Unavailable" || error.reason === "Timeout"
    case "TransportError":
      return !isLasting(error.reason) && (!error.sent || isIdempotent(error.operation))
    case "ServerError":
      return isIdempotent(error.operation)
    default:
      return false
  }
}

/** A retry would fail in the same way. */
const isLasting = (reason: TransportReason): boolean =>
  reason === "Invalid" || reason === "TooLarge" || reason === "Encoding" || reason === "Outside"

const isIdempotent = (operation: Operation): boolean => operation === "initiate" || operation === "revoke"
