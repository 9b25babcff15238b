/** The requests, responses and secrets of a sign-in that the tests of this folder share. */
import {
  AccessToken,
  AuthorizationCode,
  BaanxClient,
  type BaanxError,
  CodeVerifier,
  LoginToken,
  RedirectUri,
  RefreshToken,
  SessionKey,
  SessionToken,
  State
} from "@effect-baanx/oauth"
import { type MockAnswer, MockHttpClient } from "@effect-baanx/oauth/testing/MockHttpClient"
import type { HttpClient } from "@effect/platform"
import { assert } from "@effect/vitest"
import { Layer, Redacted, Schema } from "effect"

/** Each is a text that occurs nowhere else. */
export const secrets = {
  clientKey: "client-key-0a1b2c3d4e5f",
  secretKey: "secret-key-9f8e7d6c5b4a",
  password: "correct horse & battery",
  otp: "493817",
  sessionToken: "eyJhbGciOiJIUzI1NiJ9.eyJzaWQiOiJzZXNzaW9uIn0.c2lnbmF0dXJlLW9mLXNlc3Npb24",
  loginToken: "US_b6b9168a-bb56-4c6a-9c0d-4650ea74f5f9",
  state: "state-5c4a1f0e2d3b4c5d6e7f",
  code: "auth_code_7f6e5d4c3b2a1908",
  codeVerifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
  accessToken: "access_token_100a99cf-f4d3-4fa1-9be9-2e9828b20ebc",
  refreshToken: "refresh_token_100a99cf-f4d3-4fa1-9be9-2e9828b20ebd"
}

export const sessionToken = Schema.decodeSync(SessionToken)(secrets.sessionToken)
export const loginToken = Schema.decodeSync(LoginToken)(secrets.loginToken)
export const state = Schema.decodeSync(State)(secrets.state)
export const code = Schema.decodeSync(AuthorizationCode)(secrets.code)
export const codeVerifier = Schema.decodeSync(CodeVerifier)(secrets.codeVerifier)
export const accessToken = Schema.decodeSync(AccessToken)(secrets.accessToken)
export const refreshToken = Schema.decodeSync(RefreshToken)(secrets.refreshToken)

/** The challenge of that verifier: both are from RFC 7636 appendix B. */
export const codeChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

export const redirectUri = RedirectUri.make("https://yourapp.com/callback")

/** The key of a user's session, chosen by the backend. */
export const key = SessionKey.make("user-1")

/** One of the sandbox's users. */
export const email = "user@example.com"
export const sandboxPassword = "sandbox-password"

/** The documented response of step 2. */
export const loggedIn = {
  accessToken: secrets.loginToken,
  userId: "b6b9168c-bb56-4c6a-9c0d-4650ea74f5f9",
  isOtpRequired: false,
  phoneNumber: null,
  phase: null,
  verificationState: "VERIFIED",
  isLinked: false
}

/** The documented response of step 4. */
export const issued = {
  access_token: secrets.accessToken,
  expires_in: 21600,
  refresh_token: secrets.refreshToken,
  refresh_token_expires_in: 15897600
}

/** Keys that look like plain words, so that only a comparison with the sent secrets can redact them. */
export const plainKeys = { clientKey: "client-words", secretKey: "secret-words" }

/** `BaanxClient` with those keys, over a scripted HTTP client. */
export const clientOver = (
  script: ReadonlyArray<MockAnswer>,
  baseUrl = "https://api.baanx.com"
): Layer.Layer<BaanxClient | MockHttpClient | HttpClient.HttpClient> =>
  BaanxClient.layer({
    baseUrl,
    clientKey: Redacted.make(plainKeys.clientKey),
    secretKey: Redacted.make(plainKeys.secretKey)
  }).pipe(Layer.orDie, Layer.provideMerge(MockHttpClient.layer(script)))

export const assertFields = (error: BaanxError, fields: Readonly<Record<string, unknown>>): void => {
  for (const [name, value] of Object.entries(fields)) assert.deepStrictEqual(Reflect.get(error, name), value, name)
}
