/** The four steps one by one, each reported as it is done. */
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
import type * as Redacted from "effect/Redacted"
import { masked, type Report } from "./Report.js"

export interface WalkOptions<E = never, R = never> {
  readonly email: string
  readonly password: Redacted.Redacted<string>
  /** Asked for only if Baanx wants a one-time code; `undefined` if there is nobody to ask. */
  readonly otp: Effect.Effect<Redacted.Redacted<string> | undefined, E, R>
  readonly redirectUri: RedirectUri
}

/** Steps 1 to 4 in API mode. */
export const walk = <E, R>(
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

    const [initiating, sessionToken] = yield* Effect.timed(
      initiateService.initiate({ redirectUri, state, codeChallenge: pkce.challenge })
    )
    yield* report.step({
      step: 1,
      name: "initiate",
      request: "GET /v1/auth/oauth/authorize/initiate",
      outcome: [`session token ${masked(sessionToken)}, good for 10 minutes`],
      millis: millis(initiating)
    })

    const [loggingIn, loginToken] = yield* Effect.timed(login(options))
    yield* report.step({
      step: 2,
      name: "login",
      request: "POST /v1/auth/login",
      outcome: [`login token ${masked(loginToken)}`],
      millis: millis(loggingIn)
    })

    const grant = yield* authorize({ sessionToken, loginToken, expectedState: state, redirectUri }, report)

    const [exchanging, tokens] = yield* Effect.timed(
      tokenService.exchange({ code: grant.code, codeVerifier: pkce.verifier, redirectUri, pathFamily: "oauth" })
    )
    yield* report.step({
      step: 4,
      name: "token",
      request: "POST /v1/auth/oauth/token",
      outcome: [
        `access token ${masked(tokens.accessToken)}, good until ${DateTime.formatIso(tokens.expiresAt)}`,
        tokens.refreshToken === undefined
          ? "no refresh token"
          : `refresh token ${masked(tokens.refreshToken)}${
              tokens.refreshExpiresAt === undefined ? "" : `, good until ${DateTime.formatIso(tokens.refreshExpiresAt)}`
            }`
      ],
      millis: millis(exchanging)
    })
    return tokens
  })

/** Step 3 alone. */
export const authorize = (
  request: AuthorizeRequest,
  report: Report
): Effect.Effect<AuthorizationGrant, AuthorizeError, AuthorizeService> =>
  Effect.gen(function* () {
    const authorizeService = yield* AuthorizeService
    const [authorizing, grant] = yield* Effect.timed(authorizeService.authorize(request))
    yield* report.step({
      step: 3,
      name: "authorize",
      request: "POST /v1/auth/oauth/authorize",
      outcome: [
        `code ${masked(grant.code)}, good for one exchange`,
        "state verified: it is the one that step 1 was started with",
        `redirect URL verified: ${request.redirectUri} with exactly this code and this state`
      ],
      millis: millis(authorizing)
    })
    return grant
  })

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

const millis = (duration: Duration.Duration): number => Math.round(Duration.toMillis(duration))
