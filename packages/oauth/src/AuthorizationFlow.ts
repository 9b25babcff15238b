/**
 * The four steps composed: hosted mode, where a browser does the middle of it, and API mode.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { AuthorizeError, AuthorizeService } from "./AuthorizeService.js"
import { CallbackError, RedirectMismatchError, StateMismatchError, StoreError } from "./BaanxError.js"
import { BaanxClient } from "./BaanxClient.js"
import type { Region, ResolvedConfig } from "./BaanxConfig.js"
import { AuthorizationCode } from "./Credentials.js"
import { withoutSecrets } from "./internal/withoutSecrets.js"
import { InitiateError, InitiateService } from "./InitiateService.js"
import { LoginError, LoginService } from "./LoginService.js"
import { PendingAuthorization, PendingAuthorizations, pendingLifetime, StateError } from "./PendingAuthorizations.js"
import { generatePkce } from "./Pkce.js"
import type { RedirectUri } from "./RedirectUri.js"
import { SecureRandom } from "./SecureRandom.js"
import { generateState, secretEquals, State } from "./State.js"
import { TokenError, TokenService, type TokenSet } from "./TokenService.js"

/**
 * How a hosted sign-in begins.
 *
 * @since 0.1.0
 * @category models
 */
export interface BeginOptions {
  /** As it is registered with Baanx, to the letter. */
  readonly redirectUri: RedirectUri
  /** Default: the region of the configuration. */
  readonly region?: Region | undefined
}

/**
 * What the user is asked for: a code was sent to the masked `phoneNumber`.
 *
 * @since 0.1.0
 * @category models
 */
export interface OtpChallenge {
  readonly userId: string
  readonly phoneNumber: string | undefined
}

/**
 * Who signs in through API mode, and where to.
 *
 * @since 0.1.0
 * @category models
 */
export interface SignInOptions {
  readonly email: string
  readonly password: Redacted.Redacted<string>
  /**
   * The 6 digits, where the user gave them already. Or a function that asks for them: it runs after Baanx was told to
   * send a code, and only if Baanx asks for one. Without either, a user with a second factor ends in
   * `OtpRequiredError`, and no code is sent.
   */
  readonly otp?:
    | Redacted.Redacted<string>
    | ((challenge: OtpChallenge) => Effect.Effect<Redacted.Redacted<string>>)
    | undefined
  /** As it is registered with Baanx, to the letter. */
  readonly redirectUri: RedirectUri
  /** Default: the region of the configuration. */
  readonly region?: Region | undefined
}

/**
 * Everything that `begin` can end in.
 *
 * @since 0.1.0
 * @category errors
 */
export const BeginError = Schema.Union(InitiateError, StoreError)

/**
 * @since 0.1.0
 * @category errors
 */
export type BeginError = typeof BeginError.Type

/**
 * Everything that `complete` can end in.
 *
 * @since 0.1.0
 * @category errors
 */
export const CompleteError = Schema.Union(
  TokenError,
  CallbackError,
  StateError,
  StateMismatchError,
  RedirectMismatchError,
  StoreError
)

/**
 * @since 0.1.0
 * @category errors
 */
export type CompleteError = typeof CompleteError.Type

/**
 * Everything that `signIn` can end in.
 *
 * @since 0.1.0
 * @category errors
 */
export const SignInError = Schema.Union(InitiateError, LoginError, AuthorizeError, TokenError)

/**
 * @since 0.1.0
 * @category errors
 */
export type SignInError = typeof SignInError.Type

/**
 * The sign-ins that `AuthorizationFlow` offers.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthorizationFlowShape {
  /** Hosted mode, first half: where to send the browser. The state is kept for 10 minutes. */
  readonly begin: (
    options: BeginOptions
  ) => Effect.Effect<{ readonly browserUrl: URL; readonly state: State }, BeginError>
  /**
   * Hosted mode, second half: the callback as it came in, as a URL or as the path and query of one. The state tells which
   * sign-in it ends, not that this browser began it: give `expectedState` from a cookie that `begin`'s route set
   * (RFC 9700 section 4.7). With another one nothing is taken and nothing is sent.
   */
  readonly complete: (
    callbackUrl: URL | string,
    options?: { readonly expectedState: State }
  ) => Effect.Effect<TokenSet, CompleteError>
  /** API mode, all four steps. */
  readonly signIn: (options: SignInOptions) => Effect.Effect<TokenSet, SignInError>
}

const stateFromString = Schema.decodeSync(State)
const authorizationCode = Schema.decodeSync(AuthorizationCode)

