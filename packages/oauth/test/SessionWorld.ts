/** A backend with its sessions in memory, and the sandbox that it signs its users in with. */
import {
  AuthorizationFlow,
  Baanx,
  type PathFamily,
  PendingAuthorizations,
  RedirectUri,
  TokenSession,
  type TokenSet,
  TokenStore
} from "@effect-baanx/oauth"
import { Sandbox, SandboxAdmin, type SandboxFaultName, type SandboxOptions } from "@effect-baanx/sandbox"
import { HttpClient, HttpClientRequest, type HttpClientResponse } from "@effect/platform"
import { Clock, Context, DateTime, Duration, Effect, Layer, Option, Redacted, Scope, TestClock } from "effect"
import { email, key, sandboxPassword } from "./Fixtures.js"

export interface WorldOptions {
  /** Default `"oauth"`. */
  readonly family?: PathFamily | undefined
  readonly settings?: SandboxOptions["settings"]
}

export const text = Redacted.value<string>

export const refreshTokenOf = ({ refreshToken }: TokenSet) => refreshToken && text(refreshToken)

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

export const world = (options: WorldOptions = {}) =>
  Effect.gen(function* () {
    const { family = "oauth", settings } = options
    const baanx = sandboxWith(settings)
    const sandbox = Context.get(baanx, Sandbox)
    const admin = Context.get(baanx, SandboxAdmin)
    yield* Effect.orDie(admin.reset())
    const http = Context.get(baanx, HttpClient.HttpClient)
    const redirectUri = RedirectUri.make(sandbox.redirectUri)
    const replica = yield* Baanx.layerWithStores({
      baseUrl: sandbox.baseUrl,
      clientKey: Redacted.make(sandbox.clientKey),
      pathFamily: family
    }).pipe(
      Layer.provideMerge(Layer.merge(PendingAuthorizations.layerMemory, TokenStore.layerMemory)),
      Layer.provide(Layer.succeed(HttpClient.HttpClient, http)),
      Layer.orDie,
      Layer.build
    )
    const flow = Context.get(replica, AuthorizationFlow)
    const session = Context.get(replica, TokenSession)
    const store = Context.get(replica, TokenStore)
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
      session,
      exchange,
      signIn: Effect.tap(exchange, (tokens) => Effect.orDie(session.start(key, tokens))),
      arm: (kind: SandboxFaultName, step?: string, times = 1) =>
        Effect.orDie(admin.armFault({ payload: { kind, step, times } })),
      /** Moves the clock to the expiry of the access token. */
      passTo: ({ expiresAt }: TokenSet) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          TestClock.adjust(Duration.millis(DateTime.toEpochMillis(expiresAt) - now))
        ),
      /** The stored tokens of the session. */
      stored: Effect.map(
        Effect.orDie(store.get(key)),
        Option.map(({ tokens }) => tokens)
      ),
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
      /** The status of `GET /v1/user`. */
      user: Effect.scoped(
        Effect.flatMap(session.httpClient(key), (client) => Effect.map(client.get("/v1/user"), ({ status }) => status))
      )
    }
  })

const locationOf = ({ headers }: HttpClientResponse.HttpClientResponse) => headers["location"] ?? ""
