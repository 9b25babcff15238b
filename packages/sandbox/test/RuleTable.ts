/** A table of rules, each a request and its response, and the requests that the tables vary. */
import { Sandbox, type SandboxOptions } from "@effect-baanx/sandbox"
import type { HttpClient } from "@effect/platform"
import { expect, it } from "@effect/vitest"
import { Effect, Struct, TestClock } from "effect"
import {
  authorize,
  authorizeCall,
  call,
  exchangeCall,
  type initiateCall,
  loginCall,
  refreshCall,
  signIn,
  startSession,
  tokens,
  type Call
} from "./Steps.js"

interface Rule {
  /** Describes the request. The title of the test appends the response. */
  readonly rule: string
  readonly request: Effect.Effect<Call, unknown, Sandbox | HttpClient.HttpClient>
  readonly status: number
  readonly body?: Readonly<Record<string, unknown>>
  readonly options?: SandboxOptions
}

export const table = (rules: ReadonlyArray<Rule>) => {
  for (const { body, options, request, rule, status } of rules) {
    const words = body?.["error_description"] ?? body?.["message"]
    it.effect(`${rule}: ${status}${words === undefined ? "" : ` "${words}"`}`, () =>
      Effect.gen(function* () {
        const response = yield* call(yield* request)
        expect({ status: response.status, body: body && response.body }).toEqual({ status, body })
      }).pipe(Effect.provide(Sandbox.layerHttpClient({ seed: rule, ...options })))
    )
  }
}

export const oauth = (error: string, error_description: string) => ({ error, error_description })
export const missing = (name: string) => oauth("invalid_request", `Missing required parameter: ${name}`)
export const doubled = (name: string) => oauth("invalid_request", `Duplicated parameter: ${name}`)
export const notAllowed = (name: string) => ({ message: `${name} field is not allowed` })
export const wrongCode = oauth("invalid_grant", "The authorization code is invalid, expired or used")
export const wrongRefreshToken = oauth("invalid_grant", "The refresh token is invalid, expired or revoked")
export const wrongSession = oauth("invalid_request", "The session token is invalid")

export const other = { "x-client-key": "other-client-key" }
export const us = { "x-us-env": "true" }

/** A request with some of its values changed: `undefined` omits one. */
export const withQuery = (request: typeof initiateCall, change: Readonly<Record<string, string | undefined>>) =>
  Effect.map(request, (call) => ({ ...call, query: { ...call.query, ...change } }))
export const withHeaders = <E, R>(request: Effect.Effect<Call, E, R>, headers: Call["headers"]) =>
  Effect.map(request, (call) => ({ ...call, headers: { ...call.headers, ...headers } }))
export const withJson = <E, R>(request: Effect.Effect<Call, E, R>, change: Readonly<Record<string, unknown>>) =>
  Effect.map(request, (call) => ({ ...call, json: { ...call.json, ...change } }))
export const withText = <E, R>(
  request: Effect.Effect<Call, E, R>,
  text: string | Uint8Array,
  contentType = "application/json"
) =>
  Effect.map(request, (call): Call => ({
    ...Struct.omit(call, "json"),
    text,
    headers: { ...call.headers, "content-type": contentType }
  }))
export const doubledQuery = (request: typeof initiateCall, name: string) =>
  Effect.map(request, (call) => {
    const query = new URLSearchParams()
    for (const [key, value] of Object.entries(call.query)) if (value !== undefined) query.append(key, value)
    query.append(name, query.get(name) ?? "")
    return { ...call, query: query.toString() }
  })
export const after = <A, E, R>(seconds: number, effect: Effect.Effect<A, E, R>) =>
  Effect.tap(effect, () => TestClock.adjust(`${seconds} seconds`))

export const login = Effect.succeed(loginCall)
export const authorizeRequest = Effect.zipWith(startSession(), signIn(), authorizeCall)
export const exchange = Effect.flatMap(authorize(), exchangeCall)
export const refresh = Effect.map(tokens(), ({ refreshToken }) => refreshCall(refreshToken))
