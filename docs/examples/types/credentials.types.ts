/** A credential fits only where its own kind is required. Nothing here runs: the compiler is the test. */
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

/** The names of the kinds that are assignable to `Wanted`. */
type AssignableTo<Wanted> = { [Kind in keyof Kinds]: Kinds[Kind] extends Wanted ? Kind : never }[keyof Kinds]

expectTypeOf<AssignableTo<AuthorizeRequest["sessionToken"]>>().toEqualTypeOf<"sessionToken">()
expectTypeOf<AssignableTo<AuthorizeRequest["loginToken"]>>().toEqualTypeOf<"loginToken">()
expectTypeOf<AssignableTo<AuthorizeRequest["expectedState"]>>().toEqualTypeOf<"state">()
expectTypeOf<AssignableTo<ExchangeRequest["code"]>>().toEqualTypeOf<"code">()
expectTypeOf<AssignableTo<ExchangeRequest["codeVerifier"]>>().toEqualTypeOf<"codeVerifier">()
expectTypeOf<AssignableTo<RefreshRequest["refreshToken"]>>().toEqualTypeOf<"refreshToken">()
expectTypeOf<AssignableTo<RevokeRequest["accessToken"]>>().toEqualTypeOf<"accessToken">()
expectTypeOf<AssignableTo<AuthorizationGrant["code"]>>().toEqualTypeOf<"code">()
expectTypeOf<AssignableTo<AuthorizationGrant["state"]>>().toEqualTypeOf<"state">()
expectTypeOf<AssignableTo<TokenSet["accessToken"]>>().toEqualTypeOf<"accessToken">()
expectTypeOf<AssignableTo<TokenSet["refreshToken"]>>().toEqualTypeOf<"refreshToken">()

declare const sessionToken: SessionToken
declare const loginToken: LoginToken
declare const accessToken: AccessToken
declare const expectedState: State
const redirectUri = RedirectUri.make("https://app.example.com/callback")

export const right: AuthorizeRequest = { sessionToken, loginToken, expectedState, redirectUri }

export const swapped: AuthorizeRequest = {
  // @ts-expect-error a login token is not a session token
  sessionToken: loginToken,
  // @ts-expect-error a session token is not a login token
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
  // @ts-expect-error a secret without a kind fits nowhere
  sessionToken: Redacted.make("a.b.c"),
  loginToken,
  expectedState,
  redirectUri
}

export const plainText: AuthorizeRequest = {
  sessionToken,
  loginToken,
  // @ts-expect-error a plain string is not a secret
  expectedState: "state",
  // @ts-expect-error an unchecked string is not a redirect URI
  redirectUri: "https://app.example.com/callback"
}

// @ts-expect-error a token may be `undefined`, but only explicitly
export const forgotten: AuthorizeRequest = { loginToken, expectedState, redirectUri }

// A user's id is not a session key until it has been checked.
expectTypeOf<string>().not.toExtend<SessionKey>()

// A refresh and a revocation accept a whole set of tokens.
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
