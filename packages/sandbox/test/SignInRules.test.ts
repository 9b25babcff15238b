import { describe } from "@effect/vitest"
import { Effect } from "effect"
import { clientKey, redirectUri } from "./Fixtures.js"
import {
  after,
  authorizeRequest,
  doubled,
  doubledQuery,
  login,
  missing,
  notAllowed,
  oauth,
  other,
  table,
  us,
  withHeaders,
  withJson,
  withQuery,
  withText,
  wrongSession
} from "./RuleTable.js"
import { authorizeCall, call, initiateCall, signIn, startSession, tokens } from "./Steps.js"

describe("step 1, initiate", () => {
  const initiate = initiateCall
  table([
    { rule: "with all parameters", request: initiate, status: 200 },
    { rule: "without mode=api", request: withQuery(initiate, { mode: undefined }), status: 302 },
    ...["response_type", "client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method"].flatMap(
      (name) => [
        {
          rule: `without ${name}`,
          request: withQuery(initiate, { [name]: undefined }),
          status: 400,
          body: missing(name)
        },
        {
          rule: `with a blank ${name}`,
          request: withQuery(initiate, { [name]: "" }),
          status: 400,
          body: missing(name)
        },
        { rule: `with ${name} twice`, request: doubledQuery(initiate, name), status: 400, body: doubled(name) }
      ]
    ),
    {
      rule: "with response_type=token",
      request: withQuery(initiate, { response_type: "token" }),
      status: 400,
      body: oauth("unsupported_response_type", "Invalid parameter: response_type")
    },
    {
      rule: "with code_challenge_method=plain",
      request: withQuery(initiate, { code_challenge_method: "plain" }),
      status: 400,
      body: oauth("invalid_request", "Invalid parameter: code_challenge_method (S256)")
    },
    {
      rule: "with a challenge of 42 characters",
      request: withQuery(initiate, { code_challenge: "a".repeat(42) }),
      status: 400
    },
    {
      rule: "with a challenge of 44 characters",
      request: withQuery(initiate, { code_challenge: "a".repeat(44) }),
      status: 400
    },
    {
      rule: "with a padded challenge",
      request: withQuery(initiate, { code_challenge: `${"a".repeat(42)}=` }),
      status: 400
    },
    {
      rule: "with a state of 7 characters",
      request: withQuery(initiate, { state: "1234567" }),
      status: 400,
      body: oauth("invalid_request", "Invalid parameter: state (at least 8 characters)")
    },
    { rule: "with mode=web", request: withQuery(initiate, { mode: "web" }), status: 400 },
    {
      rule: "with a scope, which only the oauth2 family has",
      request: withQuery(initiate, { scope: "openid" }),
      status: 422,
      body: notAllowed("scope")
    },
    {
      rule: "with the client_id of another client",
      request: withQuery(initiate, { client_id: "other-client-key" }),
      status: 400,
      body: oauth("invalid_client", "The client_id is not the x-client-key of the request")
    },
    {
      rule: "with an unregistered redirect_uri",
      request: withQuery(initiate, { redirect_uri: "https://evil.example/callback" }),
      status: 400,
      body: oauth("invalid_request", "The redirect_uri is not registered for this client")
    },
    {
      rule: "with a redirect_uri that only begins like the registered one",
      request: withQuery(initiate, { redirect_uri: `${redirectUri}/..` }),
      status: 400
    },
    {
      rule: "with the secret key",
      request: withHeaders(initiate, { "x-secret-key": "sandbox-secret-key" }),
      status: 200
    },
    {
      rule: "with a wrong secret key",
      request: withHeaders(initiate, { "x-secret-key": "wrong" }),
      status: 400,
      body: oauth("invalid_client", "Invalid secret key")
    },
    {
      rule: "with the secret key of another client",
      request: withHeaders(initiate, { "x-secret-key": "other-secret-key" }),
      status: 400,
      body: oauth("invalid_client", "Invalid secret key")
    },
    {
      rule: "without the secret key where it is required",
      request: initiate,
      status: 400,
      body: oauth("invalid_client", "Missing required header: x-secret-key"),
      options: { settings: { secretKeyOnInitiate: "required" } }
    },
    {
      rule: "with the secret key where it is not allowed",
      request: withHeaders(initiate, { "x-secret-key": "sandbox-secret-key" }),
      status: 400,
      body: oauth("invalid_client", "The x-secret-key header is not allowed here"),
      options: { settings: { secretKeyOnInitiate: "refused" } }
    },
    {
      rule: "with the client key as client_secret, as one client sends it",
      request: withQuery(initiate, { client_secret: clientKey }),
      status: 200
    },
    {
      rule: "with a wrong client_secret",
      request: withQuery(initiate, { client_secret: "wrong" }),
      status: 400,
      body: oauth("invalid_client", "Invalid client secret")
    }
  ])
})

