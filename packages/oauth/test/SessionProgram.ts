/** A session at a sandbox, with requests and a store that a test can intercept. */
import {
  AuthorizationFlow,
  Baanx,
  type BaanxConfig,
  PendingAuthorizations,
  RedirectUri,
  TokenSession,
  TokenStore
} from "@effect-baanx/oauth"
import { Sandbox } from "@effect-baanx/sandbox"
import { HttpClient, type HttpClientError, type HttpClientRequest, HttpClientResponse } from "@effect/platform"
import { Duration, Effect, Layer, Redacted, TestClock } from "effect"
import { email, key, sandboxPassword } from "./Fixtures.js"

/** Runs before a request is sent, and may respond in Baanx's place. */
export type Interference = (
  request: HttpClientRequest.HttpClientRequest
) => Effect.Effect<HttpClientResponse.HttpClientResponse | void, HttpClientError.HttpClientError>

export const isRefresh = (request: HttpClientRequest.HttpClientRequest) =>
  request.body._tag === "Uint8Array" && new TextDecoder().decode(request.body.body).includes('"refresh_token"')

const interfering =
  (interference: Interference): BaanxConfig["transformClient"] =>
  (client) =>
    HttpClient.make((request) =>
      Effect.flatMap(interference(request), (response) =>
        response === undefined ? client.execute(request) : Effect.succeed(response)
      )
    )

export const answer =
  (status: number, body: unknown = { message: "no" }) =>
  (request: HttpClientRequest.HttpClientRequest) =>
    HttpClientResponse.fromWeb(request, Response.json(body, { status }))

export const program = (
  interference: Interference = () => Effect.void,
  store: Layer.Layer<TokenStore> = TokenStore.layerMemory
): Layer.Layer<AuthorizationFlow | TokenSession | TokenStore | Sandbox> =>
  Layer.unwrapEffect(
    Effect.map(Sandbox, (sandbox) =>
      Baanx.layerWithStores({
        baseUrl: sandbox.baseUrl,
        clientKey: Redacted.make(sandbox.clientKey),
        transformClient: interfering(interference)
      })
    )
  ).pipe(
    Layer.orDie,
    Layer.provideMerge(Layer.mergeAll(PendingAuthorizations.layerMemory, store)),
    Layer.provideMerge(Sandbox.layerHttpClient({ seed: "session" }))
  )

export const signIn = Effect.gen(function* () {
  const sandbox = yield* Sandbox
  const flow = yield* AuthorizationFlow
  const session = yield* TokenSession
  const tokens = yield* flow.signIn({
    email,
    password: Redacted.make(sandboxPassword),
    redirectUri: RedirectUri.make(sandbox.redirectUri)
  })
  yield* session.start(key, tokens)
  return tokens
})

/** Number of successful refreshes at the sandbox. */
export const refreshes = Effect.gen(function* () {
  const { requests } = yield* Sandbox
  return (yield* requests).filter(({ body, status }) => body["grant_type"] === "refresh_token" && status === 200).length
})

/** Moves the clock to the time at which a token is due for renewal, whatever its session key. */
export const toRenewal = TestClock.adjust(Duration.minutes(355))