/**
 * The flow over the services of the four steps.
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

  return {
    begin: ({ redirectUri, region = config.region }) =>
      Effect.gen(function* () {
        const { pkce, state } = yield* proofs
        const browserUrl = yield* initiateService.hostedPage({
          redirectUri,
          state,
          codeChallenge: pkce.challenge,
          region
        })
        const now = yield* DateTime.now
        yield* pendingAuthorizations.put(
          new PendingAuthorization({
            state,
            codeVerifier: pkce.verifier,
            redirectUri,
            region,
            pathFamily: config.pathFamily,
            baseUrl: config.baseUrl,
            expiresAt: DateTime.addDuration(now, pendingLifetime)
          })
        )
        return { browserUrl, state }
      }),

    complete: (callbackUrl, options) =>
      Effect.gen(function* () {
        const callback = yield* readCallback(callbackUrl)
        if (options !== undefined && !secretEquals(options.expectedState, callback.state)) {
          return yield* new StateMismatchError({ operation: "authorize" })
        }
        const pending = yield* pendingAuthorizations.take(callback.state)
        if (pending.baseUrl !== config.baseUrl) return yield* new StateMismatchError({ operation: "authorize" })
        yield* checkPlace(callback.text, pending.redirectUri)
        yield* checkIssuer(config, pending, callback.issuer)
        if (callback.answer instanceof CallbackError) return yield* callback.answer
        return yield* tokenService.exchange({
          code: callback.answer,
          codeVerifier: pending.codeVerifier,
          redirectUri: pending.redirectUri,
          region: pending.region,
          pathFamily: pending.pathFamily
        })
      }),

    signIn: (options) =>
      Effect.gen(function* () {
        const { redirectUri, region } = options
        const { pkce, state } = yield* proofs
        const sessionToken = yield* initiateService.initiate({
          redirectUri,
          state,
          codeChallenge: pkce.challenge,
          region
        })
        const loginToken = yield* login(options)
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
          // API mode exists in this family alone.
          pathFamily: "oauth"
        })
      })
  }
})

interface Callback {
  readonly text: string
  readonly state: State
  readonly issuer: string | undefined
  readonly answer: AuthorizationCode | CallbackError
}

const invalidCallback = (description: string) =>
  new CallbackError({ operation: "authorize", code: "invalid_callback", description })

/** What a path or a query is read against; no callback comes from there. */
const nowhere = "http://callback.invalid"

const parameters = ["state", "code", "error", "error_description", "iss", "app_id"] as const

const readCallback = (callbackUrl: URL | string): Effect.Effect<Callback, CallbackError> =>
  Effect.suspend(() => {
    const text = String(callbackUrl)
    if (!URL.canParse(text, nowhere)) return invalidCallback("it is not a URL")
    const url = new URL(text, nowhere)
    if (text.includes("#")) return invalidCallback("it has a fragment")
    const twice = parameters.find((name) => url.searchParams.getAll(name).length > 1)
    if (twice !== undefined) return invalidCallback(`it has more than one ${twice}`)
    const read = (name: (typeof parameters)[number]) => url.searchParams.get(name) || undefined

    const state = read("state")
    const code = read("code")
    const error = read("error")
    if (state === undefined) return invalidCallback("it has no state")
    if (code !== undefined && error !== undefined) return invalidCallback("it has both a code and an error")
    if (code === undefined && error === undefined) return invalidCallback("it has neither a code nor an error")
    return Effect.succeed({
      text,
      state: stateFromString(state),
      issuer: read("iss"),
      answer:
        code === undefined
          ? new CallbackError({
              operation: "authorize",
              code: isErrorCode.test(error ?? "") ? (error ?? "") : "unknown_error",
              description: withoutSecrets(read("error_description") ?? "no reason given", [state])
            })
          : authorizationCode(code)
    })
  })

/** RFC 6749 section 4.1.2.1, narrowed to what known errors look like. */
const isErrorCode = /^[a-z][a-z_]{0,63}$/

/** A callback has to be at the redirect URI; what it leaves out, an origin or a path, it has from there. */
const checkPlace = (callback: string, redirectUri: RedirectUri): Effect.Effect<void, RedirectMismatchError> => {
  if (callback.startsWith("?")) return Effect.void
  const registered = new URL(redirectUri)
  const place = URL.canParse(callback, redirectUri) ? new URL(callback, redirectUri) : undefined
  return place !== undefined &&
    place.protocol === registered.protocol &&
    place.host === registered.host &&
    place.pathname === registered.pathname &&
    place.username === "" &&
    place.password === ""
    ? Effect.void
    : new RedirectMismatchError({ operation: "authorize", reason: "Location" })
}

/** RFC 9207. Without an expected issuer in the configuration, `iss` says nothing and is not read. */
const checkIssuer = (
  config: ResolvedConfig,
  pending: PendingAuthorization,
  issuer: string | undefined
): Effect.Effect<void, CallbackError> =>
  config.issuer === undefined || pending.pathFamily === "oauth" || issuer === config.issuer
    ? Effect.void
    : new CallbackError({ operation: "authorize", code: "issuer_mismatch", description: "it is not from Baanx" })

/**
 * The four steps composed.
 *
 * @since 0.1.0
 * @category services
 */
export class AuthorizationFlow extends Context.Tag("@effect-baanx/oauth/AuthorizationFlow")<
  AuthorizationFlow,
  AuthorizationFlowShape
>() {
  /** @since 0.1.0 */
  static readonly layer: Layer.Layer<
    AuthorizationFlow,
    never,
    BaanxClient | InitiateService | LoginService | AuthorizeService | TokenService | PendingAuthorizations
  > = Layer.effect(AuthorizationFlow, make)

  /**
   * For tests: a method that is not given dies with a message that names it.
   *
   * @since 0.1.0
   */
  static readonly layerMock = (service: Partial<AuthorizationFlowShape>): Layer.Layer<AuthorizationFlow> =>
    Layer.mock(AuthorizationFlow, service)
}
