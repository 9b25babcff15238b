/** Two replicas of a backend that share a store, and the sandbox that they sign their users in with. */
import {
  AuthorizationFlow,
  Baanx,
  type BaanxConfig,
  type PathFamily,
  PendingAuthorizations,
  RedirectUri,
  SessionKey,
  TokenSession,
  type TokenSessionShape,
  type TokenSet,
  TokenStore,
  type TokenStoreShape
} from "@effect-baanx/oauth"
import { Sandbox, SandboxAdmin, type SandboxFaultName, type SandboxOptions } from "@effect-baanx/sandbox"
import { HttpClient, HttpClientRequest, type HttpClientResponse } from "@effect/platform"
import { Clock, Context, DateTime, Deferred, Duration, Effect, Layer, Option, Redacted, Scope, TestClock } from "effect"
import { createHash } from "node:crypto"
import { email, sandboxPassword } from "./Fixtures.js"

/** The stores of two replicas. */
export interface Stores {
  readonly one: TokenStoreShape
  readonly other: TokenStoreShape
  /** Lets time pass on every clock. */
  readonly pass: (duration: Duration.DurationInput) => Effect.Effect<void>
}

export interface WorldOptions {
  /** Default `"oauth"`. */
  readonly family?: PathFamily | undefined
  readonly signOutBy?: BaanxConfig["signOutBy"]
  readonly settings?: SandboxOptions["settings"]
  readonly transformClient?: BaanxConfig["transformClient"]
}

export const families = { oauth: "token", oauth2: "hostedToken" } as const satisfies Record<PathFamily, string>
export const familyNames = ["oauth", "oauth2"] as const

/** Five minutes before an access token expires, when it is renewed at the latest. */
export const toRenewal = Duration.minutes(355)

export const text = Redacted.value<string>

export const refreshTokenOf = ({ refreshToken }: TokenSet) => refreshToken && text(refreshToken)

const sha256 = (token: string) => createHash("sha256").update(token).digest("hex")

/** The hashes of all tokens, sorted. */
export const hashesOf = (...sets: ReadonlyArray<TokenSet>) =>
  sets.flatMap((tokens) => [sha256(text(tokens.accessToken)), sha256(refreshTokenOf(tokens) ?? "")]).sort()

let keys = 0

/** Sandboxes by their settings, shared by the tests since building one takes time. */
const sandboxes = new Map<string, Context.Context<Sandbox | SandboxAdmin | HttpClient.HttpClient>>()

/** Never closed: a sandbox holds nothing that has to be released. */
const scope = Effect.runSync(Scope.make())

const sandboxWith = (settings: SandboxOptions["settings"]) => {
  const name = JSON.stringify(settings) ?? ""
  const built =
    sandboxes.get(name) ??
    SandboxAdmin.layer.pipe(
      Layer.provideMerge(Sandbox.layerHttpClient({ seed: "session", settings })),
      Layer.buildWithScope(scope),
      Effect.runSync
    )
  sandboxes.set(name, built)
  return built
}

