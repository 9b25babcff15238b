/**
 * Step 2: `POST /v1/auth/login` and `POST /v1/auth/login/otp`; and `GET /v1/user`.
 *
 * @since 0.1.0
 */
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as Schema from "effect/Schema"
import { LoginToken } from "./Credentials.js"
import { BearerHeaders, RegionHeaders } from "./Headers.js"
import { lenient, otherwise } from "./internal/lenient.js"
import { Forbidden, Unauthorized } from "./WireError.js"

/**
 * The body of a login. `otpCode` has 6 digits. Omit it until a code has been sent; do not send `""` or `null`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const LoginBody = Schema.Struct({
  email: Schema.NonEmptyString,
  password: Schema.Redacted(Schema.NonEmptyString),
  otpCode: Schema.optional(Schema.Redacted(Schema.String))
})

/**
 * The known phases of an unfinished onboarding. A response may name another one.
 *
 * @since 0.1.0
 * @category schemas
 */
export const OnboardingPhase = Schema.Literal(
  "ACCOUNT",
  "PHONE_NUMBER",
  "PERSONAL_INFORMATION",
  "PHYSICAL_ADDRESS",
  "MAILING_ADDRESS"
)
export type OnboardingPhase = typeof OnboardingPhase.Type

/**
 * The response of a login. Status 200 does not mean that the user is signed in: check `isOtpRequired`, then `phase`,
 * then `accessToken`; any other field that cannot be read counts as absent. `phoneNumber` is masked, such as
 * `"+445*****225"`. Every free-text field is a secret, since a careless server may repeat the password in it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const LoginAnswer = Schema.Struct({
  accessToken: Schema.optional(Schema.NullOr(LoginToken)),
  userId: lenient(Schema.Redacted(Schema.String)),
  isOtpRequired: Schema.optional(Schema.NullOr(Schema.Boolean)),
  phoneNumber: lenient(Schema.Redacted(Schema.String)),
  phase: lenient(Schema.Redacted(Schema.String)),
  verificationState: lenient(Schema.Redacted(Schema.String)),
  isLinked: lenient(Schema.Boolean)
})

/**
 * The body that requests a one-time code, whether the first or a new one.
 *
 * @since 0.1.0
 * @category schemas
 */
export const OtpBody = Schema.Struct({ userId: Schema.NonEmptyString })

/**
 * The response of an endpoint that returns no data. `false` with status 200 is a refusal.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SuccessAnswer = otherwise(Schema.Struct({ success: Schema.Boolean }), { success: true })

/**
 * The response of `GET /v1/user`. Only `id` is known for sure.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UserAnswer = Schema.Struct({
  id: Schema.String,
  email: Schema.optional(Schema.NullOr(Schema.String)),
  verificationState: Schema.optional(Schema.NullOr(Schema.String))
})

/**
 * Step 2.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const login = HttpApiEndpoint.post("login", "/v1/auth/login")
  .setHeaders(RegionHeaders)
  .setPayload(LoginBody)
  .addSuccess(LoginAnswer)
  .addError(Unauthorized)
  .addError(Forbidden)

/**
 * Sends the one-time code of step 2; the server never does so by itself.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const sendOtp = HttpApiEndpoint.post("sendOtp", "/v1/auth/login/otp")
  .setHeaders(RegionHeaders)
  .setPayload(OtpBody)
  .addSuccess(SuccessAnswer)

/**
 * The signed-in user: the call that clients use to see whether a token works.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const user = HttpApiEndpoint.get("user", "/v1/user")
  .setHeaders(BearerHeaders)
  .addSuccess(UserAnswer)
  .addError(Unauthorized)
