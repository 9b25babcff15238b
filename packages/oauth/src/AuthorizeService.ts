/**
 * Step 3: exchanges the session token and the login token for an authorization code, and verifies the state.
 *
 * @since 0.1.0
 */
import * as Api from "@effect-baanx/api/Authorize"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import {
  HttpError,
  InvalidGrantError,
  InvalidTokenError,
  MissingTokenError,
  RedirectMismatchError,
  StateMismatchError
} from "./BaanxError.js"
import { BaanxClient } from "./BaanxClient.js"
import type { Region } from "./BaanxConfig.js"
import { AuthorizationCode, checkCredentials, type LoginToken, type SessionToken } from "./Credentials.js"
import { toInvalidGrant } from "./internal/invalidGrant.js"
import { notMocked } from "./internal/notMocked.js"
import { checkRedirectUrl, type RedirectUri } from "./RedirectUri.js"
import { secretEquals, State } from "./State.js"

/**
 * The input of step 3. The tokens may be `undefined`, so that you can pass what a store or a request returned without
 * checking it first.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthorizeRequest {
  /** From step 1: a JWT, valid for 10 minutes. */
  readonly sessionToken: SessionToken | undefined
  /** From step 2. */
  readonly loginToken: LoginToken | undefined
  /** The state that step 1 sent. */
  readonly expectedState: State
  /** Exactly the redirect URI that step 1 sent. */
  readonly redirectUri: RedirectUri
  /** Default: the configured region. */
  readonly region?: Region | undefined
}

/**
 * A verified authorization: `code` can be exchanged once, in step 4, `state` is the expected one, and `redirectUrl` is
 * the registered redirect URI with exactly this code and this state.
 *
 * @since 0.1.0
 * @category models
 */
export class AuthorizationGrant extends Schema.Class<AuthorizationGrant>("@effect-baanx/oauth/AuthorizationGrant")({
  code: AuthorizationCode,
  state: State,
  redirectUrl: Schema.Redacted(Schema.String)
}) {}

/**
 * Every error of step 3.
 *
 * @since 0.1.0
 * @category errors
 */
export const AuthorizeError = Schema.Union(
  HttpError,
  MissingTokenError,
  InvalidTokenError,
  InvalidGrantError,
  StateMismatchError,
  RedirectMismatchError
)
export type AuthorizeError = typeof AuthorizeError.Type

/**
 * The methods of `AuthorizeService`.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthorizeServiceShape {
  /**
   * `POST /v1/auth/oauth/authorize`, "Generate Authorization Code". Sends one request and never repeats it; sends none if
   * a token is missing or malformed.
   *
   * @example
   * ```ts
   * import { AuthorizeService, type AuthorizeRequest } from "@effect-baanx/oauth"
   * import { Effect } from "effect"
   *
   * const code = (request: AuthorizeRequest) =>
   *   Effect.gen(function* () {
   *     const authorizeService = yield* AuthorizeService
   *     const grant = yield* authorizeService.authorize(request)
   *     return grant.code
   *   }).pipe(Effect.catchTag("StateMismatchError", (error) => Effect.die(error)))
   * ```
   */
  readonly authorize: (request: AuthorizeRequest) => Effect.Effect<AuthorizationGrant, AuthorizeError>
}

/**
 * Step 3 through the provided `BaanxClient`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<AuthorizeServiceShape, never, BaanxClient> = Effect.map(BaanxClient, (client) => {
  const send = client.operation("authorize", Api.authorize)

  return {
    // Effect.gen would add 4 µs to each call.
    authorize: (request) =>
      Effect.flatMap(
        checkCredentials("authorize", { sessionToken: request.sessionToken, loginToken: request.loginToken }),
        ({ loginToken, sessionToken }) => {
          const call = send({ region: request.region, bearer: loginToken, payload: { token: sessionToken } })
          return Effect.flatMap(Effect.mapError(call, toInvalidGrant), (response) => verify(request, response))
        }
      )
  }
})

/** Checks that the response is for this sign-in and leads to its redirect URI. */
const verify = (
  { expectedState, redirectUri }: AuthorizeRequest,
  { code, state, url }: typeof Api.AuthorizeAnswer.Type
): Either.Either<AuthorizationGrant, StateMismatchError | RedirectMismatchError> => {
  if (!secretEquals(expectedState, state)) return Either.left(new StateMismatchError())
  return Either.map(
    checkRedirectUrl("authorize", { redirectUri, code, state }, url),
    // Stryker disable next-line BooleanLiteral,ObjectLiteral: the contract has decoded all three, so validation finds nothing
    () => new AuthorizationGrant({ code, state, redirectUrl: url }, { disableValidation: true })
  )
}

/**
 * Step 3, "Generate Authorization Code".
 *
 * @since 0.1.0
 * @category services
 */
export class AuthorizeService extends Context.Tag("@effect-baanx/oauth/AuthorizeService")<
  AuthorizeService,
  AuthorizeServiceShape
>() {
  /**
   * Sends its requests through the provided `BaanxClient`.
   *
   * @since 0.1.0
   */
  static readonly layer: Layer.Layer<AuthorizeService, never, BaanxClient> = Layer.effect(AuthorizeService, make)

  /**
   * For tests. Calling a method you did not mock dies with an error that names it.
   *
   * @since 0.1.0
   */
  static readonly layerMock = (service: Partial<AuthorizeServiceShape>): Layer.Layer<AuthorizeService> =>
    Layer.succeed(AuthorizeService, {
      authorize: notMocked(AuthorizeService.key, "authorize"),
      ...service
    })
}
