/** The four steps one by one, each reported when it is done or has failed. */
import {
  type AuthorizationGrant,
  type AuthorizeError,
  type AuthorizeRequest,
  AuthorizeService,
  generatePkce,
  generateState,
  type InitiateError,
  InitiateService,
  type LoginError,
  LoginService,
  type LoginToken,
  type RedirectUri,
  type TokenError,
  TokenService,
  type TokenSet
} from "@effect-baanx/oauth"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Redacted from "effect/Redacted"
import { masked, type Report, type Step } from "./Report.js"

export interface WalkOptions<E = never, R = never> {
  readonly email: string
  readonly password: Redacted.Redacted<string>
  /** Runs only if Baanx requires a one-time code; returns `undefined` if there is nobody to ask. */
  readonly otp: Effect.Effect<Redacted.Redacted<string> | undefined, E, R>
  readonly redirectUri: RedirectUri
}

const requests = {
  initiate: { step: 1, name: "initiate", request: "GET /v1/auth/oauth/authorize/initiate" },
  login: { step: 2, name: "login", request: "POST /v1/auth/login" },
  authorize: { step: 3, name: "authorize", request: "POST /v1/auth/oauth/authorize" },
  token: { step: 4, name: "token", request: "POST /v1/auth/oauth/token" }
} as const

/** Runs one step and reports that it is done or has failed. */
const reportStep = <A, E extends { readonly _tag: string }, R>(
  report: Report,
  name: Step["name"],
  step: Effect.Effect<A, E, R>,
  outcome: (value: A) => ReadonlyArray<string>
): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    const [duration, result] = yield* Effect.timed(Effect.either(step))
    const entry = { ...requests[name], millis: Math.round(Duration.toMillis(duration)) }
    yield* Either.match(result, {
      onLeft: ({ _tag }) => report.failedStep({ ...entry, outcome: [_tag] }),
      onRight: (value) => report.step({ ...entry, outcome: outcome(value) })
    })
    return yield* result
  })

/** Steps 1 to 4 in API mode. */
export const walk = <E extends { readonly _tag: string }, R>(
  options: WalkOptions<E, R>,
  report: Report
): Effect.Effect<
  TokenSet,
  InitiateError | LoginError | AuthorizeError | TokenError | E,
  InitiateService | LoginService | AuthorizeService | TokenService | R
> =>
  Effect.gen(function* () {
    const { redirectUri } = options
    const initiateService = yield* InitiateService
    const tokenService = yield* TokenService
    const pkce = yield* generatePkce
    const state = yield* generateState

    const sessionToken = yield* reportStep(
      report,
      "initiate",
      initiateService.initiate({ redirectUri, state, codeChallenge: pkce.challenge }),
      (sessionToken) => [`session token ${masked(sessionToken)}, valid for 10 minutes`]
    )
    const loginToken = yield* reportStep(report, "login", login(options), (loginToken) => [
      `login token ${masked(loginToken)}`
    ])
    const grant = yield* authorize({ sessionToken, loginToken, expectedState: state, redirectUri }, report)
    return yield* reportStep(
      report,
      "token",
      tokenService.exchange({ code: grant.code, codeVerifier: pkce.verifier, redirectUri, pathFamily: "oauth" }),
      (tokens) => [
        `access token ${masked(tokens.accessToken)}, valid until ${DateTime.formatIso(tokens.expiresAt)}`,
        tokens.refreshToken === undefined
          ? "no refresh token"
          : `refresh token ${masked(tokens.refreshToken)}${
              tokens.refreshExpiresAt === undefined
                ? ""
                : `, valid until ${DateTime.formatIso(tokens.refreshExpiresAt)}`
            }`
      ]
    )
  })

/** Only step 3. */
export const authorize = (
  request: AuthorizeRequest,
  report: Report
): Effect.Effect<AuthorizationGrant, AuthorizeError, AuthorizeService> =>
  Effect.flatMap(AuthorizeService, (authorizeService) =>
    reportStep(report, "authorize", authorizeService.authorize(request), (grant) => [
      `code ${masked(grant.code)}, valid for one exchange`,
      "state verified: it is the one that step 1 sent",
      `redirect URL verified: ${request.redirectUri} with exactly this code and this state`
    ])
  )

const login = <E, R>({
  email,
  otp: askForOtp,
  password
}: WalkOptions<E, R>): Effect.Effect<LoginToken, LoginError | E, LoginService | R> =>
  Effect.flatMap(LoginService, (loginService) =>
    Effect.catchTag(loginService.login({ email, password }), "OtpRequiredError", (required) =>
      Effect.gen(function* () {
        yield* loginService.sendOtp({ userId: required.userId })
        const otp = yield* askForOtp
        return otp === undefined ? yield* required : yield* loginService.login({ email, password, otp })
      })
    )
  )
