/** What the named faults do. */
import { RefreshGrantBody } from "@effect-baanx/api/Token"
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Record from "effect/Record"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import { IncomingMessage } from "node:http"
import type { SandboxFaultName } from "../SandboxFaultName.js"
import { SandboxRandom } from "../SandboxRandom.js"
import { caller, note } from "./Call.js"
import { now, Store } from "./Store.js"
import { bytesOf } from "./WireResponse.js"

type Response = HttpServerResponse.HttpServerResponse

type Services = Store | SandboxRandom | HttpServerRequest.HttpServerRequest

/** A named fault. */
export interface FaultBehaviour {
  /** The steps that it applies to; absent for any. */
  readonly steps?: ReadonlyArray<string>
  /** Whether it applies only to a refresh. */
  readonly refreshes?: boolean
  /** Fails with the response of the endpoint if that leaves nothing for the fault to do. */
  readonly apply: (endpoint: HttpApp.Default) => Effect.Effect<Response, Response, Services>
}

const text = (body: string, contentType: string, status = 200) =>
  // Not with `HttpServerResponse.text`, which treats an empty content type as text/plain.
  HttpServerResponse.setBody(HttpServerResponse.empty({ status }), HttpBody.text(body, contentType))

const json = (body: unknown, status = 200) => text(JSON.stringify(body), "application/json", status)

const page = (status: number, title: string) =>
  text(`<!doctype html>\n<title>${title}</title>\n<h1>${title}</h1>\n`, "text/html; charset=utf-8", status)

/** Handles the request, and replaces a successful response. */
const onSuccess =
  (change: (response: Response) => Effect.Effect<Response, never, Services>): FaultBehaviour["apply"] =>
  (endpoint) =>
    Effect.flatMap(endpoint, (response) => (response.status === 200 ? change(response) : Effect.fail(response)))

/** Responds without handling the request. */
const instead = (response: Effect.Effect<Response, never, Services>): FaultBehaviour => ({ apply: () => response })

// Pairs

const tokenSteps = ["token", "hostedToken"]

const Pair = Schema.Struct(
  { access_token: Schema.String, refresh_token: Schema.String },
  Schema.Record({ key: Schema.String, value: Schema.Unknown })
)
type Pair = typeof Pair.Type

const decodePair = Schema.decodeSync(Schema.parseJson(Pair))

const onPair = (change: (pair: Pair) => Effect.Effect<Response, never, Services>): FaultBehaviour => ({
  steps: tokenSteps,
  apply: onSuccess((response) => change(decodePair(new TextDecoder().decode(bytesOf(response)))))
})

const kibibyte = "x".repeat(1_024)

const oddPairs = {
  "scope-list": (pair) => json({ ...pair, scope: ["openid", "offline_access"] }),
  "scope-null": (pair) => json({ ...pair, scope: null }),
  "id-token-false": (pair) => json({ ...pair, id_token: false }),
  "token-type-empty": (pair) => json({ ...pair, token_type: "" }),
  "refresh-expiry-zero": (pair) => json({ ...pair, refresh_token_expires_in: 0 }),
  "expires-in-fraction": (pair) => json({ ...pair, expires_in: 3599.5 }),
  "expires-in-null": (pair) => json({ ...pair, expires_in: null }),
  "expires-in-missing": (pair) => json(Struct.omit(pair, "expires_in")),
  "expires-in-text": (pair) => json({ ...pair, expires_in: "3600" }),
  "content-type-missing": (pair) => text(JSON.stringify(pair), ""),
  "content-type-twice": (pair) => text(JSON.stringify(pair), "application/json, application/json"),
  "content-type-text": (pair) => text(JSON.stringify(pair), "text/plain"),
  "long-headers": (pair) =>
    HttpServerResponse.setHeaders(
      json(pair),
      Array.from({ length: 20 }, (_, index) => [`x-long-${index + 1}`, kibibyte] as const)
    )
} satisfies Readonly<Record<string, (pair: Pair) => Response>>

const pickOddPair = (pair: Pair) =>
  Effect.gen(function* () {
    const choices = Object.entries(oddPairs)
    const [byte = 0] = yield* (yield* SandboxRandom).bytes(1)
    const [name, odd] = choices[byte % choices.length] ?? ["a plain one", json]
    yield* note({ detail: `The odd pair is ${name}` })
    return odd(pair)
  })

const continueFirst = (pair: Pair) =>
  Effect.map(HttpServerRequest.HttpServerRequest, (request) => {
    if (request.source instanceof IncomingMessage) NodeHttpServerRequest.toServerResponse(request).writeContinue()
    return json(pair)
  })

