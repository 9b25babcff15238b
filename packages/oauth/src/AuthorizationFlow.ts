/**
 * Composes the four steps into a sign-in: in hosted mode, where the browser performs two of them, and in API mode.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { AuthorizeError, AuthorizeService } from "./AuthorizeService.js"
import {
  CallbackError,
  ExpiredStateError,
  RedirectMismatchError,
  ReplayedStateError,
  StateMismatchError,
  StoreError,
  UnknownStateError
} from "./BaanxError.js"
import { BaanxClient } from "./BaanxClient.js"
import type { Region, ResolvedConfig } from "./BaanxConfig.js"
import { type Callback, checkIssuer, checkPlace, readCallback } from "./Callback.js"
import { type AuthorizationCode, checkCredentials, type LoginToken } from "./Credentials.js"
import { InitiateError, InitiateService } from "./InitiateService.js"
import { LoginError, LoginService } from "./LoginService.js"
import { PendingAuthorization, PendingAuthorizations, pendingLifetime } from "./PendingAuthorizations.js"
import { generatePkce } from "./Pkce.js"
import type { RedirectUri } from "./RedirectUri.js"
import { SecureRandom } from "./SecureRandom.js"
import { generateState, secretEquals, type State } from "./State.js"
import { TokenError, TokenService, type TokenSet } from "./TokenService.js"
import { notMocked } from "./internal/notMocked.js"

/**
 * Options of `begin` and `prepare`.
 *
 * @since 0.1.0
 * @category models
 */
export interface BeginOptions {
  /** Exactly as registered with Baanx. */
  readonly redirectUri: RedirectUri
  /** Default: the configured region. */
  readonly region?: Region | undefined
}

/**
 * What to ask the user for: the code that Baanx sent to `phoneNumber`, which is masked.
 *
 * @since 0.1.0
 * @category models
 */
export interface OtpChallenge {
  /** Pass it to `LoginService.sendOtp` to send another code. */
  readonly userId: string
  /** Masked, such as `"+445*****225"`; `undefined` if Baanx does not say. */
  readonly phoneNumber: string | undefined
}

/**
 * Options of `signIn`.
 *
 * @since 0.1.0
 * @category models
 */
export interface SignInOptions {
  readonly email: string
  readonly password: Redacted.Redacted<string>
  /**
   * The 6 digits, if the user has already entered them, or a function that asks for them. The function runs only if
   * Baanx requires a code, and after Baanx has been asked to send one. Without `otp`, the sign-in of a user with a
   * second factor fails with `OtpRequiredError`, and no code is sent.
   */
  readonly otp?:
    | Redacted.Redacted<string>
    | ((challenge: OtpChallenge) => Effect.Effect<Redacted.Redacted<string>>)
    | undefined
  /** Exactly as registered with Baanx. */
  readonly redirectUri: RedirectUri
  /** Default: the configured region. */
  readonly region?: Region | undefined
}

/**
 * Options of `signInWithLoginToken`.
 *
 * @since 0.1.0
 * @category models
 */
export interface LoginTokenOptions {
  /** From `LoginService`, or from the last step of a registration with Baanx. */
  readonly loginToken: LoginToken | undefined
  /** Exactly as registered with Baanx. */
  readonly redirectUri: RedirectUri
  /** Default: the configured region. */
  readonly region?: Region | undefined
}

/**
 * Every error of `begin`.
 *
 * @since 0.1.0
 * @category errors
 */
export const BeginError = Schema.Union(InitiateError, StoreError)
export type BeginError = typeof BeginError.Type

/**
 * Every error of `resume`.
 *
 * @since 0.1.0
 * @category errors
 */
export const ResumeError = Schema.Union(
  TokenError,
  CallbackError,
  ExpiredStateError,
  ReplayedStateError,
  StateMismatchError,
  RedirectMismatchError,
  StoreError
)
export type ResumeError = typeof ResumeError.Type

/**
 * Every error of `complete`.
 *
 * @since 0.1.0
 * @category errors
 */
export const CompleteError = Schema.Union(ResumeError, UnknownStateError)
export type CompleteError = typeof CompleteError.Type

/**
 * Every error of `signInWithLoginToken`.
 *
 * @since 0.1.0
 * @category errors
 */
export const SignInWithLoginTokenError = Schema.Union(InitiateError, AuthorizeError, TokenError)
export type SignInWithLoginTokenError = typeof SignInWithLoginTokenError.Type

