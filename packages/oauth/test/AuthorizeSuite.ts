import {
  type AuthorizationGrant,
  type AuthorizeError,
  type AuthorizeRequest,
  AuthorizeService,
  BaanxClient
} from "@effect-baanx/oauth"
import { type MockAnswer, MockHttpClient } from "@effect-baanx/oauth/testing/MockHttpClient"
import type { HttpClient } from "@effect/platform"
import { Duration, Effect, Layer, Redacted, Struct } from "effect"
import * as Fixtures from "./Fixtures.js"

/** Every secret of an authorize call. */
export const secrets = Struct.pick(
  Fixtures.secrets,
  "clientKey",
  "secretKey",
  "sessionToken",
  "loginToken",
  "state",
  "code"
)

const { loginToken, redirectUri, sessionToken, state } = Fixtures

const request: AuthorizeRequest = { sessionToken, loginToken, expectedState: state, redirectUri }

/** A response as it is sent. */
export interface WireAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

const json = (status: number, body: unknown, headers?: Readonly<Record<string, string>>): WireAnswer => ({
  status,
  body: JSON.stringify(body),
  ...(headers && { headers })
})

export const granted = {
  url: `${redirectUri}?state=${secrets.state}&code=${secrets.code}`,
  code: secrets.code,
  state: secrets.state
}

export const success = json(200, granted)

export interface Case {
  readonly title: string
  readonly answer: WireAnswer
  readonly tag: AuthorizeError["_tag"]
  readonly fields?: Readonly<Record<string, unknown>>
}

/** Quotes everything that was sent, as a careless server might. */
const echo = `refused ${Object.values(secrets).join(" and ")} ${encodeURIComponent(secrets.sessionToken)}`

const url = (query: string, place: string = redirectUri) => json(200, { ...granted, url: `${place}${query}` })
const both = `state=${secrets.state}&code=${secrets.code}`

