/** The steps of a plain client, each with the right parameters unless a test changes them. */
import { HttpBody, HttpClient, HttpClientRequest } from "@effect/platform"
import { Sandbox } from "@effect-baanx/sandbox"
import { Effect } from "effect"
import { createHash } from "node:crypto"
import { email, password } from "./Fixtures.js"

type Values = Readonly<Record<string, string | undefined>>

export interface Call {
  readonly method?: "GET" | "POST" | "DELETE" | "PUT" | "HEAD"
  readonly path: string
  readonly query?: Values | string
  readonly headers?: Values
  /** Sent as JSON. */
  readonly json?: Readonly<Record<string, unknown>>
  /** Sent unchanged. */
  readonly text?: string | Uint8Array
}

export interface CallWithQuery extends Call {
  readonly query: Values
}

export interface CallWithJson extends Call {
  readonly json: Readonly<Record<string, unknown>>
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>>
  readonly text: string
}

const present = (values: Values) =>
  Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))

const bodyOf = ({ headers, json, text }: Call) => {
  if (json !== undefined) return HttpBody.text(JSON.stringify(json), headers?.["content-type"] ?? "application/json")
  return text === undefined ? HttpBody.empty : HttpBody.uint8Array(Buffer.from(text), headers?.["content-type"])
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

const parse = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : {}
  } catch {
    return {}
  }
}

export const call = (request: Call) =>
  Effect.gen(function* () {
    const { baseUrl, clientKey } = yield* Sandbox
    const search = typeof request.query === "string" ? request.query : new URLSearchParams(present(request.query ?? {}))
    const response = yield* HttpClientRequest.make(request.method ?? "GET")(`${baseUrl}${request.path}?${search}`).pipe(
      HttpClientRequest.setHeaders(
        present({ "x-client-key": clientKey, ...request.headers, "content-type": undefined })
      ),
      HttpClientRequest.setBody(bodyOf(request)),
      HttpClient.execute
    )
    const text = yield* response.text
    const answer: Answer = { status: response.status, headers: response.headers, body: parse(text), text }
    return answer
  })

export const verifier = "a-verifier-of-43-characters-or-more-0123456789"
export const challenge = createHash("sha256").update(verifier).digest("base64url")
export const state = "state-of-the-test"

const text = (answer: Answer, name: string) => {
  const value = answer.body[name]
  if (typeof value !== "string") throw new Error(`No ${name} in ${answer.status} ${answer.text}`)
  return value
}

export const initiateCall = Effect.map(Sandbox, ({ clientId, redirectUri }): CallWithQuery => ({
  path: "/v1/auth/oauth/authorize/initiate",
  query: {
    response_type: "code",
    client_id: clientId,
    redirect_uri: redirectUri,
    state,
    code_challenge: challenge,
    code_challenge_method: "S256",
    mode: "api"
  }
}))

export const hostedPageCall = Effect.map(Sandbox, ({ clientId, redirectUri }): CallWithQuery => ({
  path: "/v1/auth/oauth2/authorize",
  headers: { "x-client-key": undefined },
  query: {
    response_type: "code",
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: "openid profile email offline_access",
    code_challenge: challenge,
    code_challenge_method: "S256",
    state
  }
}))

export const loginCall: CallWithJson = {
  method: "POST",
  path: "/v1/auth/login",
  json: { email, password }
}

const us = (region: "us" | "international") => ({ "x-us-env": region === "us" ? "true" : undefined })

export const startSession = (region: "us" | "international" = "international") =>
  Effect.gen(function* () {
    const request = yield* initiateCall
    return text(yield* call({ ...request, headers: us(region) }), "token")
  })

export const signIn = (region: "us" | "international" = "international") =>
  Effect.map(call({ ...loginCall, headers: us(region) }), (answer) => text(answer, "accessToken"))

export const authorizeCall = (sessionToken: string, loginToken: string): Call => ({
  method: "POST",
  path: "/v1/auth/oauth/authorize",
  headers: { authorization: `Bearer ${loginToken}` },
  json: { token: sessionToken }
})

export const authorize = (region: "us" | "international" = "international") =>
  Effect.gen(function* () {
    const request = authorizeCall(yield* startSession(region), yield* signIn(region))
    return text(yield* call({ ...request, headers: { ...request.headers, ...us(region) } }), "code")
  })

export const exchangeCall = (code: string) =>
  Effect.map(Sandbox, ({ redirectUri }): CallWithJson => ({
    method: "POST",
    path: "/v1/auth/oauth/token",
    json: { grant_type: "authorization_code", code, redirect_uri: redirectUri, code_verifier: verifier }
  }))

export const tokens = (region: "us" | "international" = "international") =>
  Effect.gen(function* () {
    const request = yield* exchangeCall(yield* authorize(region))
    const answer = yield* call({ ...request, headers: us(region) })
    return { accessToken: text(answer, "access_token"), refreshToken: text(answer, "refresh_token") }
  })

export const refreshCall = (refreshToken: string): CallWithJson => ({
  method: "POST",
  path: "/v1/auth/oauth/token",
  json: { grant_type: "refresh_token", refresh_token: refreshToken }
})

export const userCall = (token: string): Call => ({ path: "/v1/user", headers: { authorization: `Bearer ${token}` } })

/** A form, as a browser sends it. */
export const form = (path: string, fields: Readonly<Record<string, string>>): Call => ({
  method: "POST",
  path,
  headers: { "x-client-key": undefined, "content-type": "application/x-www-form-urlencoded" },
  text: new URLSearchParams(fields).toString()
})

/** The session token of the `oauth2` family, which is only in the URL of the page. */
export const hostedSession = (region?: "us") =>
  Effect.gen(function* () {
    const request = yield* hostedPageCall
    const { headers } = yield* call({ ...request, query: { ...request.query, region } })
    return new URL(headers["location"] ?? "").searchParams.get("token") ?? ""
  })

/** A code of the `oauth2` family, from the hosted pages. */
export const hostedCode = (region?: "us") =>
  Effect.gen(function* () {
    const token = yield* hostedSession(region)
    const signedIn = yield* call(form("/hosted/sign-in", { token, email, password, action: "continue" }))
    const interaction = (signedIn.headers["location"] ?? "").split("interaction=")[1] ?? ""
    const allowed = yield* call(form("/hosted/consent", { interaction, action: "allow" }))
    return new URL(allowed.headers["location"] ?? "").searchParams.get("code") ?? ""
  })

export const hostedExchangeCall = (code: string): CallWithJson => ({
  method: "POST",
  path: "/v1/auth/oauth2/token",
  json: { grant_type: "authorization_code", code, code_verifier: verifier }
})

export const hostedTokens = Effect.gen(function* () {
  const answer = yield* call(hostedExchangeCall(yield* hostedCode()))
  return { accessToken: text(answer, "access_token"), refreshToken: text(answer, "refresh_token") }
})