/**
 * Every error of `signIn`.
 *
 * @since 0.1.0
 * @category errors
 */
export const SignInError = Schema.Union(LoginError, SignInWithLoginTokenError)
export type SignInError = typeof SignInError.Type

/**
 * The methods of `AuthorizationFlow`.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthorizationFlowShape {
  /** Hosted mode, first half: returns the page to send the browser to, and stores the state for 10 minutes. */
  readonly begin: (
    options: BeginOptions
  ) => Effect.Effect<{ readonly browserUrl: Redacted.Redacted<URL>; readonly state: State }, BeginError>
  /**
   * Hosted mode, second half: handles the callback, given as a URL or as its path and query. Behind a proxy that
   * terminates TLS, pass `request.url`, which is the path and query. The state identifies the sign-in, but does not
   * prove that this browser began it: also pass `expectedState`, from a cookie that the route of `begin` set (RFC 9700
   * section 4.7). A callback that does not match uses up no state and sends nothing. The callback's `app_id` selects
   * the region of the tokens, through the setting `appRegions`.
   */
  readonly complete: (
    callbackUrl: URL | string,
    options?: { readonly expectedState: State }
  ) => Effect.Effect<TokenSet, CompleteError>
  /**
   * `begin` without the store: keep `pending` yourself, secret and unmodified, where the callback route can read it,
   * such as in a sealed cookie. An abandoned sign-in takes up no storage.
   */
  readonly prepare: (
    options: BeginOptions
  ) => Effect.Effect<
    { readonly browserUrl: Redacted.Redacted<URL>; readonly pending: PendingAuthorization },
    InitiateError
  >
  /**
   * `complete` for the result of `prepare`: the callback has to belong to `pending`. Everything that `complete` checks
   * is checked before the store accepts the state, which it does only once. A callback with an error uses up no state.
   */
  readonly resume: (callbackUrl: URL | string, pending: PendingAuthorization) => Effect.Effect<TokenSet, ResumeError>
  /**
   * API mode, all four steps. Logs in first, so that the 10 minutes of the session token do not run while the user
   * looks for a one-time code.
   */
  readonly signIn: (options: SignInOptions) => Effect.Effect<TokenSet, SignInError>
  /**
   * API mode for a user already logged in: steps 1, 3 and 4. Sends nothing if the login token is missing or
   * malformed.
   */
  readonly signInWithLoginToken: (options: LoginTokenOptions) => Effect.Effect<TokenSet, SignInWithLoginTokenError>
}

