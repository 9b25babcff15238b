/** A call accepts only what its endpoint in the contract declares. Nothing here runs: the compiler is the test. */
import { authorize, hostedToken, initiate, revoke, sendOtp, token } from "@effect-baanx/api"
import type {
  AccessToken,
  AuthorizationCode,
  BaanxClientShape,
  CodeVerifier,
  HttpError,
  LoginToken,
  RefreshToken,
  SessionToken,
  State
} from "@effect-baanx/oauth"
import type { Effect, Redacted } from "effect"
import { expectTypeOf } from "vitest"

declare const client: BaanxClientShape
declare const sessionToken: SessionToken
declare const bearer: LoginToken
declare const accessToken: AccessToken
declare const code: AuthorizationCode
declare const code_verifier: CodeVerifier
declare const refresh_token: RefreshToken
declare const state: State

const step3 = client.operation("authorize", authorize)

expectTypeOf(step3({ bearer, payload: { token: sessionToken }, region: "us" })).toEqualTypeOf<
  Effect.Effect<
    { readonly url: Redacted.Redacted<string>; readonly code: AuthorizationCode; readonly state: State },
    HttpError
  >
>()

// @ts-expect-error a misspelt field
step3({ bearer, payload: { tokn: sessionToken } })
// @ts-expect-error a field that the endpoint does not know
step3({ bearer, payload: { token: sessionToken, region: "us" } })
// @ts-expect-error a missing field
step3({ bearer, payload: {} })
// @ts-expect-error a missing body
step3({ bearer })
// @ts-expect-error a missing bearer
step3({ payload: { token: sessionToken } })
// @ts-expect-error a query where there is none
step3({ bearer, payload: { token: sessionToken }, urlParams: {} })
// @ts-expect-error a secret of another kind
step3({ bearer, payload: { token: bearer } })
// @ts-expect-error a secret in plain text
step3({ bearer, payload: { token: "a.b.c" } })
// @ts-expect-error a region that Baanx does not have
step3({ bearer, payload: { token: sessionToken }, region: "eu" })

const step1 = client.operation("initiate", initiate)
const query = {
  response_type: "code",
  client_id: "client",
  redirect_uri: "https://app.example.com/callback",
  state,
  code_challenge: "challenge",
  code_challenge_method: "S256",
  mode: "api"
} as const

step1({ urlParams: query })
// @ts-expect-error a misspelt parameter
step1({ urlParams: { ...query, codeChallenge: "challenge" } })
// @ts-expect-error a PKCE method that Baanx does not accept
step1({ urlParams: { ...query, code_challenge_method: "plain" } })
// @ts-expect-error a bearer, before there is a token
step1({ urlParams: query, bearer })

const step4 = client.operation("token", token)
const exchange = {
  grant_type: "authorization_code",
  code,
  redirect_uri: "https://app.example.com/callback",
  code_verifier
} as const
const refresh = { grant_type: "refresh_token", refresh_token } as const

step4({ payload: exchange })
step4({ payload: refresh })
// @ts-expect-error the body of one grant type with the name of the other
step4({ payload: { ...exchange, grant_type: "refresh_token" } })
// @ts-expect-error the redirect URI is required here
step4({ payload: { grant_type: "authorization_code", code, code_verifier } })
// The other family does not require it.
client.operation("token", hostedToken)({ payload: { grant_type: "authorization_code", code, code_verifier } })

const end = client.operation("revoke", revoke)
end({ bearer: accessToken })
// @ts-expect-error a body where there is none
end({ bearer: accessToken, payload: {} })

// @ts-expect-error a field of the wrong type
client.operation("login", sendOtp)({ payload: { userId: 7 } })
