/** A backend with sign-in, over the sandbox in process. */
import { UserAnswer } from "@effect-baanx/api/Login"
import {
  Baanx,
  type BaanxConfig,
  PendingAuthorizations,
  type PendingAuthorizationsShape,
  RedirectUri,
  TokenSessionError,
  TokenStore
} from "@effect-baanx/oauth"
import { Sandbox } from "@effect-baanx/sandbox"
import { type AuthOptions, BaanxAuth, CurrentSession, PasswordSignIn, SameOrigin, SignedIn } from "@effect-baanx/server"
import {
  HttpApi,
  HttpApiBuilder,
  HttpApiEndpoint,
  HttpApiGroup,
  HttpApiSchema,
  HttpClient,
  HttpClientRequest,
  HttpServer
} from "@effect/platform"
import { type Clock, Effect, Layer, Logger, Redacted } from "effect"
import { Browser } from "./Browser.js"

export { password } from "./HostedPages.js"

export const home = new URL("https://app.example.com/")
export const at = (path: string) => new URL(path, home)
export const redirectUri = RedirectUri.make("https://app.example.com/callback")

const account = HttpApiGroup.make("account")
  .add(HttpApiEndpoint.get("me", "/me").addSuccess(UserAnswer).addError(TokenSessionError).middleware(SignedIn))
  .add(HttpApiEndpoint.post("rename", "/rename").addSuccess(HttpApiSchema.NoContent).middleware(SameOrigin))

export const Api = HttpApi.make("backend").add(BaanxAuth).add(PasswordSignIn).add(account)

const AccountLive = HttpApiBuilder.group(Api, "account", (handlers) =>
  handlers
    .handle("me", () =>
      Effect.gen(function* () {
        const { httpClient } = yield* CurrentSession
        const response = yield* httpClient.get("/v1/user")
        return UserAnswer.make(Object(yield* response.json))
      }).pipe(Effect.orDie)
    )
    .handle("rename", () => Effect.void)
)

/** The API, over the services that are provided. */
export const backend = (options: Partial<AuthOptions> = {}) =>
  HttpApiBuilder.api(Api).pipe(
    Layer.provide(AccountLive),
    Layer.provide(BaanxAuth.layer(Api, { redirectUri, ...options }))
  )

const send = async (client: HttpClient.HttpClient, clock: Clock.Clock, request: Request): Promise<Response> => {
  const headers = Object.fromEntries(request.headers)
  const body = await request.text()
  const response = await Effect.runPromise(
    client
      .execute(
        (request.method === "POST" ? HttpClientRequest.post : HttpClientRequest.get)(request.url).pipe(
          HttpClientRequest.setHeaders(headers),
          body === "" ? (request) => request : HttpClientRequest.bodyText(body, headers["content-type"])
        )
      )
      .pipe(Effect.withClock(clock))
  )
  return new Response(await Effect.runPromise(response.text), {
    status: response.status,
    headers: { ...response.headers }
  })
}

/** A store of pending sign-ins that records its calls. */
const recordingStore = (storeCalls: Array<keyof PendingAuthorizationsShape>) =>
  Layer.effect(
    PendingAuthorizations,
    Effect.map(PendingAuthorizations, (store) => {
      const note = (method: keyof PendingAuthorizationsShape) => Effect.sync(() => void storeCalls.push(method))
      return {
        put: (pending) => Effect.zipRight(note("put"), store.put(pending)),
        take: (state, check) => Effect.zipRight(note("take"), store.take(state, check)),
        accept: (state, expiresAt) => Effect.zipRight(note("accept"), store.accept(state, expiresAt))
      }
    })
  ).pipe(Layer.provide(PendingAuthorizations.layerMemory))

/** Starts the backend, and returns browsers that reach it and Baanx's pages. */
export const start = (options: Partial<AuthOptions> = {}, settings: Pick<BaanxConfig, "pathFamily" | "issuer"> = {}) =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const { baseUrl, clientKey, requests } = yield* Sandbox
    const clock = yield* Effect.clock
    const storeCalls: Array<keyof PendingAuthorizationsShape> = []
    const services = Baanx.layerWithStores({ baseUrl, clientKey: Redacted.make(clientKey), ...settings }).pipe(
      Layer.provide([recordingStore(storeCalls), TokenStore.layerMemory, Layer.succeed(HttpClient.HttpClient, client)])
    )
    const { handler } = yield* Effect.acquireRelease(
      Effect.sync(() =>
        HttpApiBuilder.toWebHandler(
          Layer.merge(Layer.provide(backend(options), services), HttpServer.layerContext).pipe(
            Layer.provideMerge(Layer.merge(Layer.setClock(clock), Logger.remove(Logger.defaultLogger)))
          )
        )
      ),
      ({ dispose }) => Effect.promise(dispose)
    )
    const browser = () =>
      new Browser((request) =>
        new URL(request.url).origin === home.origin ? handler(request) : send(client, clock, request)
      )
    return {
      storeCalls,
      browser,
      handler,
      steps: Effect.map(requests, (requests) => requests.map(({ step }) => step))
    }
  })

export const withSandbox = Effect.provide(Sandbox.layerHttpClient())

/** A sandbox with another registered redirect URI. */
export const withSandboxFor = (redirectUri: RedirectUri) =>
  Effect.provide(
    Sandbox.layerHttpClient({ clients: [{ clientKey: "client-key", secretKey: "s", redirectUris: [redirectUri] }] })
  )