describe("step 2, login", () => {
  const as = (change: Readonly<Record<string, unknown>>) => withJson(login, change)
  const id = "6f6c9d4e-6a52-4f5e-9b0a-5d0f6a3d2c11"
  const withOtp = {
    users: [{ id, email: "otp@example.com", password: "p", otp: "123456", phoneNumber: "+447700900225" }]
  }
  const otpLogin = as({ email: "otp@example.com", password: "p" })
  const sendOtp = call({ method: "POST", path: "/v1/auth/login/otp", json: { userId: id } })
  const pending = {
    userId: id,
    phase: null,
    verificationState: "VERIFIED",
    isLinked: false,
    isOtpRequired: true,
    phoneNumber: "+447*****225"
  }
  table([
    { rule: "with the right password", request: login, status: 200 },
    {
      rule: "without an email",
      request: withText(login, `{"password":"x"}`),
      status: 400,
      body: { message: "email is required" }
    },
    {
      rule: "without a password",
      request: as({ password: "" }),
      status: 400,
      body: { message: "password is required" }
    },
    {
      rule: "with a malformed email",
      request: as({ email: "user" }),
      status: 400,
      body: { message: "email is not valid" }
    },
    {
      rule: "with a number as the password",
      request: as({ password: 5 }),
      status: 422,
      body: { message: "password field must be a string" }
    },
    {
      rule: "with null as the one-time code",
      request: as({ otpCode: null }),
      status: 422,
      body: { message: "otpCode field must be a string" }
    },
    {
      rule: "with a one-time code of five digits",
      request: as({ otpCode: "12345" }),
      status: 400,
      body: { message: "otpCode must have 6 digits" }
    },
    {
      rule: "with a wrong password",
      request: as({ password: "wrong" }),
      status: 401,
      body: { message: "Incorrect email or password" }
    },
    {
      rule: "with an unknown email",
      request: as({ email: "nobody@example.com" }),
      status: 401,
      body: { message: "Incorrect email or password" }
    },
    {
      rule: "of a locked user",
      request: as({ email: "locked@example.com" }),
      status: 401,
      body: { message: "Account locked" }
    },
    {
      rule: "after five wrong passwords",
      request: Effect.zipRight(Effect.replicateEffect(Effect.flatMap(as({ password: "wrong" }), call), 5), login),
      status: 401,
      body: { message: "Account locked" }
    },
    {
      rule: "after four wrong passwords",
      request: Effect.zipRight(Effect.replicateEffect(Effect.flatMap(as({ password: "wrong" }), call), 4), login),
      status: 200
    },
    {
      rule: "of a disabled user",
      request: as({ email: "disabled@example.com" }),
      status: 403,
      body: { message: "Your account has been disabled. Please contact support." }
    },
    {
      rule: "of a user of the other region",
      request: as({ email: "us@example.com", password: "p" }),
      status: 401,
      options: { users: [{ email: "us@example.com", password: "p", region: "us" }] }
    },
    ...(["ACCOUNT", "PHONE_NUMBER", "PERSONAL_INFORMATION", "PHYSICAL_ADDRESS", "MAILING_ADDRESS"] as const).map(
      (phase) => ({
        rule: `of a user whose onboarding stopped at ${phase}`,
        request: as({ email: "new@example.com", password: "p" }),
        status: 200,
        body: {
          accessToken: null,
          userId: id,
          isOtpRequired: false,
          phoneNumber: null,
          phase,
          verificationState: "UNVERIFIED",
          isLinked: false
        },
        options: {
          users: [{ id, email: "new@example.com", password: "p", phase, verificationState: "UNVERIFIED" as const }]
        }
      })
    ),
    {
      rule: "of a user with one-time codes",
      request: otpLogin,
      status: 200,
      body: { ...pending, accessToken: null },
      options: withOtp
    },
    {
      rule: "with the right code before it was sent",
      request: withJson(otpLogin, { otpCode: "123456" }),
      status: 400,
      body: { message: "Invalid OTP code" },
      options: withOtp
    },
    {
      rule: "with the right code after it was sent",
      request: Effect.zipRight(sendOtp, withJson(otpLogin, { otpCode: "123456" })),
      status: 200,
      options: withOtp
    },
    {
      rule: "with the right code after it has expired",
      request: Effect.zipRight(after(300, sendOtp), withJson(otpLogin, { otpCode: "123456" })),
      status: 400,
      body: { message: "Invalid OTP code" },
      options: withOtp
    },
    {
      rule: "with a wrong code",
      request: Effect.zipRight(sendOtp, withJson(otpLogin, { otpCode: "654321" })),
      status: 400,
      body: { message: "Invalid OTP code" },
      options: withOtp
    },
    ...([400, 401, 403, 404, 422] as const).flatMap((status) => [
      {
        rule: `with a wrong code, if wrongOtpStatus is ${status}`,
        request: withJson(otpLogin, { otpCode: "654321" }),
        status,
        body: { message: "Invalid OTP code" },
        options: { ...withOtp, settings: { wrongOtpStatus: status } }
      },
      {
        rule: `with a wrong password, if wrongPasswordStatus is ${status}`,
        request: as({ password: "wrong" }),
        status,
        body: { message: "Incorrect email or password" },
        options: { settings: { wrongPasswordStatus: status } }
      }
    ]),
    {
      rule: "with the right code after five wrong ones",
      request: Effect.zipRight(
        Effect.zipRight(
          sendOtp,
          Effect.replicateEffect(Effect.flatMap(withJson(otpLogin, { otpCode: "654321" }), call), 5)
        ),
        withJson(otpLogin, { otpCode: "123456" })
      ),
      status: 400,
      options: withOtp
    },
    {
      rule: "sending a one-time code to an unknown user",
      request: Effect.succeed({ method: "POST", path: "/v1/auth/login/otp", json: { userId: "nobody" } }),
      status: 400,
      body: { message: "user not found" }
    },
    {
      rule: "sending a one-time code without a userId",
      request: Effect.succeed({ method: "POST", path: "/v1/auth/login/otp", json: {} }),
      status: 400,
      body: { message: "userId is required" }
    },
    {
      rule: "sending a one-time code to a user without a phone",
      request: Effect.succeed({ method: "POST", path: "/v1/auth/login/otp", json: { userId: id } }),
      status: 400,
      body: { message: "user has no phone number" },
      options: { users: [{ id, email: "a@example.com", password: "p" }] }
    }
  ])
})