/** Every response that makes `authorize` fail, and the error it fails with. */
export const cases: ReadonlyArray<Case> = [
  {
    title: "401",
    answer: json(401, { message: "unauthorized" }),
    tag: "UnauthorizedError",
    fields: { code: "unauthorized", description: "unauthorized" }
  },
  {
    title: "401 without a body",
    answer: { status: 401, body: "" },
    tag: "UnauthorizedError",
    fields: { description: "no reason given" }
  },
  {
    title: "498",
    answer: json(498, { message: "Invalid client key" }),
    tag: "UnauthorizedError",
    fields: { code: "invalid_client_key", description: "Invalid client key" }
  },
  {
    title: "499",
    answer: json(499, { message: "Missing client key" }),
    tag: "UnauthorizedError",
    fields: { code: "missing_client_key" }
  },
  {
    title: "403",
    answer: json(403, { message: "Forbidden" }),
    tag: "ForbiddenError",
    fields: { description: "Forbidden" }
  },
  { title: "403 that quotes every secret", answer: json(403, { message: echo }), tag: "ForbiddenError" },
  {
    title: "400 with an OAuth error",
    answer: json(400, { error: "invalid_request", error_description: "Missing required parameter: token" }),
    tag: "InvalidRequestError",
    fields: { code: "invalid_request", description: "Missing required parameter: token" }
  },
  {
    title: "400 that quotes every secret as its code",
    answer: json(400, { error: secrets.loginToken, error_description: echo }),
    tag: "InvalidRequestError",
    fields: { code: "400" }
  },
  {
    title: "400 invalid_grant",
    answer: json(400, { error: "invalid_grant", error_description: "The session has expired" }),
    tag: "InvalidGrantError",
    fields: { description: "The session has expired" }
  },
  {
    title: "an error as JSON text in message",
    answer: json(400, {
      message: JSON.stringify({ error: { status: 500, message: "No such session", errorCode: "NO_SESSION" } })
    }),
    tag: "InvalidRequestError",
    fields: { code: "NO_SESSION", description: "No such session" }
  },
  { title: "404", answer: json(404, { message: "Not found" }), tag: "InvalidRequestError", fields: { code: "404" } },
  { title: "409", answer: json(409, { message: "Conflict" }), tag: "InvalidRequestError" },
  {
    title: "422",
    answer: json(422, { message: "x field is not allowed" }),
    tag: "InvalidRequestError",
    fields: { description: "x field is not allowed" }
  },
  {
    title: "200 with success: false",
    answer: json(200, { success: false, message: "not now" }),
    tag: "InvalidRequestError",
    fields: { code: "not_successful", description: "not now" }
  },
  {
    title: "429 with Retry-After",
    answer: json(429, { message: "Too many requests" }, { "retry-after": "7" }),
    tag: "RateLimitedError",
    fields: { retryAfter: Duration.seconds(7) }
  },
  {
    title: "429 without Retry-After",
    answer: json(429, { message: "Too many requests" }),
    tag: "RateLimitedError",
    fields: { retryAfter: undefined }
  },
  {
    title: "500",
    answer: json(500, { message: "Internal server error" }),
    tag: "ServerError",
    fields: { status: 500 }
  },
  {
    title: "503 as HTML with Retry-After",
    answer: { status: 503, body: "<h1>down</h1>", headers: { "content-type": "text/html", "retry-after": "30" } },
    tag: "ServerError",
    fields: { status: 503, retryAfter: Duration.seconds(30) }
  },
  {
    title: "418",
    answer: json(418, { message: "teapot" }),
    tag: "UnexpectedResponseError",
    fields: { status: 418, reason: "Status" }
  },
  {
    title: "200 with HTML",
    answer: { status: 200, body: "<html></html>", headers: { "content-type": "text/html" } },
    tag: "UnexpectedResponseError",
    fields: { reason: "ContentType" }
  },
  {
    title: "JSON labelled as text/plain",
    answer: { ...success, headers: { "content-type": "text/plain" } },
    tag: "UnexpectedResponseError",
    fields: { reason: "ContentType" }
  },
  {
    title: "text that is not JSON and quotes a secret",
    answer: { status: 200, body: `{"code": ${secrets.code}` },
    tag: "UnexpectedResponseError",
    fields: { reason: "NotJson" }
  },
  {
    title: "an empty body",
    answer: { status: 200, body: "" },
    tag: "UnexpectedResponseError",
    fields: { reason: "NotJson" }
  },
  {
    title: "a body over 64 KiB",
    answer: json(200, { ...granted, padding: "x".repeat(64 * 1024) }),
    tag: "UnexpectedResponseError",
    fields: { reason: "TooLarge" }
  },
  {
    title: "no code",
    answer: json(200, { ...granted, code: undefined }),
    tag: "DecodeError",
    fields: { path: "code" }
  },
  { title: "code null", answer: json(200, { ...granted, code: null }), tag: "DecodeError", fields: { path: "code" } },
  {
    title: "an empty code",
    answer: json(200, { ...granted, code: "" }),
    tag: "DecodeError",
    fields: { path: "code", expected: "NonEmptyString" }
  },
  {
    title: "an object with a secret as the url",
    answer: json(200, { ...granted, url: { leaked: secrets.code } }),
    tag: "DecodeError",
    fields: { path: "url" }
  },
  { title: "an array", answer: json(200, [granted]), tag: "DecodeError" },
  { title: "null", answer: json(200, null), tag: "DecodeError", fields: { path: "" } },
  {
    title: "another state",
    answer: json(200, { ...granted, state: "state-of-somebody-else" }),
    tag: "StateMismatchError"
  },
  { title: "a longer state", answer: json(200, { ...granted, state: `${secrets.state}0` }), tag: "StateMismatchError" },
  {
    title: "a url without a host",
    answer: url("", "callback"),
    tag: "RedirectMismatchError",
    fields: { reason: "NotAUrl" }
  },
  {
    title: "a url with a line break",
    answer: url(`?${both}`, "https://your\napp.com/callback"),
    tag: "RedirectMismatchError",
    fields: { reason: "NotAUrl" }
  },
  {
    title: "a url with a backslash",
    answer: url(`?${both}`, "https://evil.example\\@yourapp.com/callback"),
    tag: "RedirectMismatchError",
    fields: { reason: "NotAUrl" }
  },
  {
    title: "another host in the url",
    answer: url(`?${both}`, "https://evil.example/callback"),
    tag: "RedirectMismatchError",
    fields: { reason: "Location" }
  },
  {
    title: "another scheme in the url",
    answer: url(`?${both}`, "http://yourapp.com/callback"),
    tag: "RedirectMismatchError",
    fields: { reason: "Location" }
  },
  {
    title: "another port in the url",
    answer: url(`?${both}`, "https://yourapp.com:8443/callback"),
    tag: "RedirectMismatchError",
    fields: { reason: "Location" }
  },
  {
    title: "another path in the url",
    answer: url(`?${both}`, "https://yourapp.com/callback/../admin"),
    tag: "RedirectMismatchError",
    fields: { reason: "Location" }
  },
  {
    title: "user info in the url",
    answer: url(`?${both}`, "https://user@yourapp.com/callback"),
    tag: "RedirectMismatchError",
    fields: { reason: "Location" }
  },
  {
    title: "a fragment in the url",
    answer: url(`?${both}#x`),
    tag: "RedirectMismatchError",
    fields: { reason: "Fragment" }
  },
  {
    title: "no code in the url",
    answer: url(`?state=${secrets.state}`),
    tag: "RedirectMismatchError",
    fields: { reason: "Code" }
  },
  {
    title: "another code in the url",
    answer: url(`?state=${secrets.state}&code=another`),
    tag: "RedirectMismatchError",
    fields: { reason: "Code" }
  },
  {
    title: "the code twice in the url",
    answer: url(`?${both}&code=${secrets.code}`),
    tag: "RedirectMismatchError",
    fields: { reason: "Code" }
  },
  {
    title: "no state in the url",
    answer: url(`?code=${secrets.code}`),
    tag: "RedirectMismatchError",
    fields: { reason: "State" }
  },
  {
    title: "another state in the url",
    answer: url(`?code=${secrets.code}&state=another1`),
    tag: "RedirectMismatchError",
    fields: { reason: "State" }
  },
  {
    title: "the state twice in the url",
    answer: url(`?${both}&state=${secrets.state}`),
    tag: "RedirectMismatchError",
    fields: { reason: "State" }
  },
  {
    title: "an unknown parameter in the url",
    answer: url(`?${both}&next=/admin`),
    tag: "RedirectMismatchError",
    fields: { reason: "UnknownParameter" }
  }
]

export const redirects = [301, 302, 303, 307, 308] as const

export const service = (
  baseUrl: string,
  timeout: Duration.DurationInput = "10 seconds"
): Layer.Layer<AuthorizeService, never, HttpClient.HttpClient> =>
  AuthorizeService.layer.pipe(
    Layer.provide(
      BaanxClient.layer({
        baseUrl,
        clientKey: Redacted.make(secrets.clientKey),
        secretKey: Redacted.make(secrets.secretKey),
        timeout
      })
    ),
    Layer.orDie
  )

/** Provides that service, over a scripted HTTP client. */
export const scripted =
  (...script: ReadonlyArray<MockAnswer>) =>
  <A, E>(effect: Effect.Effect<A, E, AuthorizeService | MockHttpClient>): Effect.Effect<A, E> =>
    Effect.provide(effect, Layer.provideMerge(service("https://dev.api.baanx.com"), MockHttpClient.layer(script)))

/** Calls `authorize` with the request above and these changes. */
export const authorize = (
  changes: Partial<AuthorizeRequest> = {}
): Effect.Effect<AuthorizationGrant, AuthorizeError, AuthorizeService> =>
  Effect.flatMap(AuthorizeService, (authorizeService) => authorizeService.authorize({ ...request, ...changes }))