export const worldOver = ({ one, other, pass }: Stores, options: WorldOptions = {}) =>
  Effect.gen(function* () {
    const { family = "oauth", settings, signOutBy, transformClient } = options
    const baanx = sandboxWith(settings)
    const sandbox = Context.get(baanx, Sandbox)
    const admin = Context.get(baanx, SandboxAdmin)
    yield* Effect.orDie(admin.reset())
    const http = Context.get(baanx, HttpClient.HttpClient)
    const redirectUri = RedirectUri.make(sandbox.redirectUri)
    // The database is shared with the other tests.
    const key = SessionKey.make(`user-${++keys}`)

    const replicaOver = (store: TokenStoreShape) =>
      Baanx.layerWithStores({
        baseUrl: sandbox.baseUrl,
        clientKey: Redacted.make(sandbox.clientKey),
        pathFamily: family,
        signOutBy,
        transformClient
      }).pipe(
        Layer.provide([
          PendingAuthorizations.layerMemory,
          Layer.succeed(TokenStore, store),
          Layer.succeed(HttpClient.HttpClient, http)
        ]),
        Layer.orDie,
        Layer.build
      )
    const replica = yield* replicaOver(one)
    const flow = Context.get(replica, AuthorizationFlow)
    const session = Context.get(replica, TokenSession)
    const otherSession = Context.get(yield* replicaOver(other), TokenSession)

    const post = (path: string, fields: Readonly<Record<string, string>>) =>
      Effect.map(
        http.execute(HttpClientRequest.post(`${sandbox.baseUrl}${path}`).pipe(HttpClientRequest.bodyUrlParams(fields))),
        locationOf
      )
    /** Signs in on the hosted pages, like a browser. */
    const hosted = Effect.gen(function* () {
      const { browserUrl } = yield* flow.begin({ redirectUri })
      const page = new URL(locationOf(yield* http.get(Redacted.value(browserUrl))))
      const token = page.searchParams.get("token") ?? ""
      const signedIn = yield* post("/hosted/sign-in", { token, email, password: sandboxPassword, action: "continue" })
      const [, interaction = ""] = signedIn.split("interaction=")
      return yield* flow.complete(yield* post("/hosted/consent", { interaction, action: "allow" }))
    })
    /** New tokens that do not belong to a session yet. */
    const exchange =
      family === "oauth2"
        ? Effect.orDie(hosted)
        : Effect.orDie(flow.signIn({ email, password: Redacted.make(sandboxPassword), redirectUri }))

    const requests = (step?: string) =>
      Effect.map(sandbox.requests, (requests) =>
        requests.filter((request) => step === undefined || request.step === step)
      )
    const live = Effect.map(Effect.orDie(admin.tokens()), (tokens) => tokens.filter(({ live }) => live))

    return {
      key,
      session,
      /** The same session on another replica. */
      otherSession,
      store: one,
      admin,
      pass,
      exchange,
      signIn: Effect.tap(exchange, (tokens) => Effect.orDie(session.start(key, tokens))),
      arm: (kind: SandboxFaultName, step?: string, times = 1) =>
        Effect.orDie(admin.armFault({ payload: { kind, step, times } })),
      disarm: Effect.orDie(admin.disarmFaults()),
      /** Lets time pass until the access token expires. */
      passTo: ({ expiresAt }: TokenSet) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          pass(Duration.millis(DateTime.toEpochMillis(expiresAt) - now))
        ),
      /** The stored tokens of the session. */
      stored: Effect.map(
        Effect.orDie(one.get(key)),
        Option.map(({ tokens }) => tokens)
      ),
      /** The requests at Baanx in the order of arrival, without admin requests. */
      requests,
      /** Number of refreshes that were requested. The sandbox logs no body for a request that it did not read. */
      refreshes: Effect.map(
        requests(),
        (all) =>
          all.filter(
            ({ body, step }) =>
              (step === "token" || step === "hostedToken") && body["grant_type"] !== "authorization_code"
          ).length
      ),
      /** The kinds of the tokens that are live at Baanx. */
      live: Effect.map(live, (tokens) => tokens.map(({ kind }) => kind)),
      liveTokens: live,
      /** The status of `GET /v1/user`. */
      user: (by: TokenSessionShape = session) =>
        Effect.scoped(
          Effect.flatMap(by.httpClient(key), (client) => Effect.map(client.get("/v1/user"), ({ status }) => status))
        ),
      /** Completes once Baanx has received this many requests. */
      asked: (step: string, times: number) =>
        Effect.repeat(Effect.yieldNow(), {
          until: () => Effect.map(requests(step), (requests) => requests.length >= times)
        })
    }
  })

/** Two replicas whose sessions are in the same memory. */
export const world = (options?: WorldOptions) =>
  Effect.flatMap(Layer.build(TokenStore.layerMemory), (context) => {
    const store = Context.get(context, TokenStore)
    return worldOver({ one: store, other: store, pass: TestClock.adjust }, options)
  })

const locationOf = ({ headers }: HttpClientResponse.HttpClientResponse) => headers["location"] ?? ""

export const isRefresh = ({ body }: HttpClientRequest.HttpClientRequest) =>
  body._tag === "Uint8Array" && new TextDecoder().decode(body.body).includes('"refresh_token"')

export const isTo =
  (path: string) =>
  ({ url }: HttpClientRequest.HttpClientRequest) =>
    url.endsWith(path)

/** Holds back Baanx's responses to the requests that `holds` matches, until the gate is opened. */
export const gateAfter = (holds: (request: HttpClientRequest.HttpClientRequest) => boolean) =>
  Effect.gen(function* () {
    const reached = yield* Deferred.make<void>()
    const gate = yield* Deferred.make<void>()
    const transformClient = (client: HttpClient.HttpClient) =>
      HttpClient.make((request) =>
        Effect.tap(client.execute(request), () =>
          holds(request) ? Effect.zipRight(Deferred.succeed(reached, undefined), Deferred.await(gate)) : Effect.void
        )
      )
    return { transformClient, reached: Deferred.await(reached), open: Deferred.succeed(gate, undefined) }
  })