describe("step 3, authorize", () => {
  const unauthorized = { message: "unauthorized" }
  table([
    { rule: "with both tokens", request: authorizeRequest, status: 200 },
    {
      rule: "without a bearer",
      request: withHeaders(authorizeRequest, { authorization: undefined }),
      status: 401,
      body: unauthorized
    },
    {
      rule: "with another scheme",
      request: withHeaders(authorizeRequest, { authorization: "Basic eDp5" }),
      status: 401,
      body: unauthorized
    },
    {
      rule: "with an unknown bearer",
      request: withHeaders(authorizeRequest, { authorization: "Bearer US_x" }),
      status: 401,
      body: unauthorized
    },
    {
      rule: "with an access token as the login token",
      request: Effect.zipWith(
        startSession(),
        Effect.map(tokens(), (tokens) => tokens.accessToken),
        authorizeCall
      ),
      status: 401,
      body: unauthorized
    },
    {
      rule: "with a login token that has expired",
      request: Effect.map(after(21_600, signIn()), (loginToken) => authorizeCall("x", loginToken)),
      status: 401,
      body: unauthorized
    },
    { rule: "as another client", request: withHeaders(authorizeRequest, other), status: 401, body: unauthorized },
    { rule: "in another region", request: withHeaders(authorizeRequest, us), status: 401, body: unauthorized },
    {
      rule: "without a session token",
      request: withJson(authorizeRequest, { token: "" }),
      status: 400,
      body: missing("token")
    },
    {
      rule: "with a session token that is not a JWT",
      request: withJson(authorizeRequest, { token: "x" }),
      status: 400,
      body: wrongSession
    },
    {
      rule: "with a session token that was tampered with",
      request: Effect.map(authorizeRequest, (call) => ({
        ...call,
        json: { token: String(call.json?.["token"]).replace(/.$/, (last) => (last === "A" ? "E" : "A")) }
      })),
      status: 400,
      body: wrongSession
    },
    {
      rule: "with an unsigned session token",
      request: Effect.map(authorizeRequest, (call) => ({
        ...call,
        json: { token: String(call.json?.["token"]).replace(/[^.]*$/, "") }
      })),
      status: 400,
      body: wrongSession
    },
    {
      rule: "with a session of another region",
      request: Effect.map(Effect.zipWith(startSession("us"), signIn(), authorizeCall), (call) => call),
      status: 400,
      body: wrongSession
    },
    { rule: "one second before the session expires", request: after(599, authorizeRequest), status: 200 },
    {
      rule: "after the session has expired",
      request: after(600, authorizeRequest),
      status: 400,
      body: oauth("invalid_grant", "The session has expired")
    },
    {
      rule: "with a session that was used already",
      request: Effect.tap(authorizeRequest, call),
      status: 400,
      body: oauth("invalid_grant", "The session was used already")
    },
    {
      rule: "with a client key in the body",
      request: withJson(authorizeRequest, { client_id: "x" }),
      status: 422,
      body: notAllowed("client_id")
    }
  ])
})
