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
  type OtpChallenge,
  SignInError,
  type SignInOptions
} from "./AuthorizationFlow.js"
export {
  AuthorizationGrant,
  AuthorizeError,
  type AuthorizeRequest,
  AuthorizeService,
  type AuthorizeServiceShape
} from "./AuthorizeService.js"
export * as Baanx from "./Baanx.js"
export { type BaanxCall, BaanxClient, type BaanxClientShape, type BaanxEndpoint } from "./BaanxClient.js"
export * from "./BaanxConfig.js"
export * from "./BaanxError.js"
export * from "./Credentials.js"
export { InitiateError, type InitiateRequest, InitiateService, type InitiateServiceShape } from "./InitiateService.js"
export { LoginError, type LoginRequest, LoginService, type LoginServiceShape } from "./LoginService.js"
export * from "./PendingAuthorizations.js"
export * from "./Pkce.js"
export * from "./RedirectUri.js"
export * from "./SecureRandom.js"
export * from "./State.js"
export * from "./testing/MockHttpClient.js"
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
export * from "./TokenStore.js"
