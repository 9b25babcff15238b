/** `invalid_grant` of RFC 6749 section 5.2, distinguished from every other refusal. */
import { type HttpError, InvalidGrantError } from "../BaanxError.js"

export const isInvalidGrant = ({ code }: { readonly code: string }): boolean => code.toLowerCase() === "invalid_grant"

export const toInvalidGrant = (error: HttpError): HttpError | InvalidGrantError =>
  "code" in error && isInvalidGrant(error)
    ? new InvalidGrantError({ operation: error.operation, description: error.description })
    : error
