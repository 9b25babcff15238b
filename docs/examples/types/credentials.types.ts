/** A credential fits only where its own kind is asked for. Nothing here runs: the compiler is the test. */
import {
  type AccessToken,
  type AuthorizationCode,
  type AuthorizationGrant,
  type AuthorizeRequest,
  type CodeVerifier,
  type ExchangeRequest,
  type LoginToken,
  RedirectUri,
  type RefreshRequest,
  type RefreshToken,
  type RevokeRequest,
  type SessionKey,
  type SessionToken,
  type State,
  type TokenSet
} from "@effect-baanx/oauth"
import { Redacted, type Schema } from "effect"
import { expectTypeOf } from "vitest"

interface Kinds {
  readonly sessionToken: SessionToken
  readonly loginToken: LoginToken
  readonly code: AuthorizationCode
  readonly accessToken: AccessToken
  readonly refreshToken: RefreshToken
  readonly codeVerifier: CodeVerifier
  readonly state: State
}

/** The names of the kinds that can stand where a `Wanted` is asked for. */
type Fitting<Wanted> = { [Kind in keyof Kinds]: Kinds[Kind] extends Wanted ? Kind : never }[keyof Kinds]

expectTypeOf<Fitting<AuthorizeRequest["sessionToken"]>>().toEqualTypeOf<"sessionToken">()
expectTypeOf<Fitting<AuthorizeRequest["loginToken"]>>().toEqualTypeOf<"loginToken">()
expectTypeOf<Fitting<AuthorizeRequest["expectedState"]>>().toEqualTypeOf<"state">()
expectTypeOf<Fitting<ExchangeRequest["code"]>>().toEqualTypeOf<"code">()
expectTypeOf<Fitting<ExchangeRequest["codeVerifier"]>>().toEqualTypeOf<"codeVerifier">()
expectTypeOf<Fitting<RefreshRequest["refreshToken"]>>().toEqualTypeOf<"refreshToken">()
expectTypeOf<Fitting<RevokeRequest["accessToken"]>>().toEqualTypeOf<"accessToken">()
expectTypeOf<Fitting<AuthorizationGrant["code"]>>().toEqualTypeOf<"code">()
expectTypeOf<Fitting<AuthorizationGrant["state"]>>().toEqualTypeOf<"state">()
expectTypeOf<Fitting<TokenSet["accessToken"]>>().toEqualTypeOf<"accessToken">()
expectTypeOf<Fitting<TokenSet["refreshToken"]>>().toEqualTypeOf<"refreshToken">()

declare const sessionToken: SessionToken
declare const loginToken: LoginToken
declare const accessToken: AccessToken
declare const expectedState: State
const redirectUri = RedirectUri.make("https://app.example.com/callback")

export const right: AuthorizeRequest = { sessionToken, loginToken, expectedState, redirectUri }

export const swapped: AuthorizeRequest = {
  // @ts-expect-error a login token is no session token
  sessionToken: loginToken,
  // @ts-expect-error nor the other way round
  loginToken: sessionToken,
  expectedState,
  redirectUri
}

export const laterToken: AuthorizeRequest = {
  sessionToken,
  // @ts-expect-error the access token of step 4 is not the login token of step 2, whatever Baanx's page calls it
  loginToken: accessToken,
  expectedState,
  redirectUri
}

export const anySecret: AuthorizeRequest = {
  // @ts-expect-error a secret of no kind is none of them
  sessionToken: Redacted.make("a.b.c"),
  loginToken,
  expectedState,
  redirectUri
}

export const plainText: AuthorizeRequest = {
  sessionToken,
  loginToken,
  // @ts-expect-error a plain string is no secret
  expectedState: "state",
  // @ts-expect-error a string that nobody checked is no redirect URI
  redirectUri: "https://app.example.com/callback"
}

// @ts-expect-error a token can be missing, but only in so many words
export const forgotten: AuthorizeRequest = { loginToken, expectedState, redirectUri }

// A user's id is no session key until it was checked.
expectTypeOf<string>().not.toExtend<SessionKey>()

// A whole set of tokens is what a refresh and a revocation take.
expectTypeOf<TokenSet>().toExtend<RefreshRequest>()
expectTypeOf<TokenSet>().toExtend<RevokeRequest>()

// A secret does not become a string by accident.
expectTypeOf<SessionToken>().not.toExtend<string>()
expectTypeOf(Redacted.value(sessionToken)).toExtend<string>()
expectTypeOf<Schema.Schema.Encoded<typeof AuthorizationGrant>>().toEqualTypeOf<{
  readonly code: string
  readonly state: string
  readonly redirectUrl: string
}>()
