/**
 * Sign users in through Baanx from an Effect backend.
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
export {
  type BaanxCall,
  BaanxClient,
  type BaanxClientShape,
  type BaanxEndpoint,
  type WordReader
} from "./BaanxClient.js"
export { type BaanxConfig, PathFamily, Region, resolveConfig, type ResolvedConfig } from "./BaanxConfig.js"
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
export {
  AccessToken,
  AuthorizationCode,
  checkCredentials,
  CodeVerifier,
  LoginToken,
  RefreshToken,
  type Secret,
  SessionToken
} from "./Credentials.js"
export { InitiateError, type InitiateRequest, InitiateService, type InitiateServiceShape } from "./InitiateService.js"
export { LoginError, type LoginRequest, LoginService, type LoginServiceShape } from "./LoginService.js"
export {
  type MemoryOptions,
  PendingAuthorization,
  PendingAuthorizations,
  type PendingAuthorizationsShape,
  pendingLifetime,
  StateError
} from "./PendingAuthorizations.js"
export { codeChallenge, generatePkce, type Pkce } from "./Pkce.js"
export { checkRedirectUrl, isLoopback, RedirectUri } from "./RedirectUri.js"
export { random256, SecureRandom, type SecureRandomShape } from "./SecureRandom.js"
export { generateState, secretEquals, State } from "./State.js"
export {
  answerFailure,
  answerJson,
  answerNever,
  answerText,
  type MockAnswer,
  MockHttpClient,
  type MockHttpClientShape,
  type RecordedRequest
} from "./testing/MockHttpClient.js"
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
export { Lease, SessionKey, type StoredTokens, TokenStore, type TokenStoreShape } from "./TokenStore.js"
