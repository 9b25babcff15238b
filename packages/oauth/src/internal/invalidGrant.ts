/** `invalid_grant` of RFC 6749 section 5.2, told apart from every other refusal. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { type HttpError, InvalidGrantError } from "../BaanxError.js"

const toInvalidGrant = (error: HttpError): HttpError | InvalidGrantError =>
  (error._tag === "InvalidRequestError" || error._tag === "UnauthorizedError") && error.code === "invalid_grant"
    ? new InvalidGrantError({ operation: error.operation, description: error.description })
    : error

export const withInvalidGrant = <A>(
  call: Effect.Effect<A, HttpError>
): Effect.Effect<A, HttpError | InvalidGrantError> =>
  Effect.catchAllCause(call, (cause) => Effect.failCause(Cause.map(cause, toInvalidGrant)))
