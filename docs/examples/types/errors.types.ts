/**
 * The exact error channel of every method of every service, none of which has requirements: adding or removing a tag
 * does not compile until this file changes too.
 */
import type {
  AuthorizationFlowShape,
  AuthorizeServiceShape,
  BaanxError,
  InitiateServiceShape,
  LoginServiceShape,
  PendingAuthorizationsShape,
  RedirectMismatchError,
  TokenServiceShape,
  TokenSessionShape,
  TokenStoreShape,
  isRetryable
} from "@effect-baanx/oauth"
import type { HttpClientError } from "@effect/platform"
import { Effect, type Either } from "effect"
import { expectTypeOf } from "vitest"

type Tags<Method> = Method extends (...args: infer _A) => Effect.Effect<infer _B, infer E, never>
  ? E extends { readonly _tag: infer Tag }
    ? Tag
    : never
  : "no method"

type Http =
  | "TransportError"
  | "UnauthorizedError"
  | "ForbiddenError"
  | "InvalidRequestError"
  | "RateLimitedError"
  | "ServerError"
  | "UnexpectedResponseError"
  | "DecodeError"
type Credential = "MissingTokenError" | "InvalidTokenError"
type Login =
  | "InvalidCredentialsError"
  | "OtpRequiredError"
  | "InvalidOtpError"
  | "AccountDisabledError"
  | "OnboardingIncompleteError"
type Proof = "StateMismatchError" | "RedirectMismatchError"
type State = "UnknownStateError" | "ExpiredStateError" | "ReplayedStateError"
type Store = "StoreError"

expectTypeOf<Tags<InitiateServiceShape["initiate"]>>().toEqualTypeOf<Http>()
expectTypeOf<Tags<InitiateServiceShape["hostedPage"]>>().toEqualTypeOf<Http>()

expectTypeOf<Tags<LoginServiceShape["login"]>>().toEqualTypeOf<Http | Login>()
expectTypeOf<Tags<LoginServiceShape["sendOtp"]>>().toEqualTypeOf<Http>()

expectTypeOf<Tags<AuthorizeServiceShape["authorize"]>>().toEqualTypeOf<
  Http | Credential | Proof | "InvalidGrantError"
>()

expectTypeOf<Tags<TokenServiceShape["exchange"]>>().toEqualTypeOf<Http | Credential | "InvalidGrantError">()
expectTypeOf<Tags<TokenServiceShape["refresh"]>>().toEqualTypeOf<Http | Credential | "InvalidGrantError">()
expectTypeOf<Tags<TokenServiceShape["revoke"]>>().toEqualTypeOf<Http | Credential>()

expectTypeOf<Tags<AuthorizationFlowShape["begin"]>>().toEqualTypeOf<Http | Store>()
expectTypeOf<Tags<AuthorizationFlowShape["complete"]>>().toEqualTypeOf<
  Http | Credential | Proof | State | Store | "InvalidGrantError" | "CallbackError"
>()
expectTypeOf<Tags<AuthorizationFlowShape["signInWithLoginToken"]>>().toEqualTypeOf<
  Http | Credential | Proof | "InvalidGrantError"
>()
expectTypeOf<Tags<AuthorizationFlowShape["signIn"]>>().toEqualTypeOf<
  Http | Credential | Login | Proof | "InvalidGrantError"
>()

type Session = Http | Credential | Store | "SessionLostError"
expectTypeOf<Tags<TokenSessionShape["start"]>>().toEqualTypeOf<Session>()
expectTypeOf<Tags<TokenSessionShape["accessToken"]>>().toEqualTypeOf<Session>()
expectTypeOf<Tags<TokenSessionShape["httpClient"]>>().toEqualTypeOf<Session>()
expectTypeOf<Tags<TokenSessionShape["signOut"]>>().toEqualTypeOf<Session>()

type Client = Effect.Effect.Success<ReturnType<TokenSessionShape["httpClient"]>>
expectTypeOf<Effect.Effect.Error<ReturnType<Client["get"]>>>().toEqualTypeOf<HttpClientError.HttpClientError>()

expectTypeOf<Tags<PendingAuthorizationsShape["put"]>>().toEqualTypeOf<Store>()
expectTypeOf<Tags<PendingAuthorizationsShape["accept"]>>().toEqualTypeOf<"ReplayedStateError" | Store>()
declare const take: PendingAuthorizationsShape["take"]
declare const state: Parameters<typeof take>[0]
declare const check: () => Either.Either<void, RedirectMismatchError>
const taken = take(state)
const checked = take(state, check)
expectTypeOf<Effect.Effect.Error<typeof taken>["_tag"]>().toEqualTypeOf<State | Store>()
expectTypeOf<Effect.Effect.Error<typeof checked>["_tag"]>().toEqualTypeOf<State | Store | "RedirectMismatchError">()

expectTypeOf<Tags<TokenStoreShape["get"]>>().toEqualTypeOf<Store>()
expectTypeOf<Tags<TokenStoreShape["put"]>>().toEqualTypeOf<Store>()
expectTypeOf<Tags<TokenStoreShape["lease"]>>().toEqualTypeOf<Store>()
expectTypeOf<Tags<TokenStoreShape["save"]>>().toEqualTypeOf<Store>()
expectTypeOf<Tags<TokenStoreShape["release"]>>().toEqualTypeOf<Store>()
expectTypeOf<Tags<TokenStoreShape["remove"]>>().toEqualTypeOf<Store>()

// Catching an error by its tag removes only that error from the channel.
declare const authorize: AuthorizeServiceShape["authorize"]
declare const request: Parameters<AuthorizeServiceShape["authorize"]>[0]
const withoutRefusals = authorize(request).pipe(
  Effect.catchTag("RateLimitedError", ({ retryAfter }) => Effect.die(retryAfter))
)
expectTypeOf<Effect.Effect.Error<typeof withoutRefusals>["_tag"]>().toEqualTypeOf<
  Exclude<Http, "RateLimitedError"> | Credential | Proof | "InvalidGrantError"
>()

authorize(request).pipe(
  // @ts-expect-error step 3 has no such error
  Effect.catchTag("InvalidOtpError", () => Effect.void)
)

// `isRetryable` accepts every error of the module.
expectTypeOf<BaanxError["_tag"]>().toEqualTypeOf<
  | Http
  | Credential
  | Login
  | Proof
  | State
  | Store
  | "InvalidGrantError"
  | "CallbackError"
  | "InvalidConfigError"
  | "SessionLostError"
>()
expectTypeOf<Parameters<typeof isRetryable>>().toEqualTypeOf<[error: BaanxError]>()
