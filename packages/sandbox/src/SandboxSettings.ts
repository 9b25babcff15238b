/**
 * How the sandbox behaves where Baanx is configurable, and where nobody knows what Baanx does.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

// Bounded, so that an end of life always is a date.
const Count = Schema.Int.pipe(Schema.between(1, 10_000_000_000))

const setting = <A, I>(schema: Schema.Schema<A, I>, value: NoInfer<A>) =>
  Schema.optionalWith(schema, { default: () => value })

/** Public clients expect a refused login with any of these. */
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
  /** A refresh token of the `oauth2` family, whose answer does not tell it; a guess. */
  hostedRefreshTokenSeconds: setting(Count, 1_209_600),
  /** A one-time code; "a few minutes". */
  otpSeconds: setting(Count, 300),
  /** How many wrong one-time codes end the one that was sent; a guess. */
  otpAttempts: setting(Count, 5),
  /** How many wrong passwords in a row lock a user; a guess. */
  loginAttempts: setting(Count, 5),
  /** Whether step 1 asks for `x-secret-key`. When it is sent it must be right. */
  secretKeyOnInitiate: setting(Schema.Literal("optional", "required", "refused"), "optional"),
  /** Whether step 4 asks for `x-secret-key`. When it is sent it must be right. */
  secretKeyOnToken: setting(Schema.Literal("optional", "required", "refused"), "optional"),
  /** Whether the token answer of the `oauth` family carries `token_type`. */
  tokenType: setting(Schema.Boolean, false),
  /** What `accessToken` of a login is while a one-time code is awaited: null, or a string that does not work yet. */
  otpAccessToken: setting(Schema.Literal("null", "string"), "null"),
  /** The status of a wrong email or password. */
  wrongPasswordStatus: setting(LoginRefusalStatus, 401),
  /** The status of a wrong one-time code. */
  wrongOtpStatus: setting(LoginRefusalStatus, 400),
  /** Whether the exchange of the `oauth2` family takes `redirect_uri` and `client_id`. Those that are sent must be right. */
  hostedExchangeFields: setting(Schema.Literal("refused", "optional"), "refused"),
  /** Whether the reuse of an old refresh token ends every token that descends from it. */
  refreshReuseRevokes: setting(Schema.Boolean, true),
  /** Whether a refresh ends the access token before it. */
  refreshEndsAccessToken: setting(Schema.Boolean, true),
  /** How many requests a client may make to one endpoint in a window, and whether a refusal says `Retry-After`. */
  rateLimit: Schema.optional(
    Schema.Struct({
      requests: Count,
      seconds: Count,
      retryAfter: setting(Schema.Boolean, true)
    })
  )
})
export type SandboxSettings = typeof SandboxSettings.Type
