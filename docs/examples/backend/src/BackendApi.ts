/** What a browser may ask this backend, and every answer that it can get. */
import { UserAnswer } from "@effect-baanx/api/Login"
import { BeginError, CompleteError, type SessionKey, SignInError, TokenSessionError } from "@effect-baanx/oauth"
import {
  HttpApi,
  HttpApiEndpoint,
  HttpApiGroup,
  HttpApiMiddleware,
  HttpApiSchema,
  HttpApiSecurity
} from "@effect/platform"
import { Context, Schema } from "effect"

/** Browsers hold a `__Host-` cookie to Secure, Path=/ and no Domain, so that no other host can set or read it. */
export const sessionCookie = HttpApiSecurity.apiKey({ in: "cookie", key: "__Host-session" })

/** The state of the sign-in that this browser has begun. */
export const signInCookie = HttpApiSecurity.apiKey({ in: "cookie", key: "__Host-sign-in" })

/** Whose session the cookie names; nothing is known of it yet. */
export class CurrentSession extends Context.Tag("backend/CurrentSession")<CurrentSession, SessionKey>() {}

export class SessionCookie extends HttpApiMiddleware.Tag<SessionCookie>()("backend/SessionCookie", {
  provides: CurrentSession,
  security: { session: sessionCookie }
}) {}

export class ForeignOriginError extends Schema.TaggedError<ForeignOriginError>()(
  "ForeignOriginError",
  {},
  HttpApiSchema.annotations({ status: 403 })
) {}

/** Refuses what another site had the browser send. */
export class SameOrigin extends HttpApiMiddleware.Tag<SameOrigin>()("backend/SameOrigin", {
  failure: ForeignOriginError
}) {}

/** Baanx did not give the user's data. */
export class UserUnavailableError extends Schema.TaggedError<UserUnavailableError>()(
  "UserUnavailableError",
  {},
  HttpApiSchema.annotations({ status: 502 })
) {}

/** `otp` comes with the second try, after an `OtpRequiredError`. */
export const SignIn = Schema.Struct({
  email: Schema.NonEmptyString,
  password: Schema.Redacted(Schema.NonEmptyString),
  otp: Schema.optional(Schema.Redacted(Schema.String.pipe(Schema.pattern(/^\d{6}$/))))
})

// Each error of the module carries its status: to name what a method can end in is all that an endpoint has to say.
export class BackendApi extends HttpApi.make("backend").add(
  HttpApiGroup.make("session", { topLevel: true })
    .add(HttpApiEndpoint.get("begin", "/sign-in").addSuccess(HttpApiSchema.Empty(302)).addError(BeginError))
    .add(
      HttpApiEndpoint.get("callback", "/callback")
        .addSuccess(HttpApiSchema.Empty(302))
        .addError(CompleteError)
        .addError(TokenSessionError)
    )
    .add(
      HttpApiEndpoint.post("signIn", "/sign-in")
        .setPayload(SignIn)
        .addSuccess(HttpApiSchema.NoContent)
        .addError(SignInError)
        .addError(TokenSessionError)
        .middleware(SameOrigin)
    )
    .add(
      HttpApiEndpoint.get("me", "/me")
        .addSuccess(UserAnswer)
        .addError(TokenSessionError)
        .addError(UserUnavailableError)
        .middleware(SessionCookie)
    )
    .add(
      HttpApiEndpoint.post("signOut", "/sign-out")
        .addSuccess(HttpApiSchema.NoContent)
        .addError(TokenSessionError)
        .middleware(SessionCookie)
        .middleware(SameOrigin)
    )
) {}
