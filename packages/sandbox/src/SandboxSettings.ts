/**
 * How the sandbox behaves where Baanx is configurable or its behaviour is unknown.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

// Bounded, so that every expiry is a valid date.
const Count = Schema.Int.pipe(Schema.between(1, 10_000_000_000))

const setting = <A, I>(schema: Schema.Schema<A, I>, value: NoInfer<A>) =>
  Schema.optionalWith(schema, { default: () => value })

/** Public clients expect any of these for a refused login. */
const LoginRefusalStatus = Schema.Literal(400, 401, 403, 404, 422)

/**
 * Every setting with its default. Lifetimes are whole seconds of the sandbox's clock.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SandboxSettings = Schema.Struct({
  /** Step 1's session token; documented. */
  sessionSeconds: setting(Count, 600),
  /** Step 2's login token; documented. */
  loginTokenSeconds: setting(Count, 21_600),
  /** An authorization code; bounded by the session, otherwise a guess. */
  codeSeconds: setting(Count, 600),
  /** An access token; documented. */
  accessTokenSeconds: setting(Count, 21_600),
  /** A refresh token of the `oauth` family: 184 days as documented; one client says 604800. */
  refreshTokenSeconds: setting(Count, 15_897_600),
  /** A refresh token of the `oauth2` family, whose response does not state it; a guess. */
  hostedRefreshTokenSeconds: setting(Count, 1_209_600),
  /** A one-time code; "a few minutes". */
  otpSeconds: setting(Count, 300),
  /** How many wrong attempts invalidate a one-time code; a guess. */
  otpAttempts: setting(Count, 5),
  /** How many wrong passwords in a row lock a user; a guess. */
  loginAttempts: setting(Count, 5),
  /** Whether step 1 requires, allows or refuses `x-secret-key`. If it is sent, it must be right. */
  secretKeyOnInitiate: setting(Schema.Literal("optional", "required", "refused"), "optional"),
  /** Whether step 4 requires, allows or refuses `x-secret-key`. If it is sent, it must be right. */
  secretKeyOnToken: setting(Schema.Literal("optional", "required", "refused"), "optional"),
  /** Whether the token response of the `oauth` family has a `token_type`. */
  tokenType: setting(Schema.Boolean, false),
  /** The `accessToken` of a login that awaits a one-time code: null, or a string that does not work yet. */
  otpAccessToken: setting(Schema.Literal("null", "string"), "null"),
  /** The status of a wrong email or password. */
  wrongPasswordStatus: setting(LoginRefusalStatus, 401),
  /** The status of a wrong one-time code. */
  wrongOtpStatus: setting(LoginRefusalStatus, 400),
  /**
   * Whether the exchange of the `oauth2` family accepts `redirect_uri` and `client_id`. If they are sent, they must be
   * right.
   */
  hostedExchangeFields: setting(Schema.Literal("refused", "optional"), "refused"),
  /** Whether the reuse of an old refresh token ends every token that descends from it. */
  refreshReuseRevokes: setting(Schema.Boolean, true),
  /** Whether a refresh ends the previous access token. */
  refreshEndsAccessToken: setting(Schema.Boolean, true),
  /** How many requests a client may make to one endpoint in a window, and whether a refusal has a `Retry-After`. */
  rateLimit: Schema.optional(
    Schema.Struct({
      requests: Count,
      seconds: Count,
      retryAfter: setting(Schema.Boolean, true)
    })
  )
})
export type SandboxSettings = typeof SandboxSettings.Type
