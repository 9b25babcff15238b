/** A program compiles only if every service that it yields is provided. Nothing here runs: the compiler is the test. */
import {
  AuthorizationFlow,
  type AuthorizeRequest,
  AuthorizeService,
  Baanx,
  type BaanxClient,
  type BaanxConfig,
  InitiateService,
  type InvalidConfigError,
  LoginService,
  PendingAuthorizations,
  TokenService,
  TokenSession,
  TokenStore
} from "@effect-baanx/oauth"
import { type MockHttpClient } from "@effect-baanx/oauth/testing/MockHttpClient"
import { FetchHttpClient, type HttpClient } from "@effect/platform"
import { type ConfigError, Effect, Layer } from "effect"
import { expectTypeOf } from "vitest"

declare const config: BaanxConfig
declare const request: AuthorizeRequest

const program = Effect.flatMap(AuthorizeService, (service) => service.authorize(request))

// @ts-expect-error AuthorizeService is not provided
Effect.runPromise(program)

// @ts-expect-error HttpClient is not provided
Effect.runPromise(Effect.provide(program, Baanx.layer(config)))

Effect.runPromise(Effect.provide(program, Layer.provide(Baanx.layer(config), FetchHttpClient.layer)))

// A test has to provide each service separately.
const everything = Effect.all([
  AuthorizationFlow,
  AuthorizeService,
  InitiateService,
  LoginService,
  TokenService,
  TokenSession,
  PendingAuthorizations,
  TokenStore
])
expectTypeOf<Effect.Effect.Context<typeof everything>>().toEqualTypeOf<
  Baanx.Baanx | PendingAuthorizations | TokenStore
>()
expectTypeOf<Layer.Layer.Success<ReturnType<typeof Baanx.layer>>>().toEqualTypeOf<Baanx.Baanx>()

const mocks = Layer.mergeAll(
  AuthorizationFlow.layerMock({}),
  InitiateService.layerMock({}),
  LoginService.layerMock({}),
  TokenService.layerMock({}),
  TokenSession.layerMock({}),
  PendingAuthorizations.layerMock({}),
  TokenStore.layerMock({})
)

// @ts-expect-error AuthorizeService is not among the mocks
Effect.runPromise(Effect.provide(everything, mocks))

Effect.runPromise(Effect.provide(everything, Layer.merge(mocks, AuthorizeService.layerMock({}))))

// @ts-expect-error a mock accepts only the methods of its service
AuthorizeService.layerMock({ authorise: () => Effect.never })

// The requirements and errors of the layers.
expectTypeOf<Layer.Layer.Context<ReturnType<typeof Baanx.layer>>>().toEqualTypeOf<HttpClient.HttpClient>()
expectTypeOf<Layer.Layer.Error<ReturnType<typeof Baanx.layer>>>().toEqualTypeOf<InvalidConfigError>()
expectTypeOf<Layer.Layer.Context<typeof Baanx.layerConfig>>().toEqualTypeOf<HttpClient.HttpClient>()
expectTypeOf<Layer.Layer.Error<typeof Baanx.layerConfig>>().toEqualTypeOf<
  InvalidConfigError | ConfigError.ConfigError
>()
expectTypeOf<Layer.Layer.Context<ReturnType<typeof Baanx.layerWithStores>>>().toEqualTypeOf<
  HttpClient.HttpClient | PendingAuthorizations | TokenStore
>()
expectTypeOf<Layer.Layer.Context<typeof AuthorizeService.layer>>().toEqualTypeOf<BaanxClient>()
expectTypeOf<Layer.Layer.Success<ReturnType<typeof MockHttpClient.layer>>>().toEqualTypeOf<
  MockHttpClient | HttpClient.HttpClient
>()
