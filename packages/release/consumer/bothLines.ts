/**
 * What a user on Effect 3 or Effect 4 might write with every package of that line. It is written for Effect 3, and
 * translated for Effect 4 as the packages are.
 */
import {
  FetchHttpClient,
  HttpApi,
  HttpApiBuilder,
  HttpApiEndpoint,
  HttpApiGroup,
  type HttpClient,
  HttpServer,
  OpenApi
} from "@effect/platform"
import { PgClient } from "@effect/sql-pg"
import { BaanxApi } from "@effect-baanx/api/BaanxApi"
import { NodeHttpClient } from "@effect-baanx/node"
import {
  type AuthorizeError,
  type AuthorizeRequest,
  AuthorizeService,
  Baanx,
  BaanxClient,
  LoginToken,
  RedirectUri,
  SessionToken,
  State,
  TokenStore
} from "@effect-baanx/oauth"
import { BaanxAuth, SignedIn } from "@effect-baanx/server"
import { KeyRing, SqlStores } from "@effect-baanx/sql"
import { generateKey } from "@effect-baanx/sql/KeyRing"
import { Effect, Layer, Redacted, Schema } from "effect"
import { createServer, type RequestListener, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

const clientKey = Redacted.make("client-key")
const redirectUri = RedirectUri.make("https://app.example.com/callback")

const request: AuthorizeRequest = {
  sessionToken: SessionToken.make("aa.bb.cc"),
  loginToken: LoginToken.make("US_login"),
  expectedState: State.make("state-of-this-sign-in"),
  redirectUri
}

const grant = {
  url: `${redirectUri}?code=the-code&state=state-of-this-sign-in`,
  code: "the-code",
  state: "state-of-this-sign-in"
}

type Respond = (response: ServerResponse) => void

const json =
  (status: number, body: unknown): Respond =>
  (response) =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))

const refuse = (status: number, error: string): Respond => json(status, { error, message: "No." })

interface Case {
  readonly request?: Partial<AuthorizeRequest>
  /** Default: nothing may be sent. */
  readonly respond?: Respond
}

/** Each error of step 3, with what causes it. A new error does not compile until it has a case. */
const cases: { readonly [Tag in AuthorizeError["_tag"]]: Case } = {
  TransportError: { respond: (response) => void response.destroy() },
  UnauthorizedError: { respond: refuse(401, "unauthorized") },
  ForbiddenError: { respond: refuse(403, "forbidden") },
  InvalidRequestError: { respond: refuse(422, "invalid_request") },
  RateLimitedError: { respond: refuse(429, "too_many_requests") },
  ServerError: { respond: refuse(503, "unavailable") },
  UnexpectedResponseError: { respond: (response) => void response.writeHead(302, { location: "/elsewhere" }).end() },
  DecodeError: { respond: json(200, { ...grant, code: 1 }) },
  MissingTokenError: { request: { loginToken: undefined } },
  InvalidTokenError: { request: { sessionToken: SessionToken.make("not a JWT") } },
  InvalidGrantError: { respond: refuse(400, "invalid_grant") },
  StateMismatchError: { respond: json(200, { ...grant, state: "state-of-another-sign-in" }) },
  RedirectMismatchError: { respond: json(200, { ...grant, url: grant.url.replace("app.", "other.") }) }
}

/** Serves on loopback while `use` runs. */
const serving = async <A>(listener: RequestListener, use: (origin: string) => Promise<A>): Promise<A> => {
  const server = createServer(listener)
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
  const { port }: Pick<AddressInfo, "port"> = Object(server.address())
  try {
    return await use(`http://127.0.0.1:${port}`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

/** For each way in which step 3 should end over this transport: how it ends, and how many requests were sent. */
const stepThree = async <E>(transport: Layer.Layer<HttpClient.HttpClient, E>) => {
  let respond: Respond | undefined
  let requests = 0
  return serving(
    (_, response) => {
      requests += 1
      respond?.(response)
    },
    async (baseUrl) => {
      const layer = AuthorizeService.layer.pipe(
        Layer.provide(BaanxClient.layer({ baseUrl, clientKey })),
        Layer.provide(transport)
      )
      const end = (request: AuthorizeRequest) =>
        Effect.gen(function* () {
          const { authorize } = yield* AuthorizeService
          return yield* Effect.match(authorize(request), {
            onFailure: (error) => (error.message === "" ? "no message" : error._tag),
            onSuccess: ({ code }) => Redacted.value(code)
          })
        }).pipe(Effect.provide(layer), Effect.runPromise)
      const ends: Array<readonly [wanted: string, end: string, requests: number]> = []
      for (const [wanted, one] of Object.entries<Case>({ ...cases, [grant.code]: { respond: json(200, grant) } })) {
        respond = one.respond
        requests = 0
        ends.push([wanted, await end({ ...request, ...one.request }), requests])
      }
      return ends
    }
  )
}

const account = HttpApiGroup.make("account").add(
  HttpApiEndpoint.get("me", "/me").addSuccess(Schema.Unknown).middleware(SignedIn)
)
const backend = HttpApi.make("backend").add(BaanxAuth).add(account)

const AccountLive = HttpApiBuilder.group(backend, "account", (handlers) =>
  handlers.handle("me", () => Effect.succeed("signed in"))
)

/** The statuses of a backend that has mounted sign-in, for a browser that is not signed in. */
const signIn = async () => {
  const { dispose, handler } = HttpApiBuilder.toWebHandler(
    Layer.merge(
      HttpApiBuilder.api(backend).pipe(
        Layer.provide(AccountLive),
        Layer.provide(BaanxAuth.layer(backend, { redirectUri })),
        Layer.provide(Baanx.layer({ baseUrl: "http://127.0.0.1:9", clientKey, pathFamily: "oauth2" })),
        Layer.provide(FetchHttpClient.layer)
      ),
      HttpServer.layerContext
    )
  )
  const statuses = await serving(
    async (request, response) => {
      const web = await handler(new Request(new URL(request.url ?? "/", "https://app.example.com")))
      response.writeHead(web.status, Object.fromEntries(web.headers)).end(await web.text())
    },
    async (origin) => {
      const statusOf = async (path: string) => (await fetch(`${origin}${path}`, { redirect: "manual" })).status
      return { signIn: await statusOf("/sign-in"), callback: await statusOf("/callback"), me: await statusOf("/me") }
    }
  )
  await dispose()
  return statuses
}

/** How the stores start when there is no database. */
const stores = Effect.gen(function* () {
  const key = yield* generateKey
  const database = PgClient.layer({ host: "127.0.0.1", port: 9, connectTimeout: "5 seconds" })
  const layer = SqlStores.layer.pipe(Layer.provide([KeyRing.layer([key]), database]))
  return yield* Effect.match(Effect.provide(TokenStore, layer), {
    onFailure: ({ _tag }) => _tag,
    onSuccess: () => "there is a database"
  })
})

const main = async () => ({
  contract: Object.keys(OpenApi.fromApi(BaanxApi).paths).includes("/v1/auth/oauth/authorize"),
  overNode: await stepThree(NodeHttpClient.layer({ connections: 1 })),
  overFetch: await stepThree(FetchHttpClient.layer),
  server: await signIn(),
  stores: await Effect.runPromise(stores)
})

// oxlint-disable-next-line no-console
void main().then((result) => console.log(JSON.stringify(result)))
