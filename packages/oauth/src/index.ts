/**
 * Sign users in through Baanx from an Effect backend. What you need only for a store, a test or an endpoint of your own
 * is in a separate module, such as `@effect-baanx/oauth/TokenStore` and `@effect-baanx/oauth/testing/MockHttpClient`.
 *
 * @since 0.1.0
 */
export {
  AuthorizationFlow,
  type AuthorizationFlowShape,
  BeginError,
  type BeginOptions,
  CompleteError,
  type LoginTokenOptions,
  type OtpChallenge,
  ResumeError,
  SignInError,
  type SignInOptions,
  SignInWithLoginTokenError
} from "./AuthorizationFlow.js"
export {
  AuthorizationGrant,
  AuthorizeError,
  type AuthorizeRequest,
  AuthorizeService,
  type AuthorizeServiceShape
} from "./AuthorizeService.js"
export * as Baanx from "./Baanx.js"
export { BaanxClient, type BaanxClientShape } from "./BaanxClient.js"
export { type BaanxConfig, PathFamily, Region } from "./BaanxConfig.js"
export { configFromEnvironment } from "./ConfigFromEnvironment.js"
export {
  AccountDisabledError,
  BaanxError,
  CallbackError,
  CredentialName,
  DecodeError,
  ExpiredStateError,
  ForbiddenError,
  HttpError,
  InvalidConfigError,
  InvalidCredentialsError,
  InvalidGrantError,
  InvalidOtpError,
  InvalidRequestError,
  InvalidTokenError,
  isRetryable,
  MissingTokenError,
  OnboardingIncompleteError,
  Operation,
  OtpRequiredError,
  RateLimitedError,
  RedirectMismatchError,
  ReplayedStateError,
  ServerError,
  SessionLostError,
  StateMismatchError,
  StoreError,
  TransportError,
  UnauthorizedError,
  UnexpectedResponseError,
  UnknownStateError
} from "./BaanxError.js"
export { AccessToken, AuthorizationCode, CodeVerifier, LoginToken, RefreshToken, SessionToken } from "./Credentials.js"
export { InitiateError, type InitiateRequest, InitiateService, type InitiateServiceShape } from "./InitiateService.js"
export { LoginError, type LoginRequest, LoginService, type LoginServiceShape } from "./LoginService.js"
export {
  type MemoryOptions,
  PendingAuthorization,
  PendingAuthorizations,
  type PendingAuthorizationsShape,
  StateError
} from "./PendingAuthorizations.js"
export { codeChallenge, generatePkce, type Pkce } from "./Pkce.js"
export { RedirectUri } from "./RedirectUri.js"
export { SecureRandom, type SecureRandomShape } from "./SecureRandom.js"
export { generateState, State } from "./State.js"
export {
  type ExchangeRequest,
  type RefreshRequest,
  RevokeError,
  type RevokeRequest,
  TokenError,
  TokenService,
  type TokenServiceShape,
  TokenSet
} from "./TokenService.js"
export { TokenSession, TokenSessionError, type TokenSessionShape } from "./TokenSession.js"
export { SessionKey, TokenStore, type TokenStoreShape } from "./TokenStore.js"
