/**
 * The form for API mode.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * Email and password, plus `otp`, the 6 digits, on the second try after an `OtpRequiredError`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const PasswordForm = Schema.Struct({
  email: Schema.NonEmptyString,
  password: Schema.Redacted(Schema.NonEmptyString),
  otp: Schema.optional(Schema.Redacted(Schema.String.pipe(Schema.pattern(/^\d{6}$/u, { description: "6 digits" }))))
})