const lengthen = (pair: Pair) =>
  Effect.map(Store, ({ state: { accessTokens, refreshTokens } }) => {
    const accessToken = pair.access_token.padEnd(9_000, "x")
    const refreshToken = pair.refresh_token.padEnd(9_000, "x")
    const access = accessTokens.get(pair.access_token)
    const refresh = refreshTokens.get(pair.refresh_token)
    accessTokens.delete(pair.access_token)
    refreshTokens.delete(pair.refresh_token)
    if (access !== undefined) accessTokens.set(accessToken, access)
    if (refresh !== undefined) refreshTokens.set(refreshToken, { ...refresh, accessToken })
    return json({ ...pair, access_token: accessToken, refresh_token: refreshToken })
  })

// Refreshes

/** The token of a refresh, which has passed the checks by now. */
const refreshTokenOf = Effect.map(Effect.orDie(HttpServerRequest.schemaBodyJson(RefreshGrantBody)), (body) =>
  Redacted.value(body.refresh_token)
)

const keepRefreshToken = (pair: Pair) =>
  Effect.gen(function* () {
    const { refreshTokens } = (yield* Store).state
    refreshTokens.delete(pair.refresh_token)
    refreshTokens.update(yield* refreshTokenOf, { spent: false, accessToken: pair.access_token })
    return json(Struct.omit(pair, "refresh_token", "refresh_token_expires_in"))
  })

const refused = (response: Response): FaultBehaviour => ({
  steps: tokenSteps,
  refreshes: true,
  apply: (endpoint) =>
    Effect.gen(function* () {
      const { grants, refreshTokens } = (yield* Store).state
      const { client } = yield* caller
      const id = refreshTokens.get(yield* refreshTokenOf)?.grantId ?? ""
      if (grants.get(id)?.clientKey !== client.clientKey) return yield* Effect.flip(endpoint)
      grants.update(id, { revoked: true })
      // Lets the endpoint log whose token this was, and that it was revoked.
      yield* endpoint
      return response
    })
})

const invalidGrant = { error: "invalid_grant" }

// Refusals

const httpDate = (millis: number) => new Date(millis).toUTCString()

const retryAfterDate = Effect.map(now, (time) =>
  HttpServerResponse.setHeaders(json({ message: "Too many requests, please try again later." }, 429), {
    date: httpDate(time),
    "retry-after": httpDate(time + 120_000)
  })
)

const refusal = (response: Response) => instead(Effect.succeed(response))

// Revocations

const revokeSteps = ["revoke", "hostedRevoke", "logout"]

const revoked = (response: Response): FaultBehaviour => ({
  steps: revokeSteps,
  apply: onSuccess(() => Effect.succeed(response))
})

const endAccess = Effect.map(Store, ({ state: { accessTokens } }) => {
  for (const token of accessTokens.keys()) accessTokens.update(token, { spent: true })
})

/** The faults by name. */
export const faultBehaviours: Readonly<Record<SandboxFaultName, FaultBehaviour>> = {
  ...Record.map(oddPairs, (odd) => onPair((pair) => Effect.succeed(odd(pair)))),
  "odd-pair": onPair(pickOddPair),
  "continue-first": onPair(continueFirst),
  "long-tokens": onPair(lengthen),

  "no-refresh-token": { ...onPair(keepRefreshToken), refreshes: true },

  "refused-as-403": refused(json(invalidGrant, 403)),
  "refused-in-capitals": refused(json({ error: "INVALID_GRANT" }, 400)),
  "refused-as-text": refused(text(JSON.stringify(invalidGrant), "text/plain", 400)),
  "refused-as-200": refused(json({ ...invalidGrant, error_description: "The refresh token was revoked" })),
  "refused-as-401-message": refused(json({ message: "Invalid refresh token" }, 401)),
  "refused-as-400-message": refused(json({ message: "The refresh token is invalid, expired or revoked" }, 400)),

  "client-key-unknown": refusal(json({ message: "Invalid client key" }, 498)),
  "client-key-missing": refusal(json({ message: "Missing client key" }, 499)),
  "invalid-client": refusal(json({ error: "invalid_client" }, 401)),
  "unauthorized-client": refusal(json({ error: "unauthorized_client" }, 400)),
  "invalid-request": refusal(json({ error: "invalid_request" }, 400)),
  "temporarily-unavailable": refusal(json({ error: "temporarily_unavailable" }, 503)),
  "gateway-401": refusal(
    HttpServerResponse.setHeader(page(401, "401 Authorization Required"), "www-authenticate", 'Basic realm="gateway"')
  ),
  "gateway-403": refusal(page(403, "403 Forbidden")),
  "gateway-503": refusal(page(503, "503 Service Temporarily Unavailable")),
  "retry-after-date": instead(retryAfterDate),

  "revoke-without-body": revoked(HttpServerResponse.empty({ status: 200 })),
  "revoke-204": revoked(HttpServerResponse.empty()),
  "revoke-ok-text": revoked(text("ok", "text/plain")),
  "revoke-empty-object": revoked(json({})),
  "revoke-refused": { ...refusal(json({ success: false })), steps: revokeSteps },

  "access-ends-early": { apply: (endpoint) => Effect.zipRight(endAccess, endpoint) }
}
