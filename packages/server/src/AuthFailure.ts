/**
 * The errors of this package's routes, in addition to those of `@effect-baanx/oauth`.
 *
 * @since 0.1.0
 */
import { BaanxError } from "@effect-baanx/oauth/BaanxError"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as Schema from "effect/Schema"
import { HttpApiDecodeError } from "./internal/runtime.js"

/**
 * The request changes something and does not come from a page of this backend: its `Origin` is a different one, `null`
 * or missing. Status 403.
 *
 * @since 0.1.0
 * @category errors
 */
export class ForeignOriginError extends Schema.TaggedError<ForeignOriginError>()(
  "ForeignOriginError",
  {},
  HttpApiSchema.annotations({ status: 403 })
) {
  override get message(): string {
    return "The request does not come from a page of this backend. Pages that send requests must not have the referrer policy no-referrer."
  }
}

/**
 * The body is larger than 64 KiB. Status 413.
 *
 * @since 0.1.0
 * @category errors
 */
export class BodyTooLargeError extends Schema.TaggedError<BodyTooLargeError>()(
  "BodyTooLargeError",
  {},
  HttpApiSchema.annotations({ status: 413 })
) {
  override get message(): string {
    return "The body is larger than 64 KiB. Send only the form."
  }
}

/**
 * Every error that a route of this package can respond with.
 *
 * @since 0.1.0
 * @category errors
 */
export const AuthFailure = Schema.Union(BaanxError, ForeignOriginError, BodyTooLargeError, HttpApiDecodeError)
export type AuthFailure = typeof AuthFailure.Type