/**
 * Builds the flow from the services of the four steps.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<
  AuthorizationFlowShape,
  never,
  BaanxClient | InitiateService | LoginService | AuthorizeService | TokenService | PendingAuthorizations
> = Effect.gen(function* () {
  const { config } = yield* BaanxClient
  const initiateService = yield* InitiateService
  const loginService = yield* LoginService
  const authorizeService = yield* AuthorizeService
  const tokenService = yield* TokenService
  const pendingAuthorizations = yield* PendingAuthorizations
  const random = yield* SecureRandom

  const proofs = Effect.all({ pkce: generatePkce, state: generateState }).pipe(
    Effect.provideService(SecureRandom, random)
  )

  const login = ({ otp, ...request }: SignInOptions) =>
    typeof otp !== "function"
      ? loginService.login({ ...request, otp })
      : Effect.catchTag(loginService.login(request), "OtpRequiredError", ({ phoneNumber, userId }) =>
          Effect.gen(function* () {
            yield* loginService.sendOtp({ userId, region: request.region })
            return yield* loginService.login({ ...request, otp: yield* otp({ userId, phoneNumber }) })
          })
        )

  const signInWithLoginToken = ({ loginToken, redirectUri, region }: LoginTokenOptions) =>
    Effect.gen(function* () {
      yield* checkCredentials("authorize", { loginToken })
      const { pkce, state } = yield* proofs
      const sessionToken = yield* initiateService.initiate({
        redirectUri,
        state,
        codeChallenge: pkce.challenge,
        region
      })
      const grant = yield* authorizeService.authorize({
        sessionToken,
        loginToken,
        expectedState: state,
        redirectUri,
        region
      })
      return yield* tokenService.exchange({
        code: grant.code,
        codeVerifier: pkce.verifier,
        redirectUri,
        region,
        // Only this family has API mode.
        pathFamily: "oauth"
      })
    })

  const prepare = ({ redirectUri, region = config.region }: BeginOptions) =>
    Effect.gen(function* () {
      const { pkce, state } = yield* proofs
      const browserUrl = yield* initiateService.hostedPage({
        redirectUri,
        state,
        codeChallenge: pkce.challenge,
        region
      })
      const now = yield* DateTime.now
      const pending = new PendingAuthorization({
        state,
        codeVerifier: pkce.verifier,
        redirectUri,
        region,
        pathFamily: config.pathFamily,
        baseUrl: config.baseUrl,
        expiresAt: DateTime.addDuration(now, pendingLifetime)
      })
      return { browserUrl, pending }
    })

  const exchange = ({ appId }: Callback, code: AuthorizationCode, pending: PendingAuthorization) =>
    tokenService.exchange({
      code,
      codeVerifier: pending.codeVerifier,
      redirectUri: pending.redirectUri,
      region: config.appRegions.get(appId ?? "") ?? pending.region,
      pathFamily: pending.pathFamily
    })

  return {
    prepare,

    resume: (callbackUrl, pending) =>
      Effect.gen(function* () {
        const callback = yield* readCallback(callbackUrl)
        if (!secretEquals(pending.state, callback.state)) return yield* new StateMismatchError()
        yield* checkCallback(callback, pending, config)
        const code = yield* callback.code
        if (DateTime.lessThanOrEqualTo(pending.expiresAt, yield* DateTime.now)) return yield* new ExpiredStateError()
        yield* pendingAuthorizations.accept(pending.state, pending.expiresAt)
        return yield* exchange(callback, code, pending)
      }),

    begin: (options) =>
      Effect.gen(function* () {
        const { browserUrl, pending } = yield* prepare(options)
        yield* pendingAuthorizations.put(pending)
        return { browserUrl, state: pending.state }
      }),

    complete: (callbackUrl, options) =>
      Effect.gen(function* () {
        const callback = yield* readCallback(callbackUrl)
        if (options !== undefined && !secretEquals(options.expectedState, callback.state)) {
          return yield* new StateMismatchError()
        }
        const check = (pending: PendingAuthorization) => checkCallback(callback, pending, config)
        const pending = yield* pendingAuthorizations.take(callback.state, check)
        // A store written before `check` existed ignores it.
        yield* check(pending)
        return yield* exchange(callback, yield* callback.code, pending)
      }),

    signIn: (options) =>
      Effect.flatMap(login(options), (loginToken) =>
        signInWithLoginToken({ loginToken, redirectUri: options.redirectUri, region: options.region })
      ),

    signInWithLoginToken
  }
})

/** Checks what must match before a callback may use up the state of a sign-in. */
const checkCallback = (
  callback: Callback,
  { baseUrl, pathFamily, redirectUri }: PendingAuthorization,
  config: ResolvedConfig
): Either.Either<void, StateMismatchError | RedirectMismatchError | CallbackError> =>
  baseUrl !== config.baseUrl
    ? Either.left(new StateMismatchError())
    : Either.flatMap(checkPlace(callback, redirectUri), () =>
        pathFamily === "oauth2" ? checkIssuer(callback, config.issuer) : Either.void
      )

/**
 * The complete sign-in, in hosted mode and in API mode.
 *
 * @since 0.1.0
 * @category services
 */
export class AuthorizationFlow extends Context.Tag("@effect-baanx/oauth/AuthorizationFlow")<
  AuthorizationFlow,
  AuthorizationFlowShape
>() {
  /**
   * Runs the four steps with the provided services.
   *
   * @since 0.1.0
   */
  static readonly layer: Layer.Layer<
    AuthorizationFlow,
    never,
    BaanxClient | InitiateService | LoginService | AuthorizeService | TokenService | PendingAuthorizations
  > = Layer.effect(AuthorizationFlow, make)

  /**
   * For tests. Calling a method you did not mock dies with an error that names it.
   *
   * @since 0.1.0
   */
  static readonly layerMock = (service: Partial<AuthorizationFlowShape>): Layer.Layer<AuthorizationFlow> =>
    Layer.succeed(AuthorizationFlow, {
      begin: notMocked(AuthorizationFlow.key, "begin"),
      complete: notMocked(AuthorizationFlow.key, "complete"),
      prepare: notMocked(AuthorizationFlow.key, "prepare"),
      resume: notMocked(AuthorizationFlow.key, "resume"),
      signIn: notMocked(AuthorizationFlow.key, "signIn"),
      signInWithLoginToken: notMocked(AuthorizationFlow.key, "signInWithLoginToken"),
      ...service
    })
}
