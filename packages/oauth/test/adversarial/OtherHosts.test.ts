import {
  type AuthorizeService,
  Baanx,
  type BaanxConfig,
  type BaanxError,
  isRetryable,
  TokenService,
  TokenSession,
  TokenSet
} from "@effect-baanx/oauth"
import { FetchHttpClient, HttpClient, HttpClientRequest } from "@effect/platform"
import { NodeHttpClient, Undici } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Context, DateTime, Effect, Either, FastCheck, Layer, Redacted, identity } from "effect"
import { authorize, granted } from "../AuthorizeSuite.js"
import { accessToken, assertFields, code, codeVerifier, issued, key, redirectUri, secrets } from "../Fixtures.js"
import { scriptedServer } from "../ScriptedServer.js"
import { turnsOf } from "../Size.js"
import { contained, silent } from "./Contained.js"
import { runs } from "./Runs.js"
import { transports } from "./Transports.js"

// The linter does not see the exports of a CommonJS module.
// oxlint-disable-next-line import/namespace
const { Agent, interceptors } = Undici

type Transport = Layer.Layer<HttpClient.HttpClient>
type Call = Effect.Effect<unknown, BaanxError, AuthorizeService | TokenService>

/** A way in which a user's code may make a transport follow redirects or call another host. */
interface Way {
  readonly name: string
  readonly layer?: (transport: Transport) => Transport
  readonly transformClient?: (client: HttpClient.HttpClient, elsewhere: string) => HttpClient.HttpClient
  readonly around?: (call: Call) => Call
  /** The call ends in a `TransportError`, not in an error for the redirect. */
  readonly stopped?: true
}

const follow: RequestInit = { redirect: "follow" }
const own: typeof globalThis.fetch = (input, init) => globalThis.fetch(input, init)
const followedBy: Undici.Dispatcher.RequestOptions & { readonly maxRedirections: number } = {
  path: "/",
  method: "GET",
  maxRedirections: 5
}

const transformed =
  (transform: (client: HttpClient.HttpClient) => HttpClient.HttpClient) =>
  (transport: Transport): Transport =>
    Layer.provide(Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, transform)), transport)

/** A service, provided in each place where that is possible. */
const placed = (name: string, give: Layer.Layer<never>): ReadonlyArray<Way> => {
  const transformClient = HttpClient.transformResponse(Effect.provide(give))
  return [
    { name: `${name} at the layer`, layer: Layer.provide(give) },
    { name: `${name} in the layer's client`, layer: transformed(transformClient) },
    { name: `${name} in transformClient`, transformClient },
    { name: `${name} around the call`, around: Effect.provide(give) }
  ]
}

const ways: ReadonlyArray<Way> = [
  { name: "no customization" },
  ...placed("RequestInit", Layer.succeed(FetchHttpClient.RequestInit, follow)),
  ...placed("Fetch", Layer.succeed(FetchHttpClient.Fetch, own)),
  // Options that are provided below the layer's client are left out: no code of the user runs that late.
  ...placed("undici options", Layer.succeed(NodeHttpClient.UndiciRequestOptions, followedBy)).filter(
    ({ name }) => !name.endsWith("the layer's client")
  ),
  { name: "a transformClient that returns its client", transformClient: identity },
  { name: "spans in transformClient", transformClient: HttpClient.withTracerDisabledWhen(() => false) },
  { name: "followRedirects in transformClient", transformClient: HttpClient.followRedirects(), stopped: true },
  {
    name: "another origin in transformClient",
    transformClient: (client, elsewhere) =>
      HttpClient.mapRequest(client, (request) =>
        HttpClientRequest.setUrl(request, `${elsewhere}${new URL(request.url).pathname}`)
      ),
    stopped: true
  },
  {
    name: "the origin as user info in transformClient",
    transformClient: (client, elsewhere) =>
      HttpClient.mapRequest(client, (request) =>
        HttpClientRequest.setUrl(request, request.url.replace(/^(http:\/\/[^/]*)/, `$1@${new URL(elsewhere).host}`))
      ),
    stopped: true
  }
]

const anotherClient: Way = {
  name: "another client in transformClient",
  transformClient: () => Effect.runSync(Effect.provide(HttpClient.HttpClient, FetchHttpClient.layer))
}

/** The transports, and one whose dispatcher follows redirects by itself. */
const clients: typeof transports = [
  ...transports,
  [
    "undici with a dispatcher that redirects",
    Layer.provide(
      NodeHttpClient.layerUndiciWithoutDispatcher,
      Layer.scoped(
        NodeHttpClient.Dispatcher,
        Effect.map(NodeHttpClient.makeDispatcher, (agent) =>
          agent.compose(interceptors.redirect({ maxRedirections: 5 }))
        )
      )
    )
  ]
]

const calls: ReadonlyArray<Call> = [
  authorize(),
  Effect.flatMap(TokenService, (service) => service.exchange({ code, codeVerifier, redirectUri }))
]

const userRequest = HttpClientRequest.get("/v1/user")

const tokens = new TokenSet({
  accessToken,
  expiresAt: DateTime.unsafeMake("2100-01-01T00:00:00Z"),
  region: "international"
})

const statuses = [301, 302, 303, 307, 308]

/** A Baanx that redirects to another host, which must never be called although it would send good responses. */
const hosts = Effect.gen(function* () {
  const next = { status: 0 }
  const elsewhere = yield* scriptedServer((_, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(issued))
  })
  const baanx = yield* scriptedServer((request, response) => {
    response.writeHead(next.status, { location: `${elsewhere.baseUrl}${request.url}` }).end()
  })
  return { baanx, elsewhere, next }
})

/** Makes the calls over a transport with all of the chosen ways applied. */
const check = (
  chosen: ReadonlyArray<Way>,
  transport: Transport,
  statuses: ReadonlyArray<number>,
  calls: ReadonlyArray<Call>,
  look = contained
) =>
  Effect.gen(function* () {
    const { baanx, elsewhere, next } = yield* hosts
    const config: BaanxConfig = {
      baseUrl: baanx.baseUrl,
      clientKey: Redacted.make(secrets.clientKey),
      secretKey: Redacted.make(secrets.secretKey),
      ...(chosen.some(({ transformClient }) => transformClient !== undefined) && {
        transformClient: (client) =>
          chosen.reduce((client, way) => way.transformClient?.(client, elsewhere.baseUrl) ?? client, client)
      })
    }
    const layer = chosen.reduce((layer, way) => way.layer?.(layer) ?? layer, transport)
    const services = yield* Layer.build(Layer.orDie(Layer.provide(Baanx.layer(config), layer)))
    for (const status of statuses) {
      next.status = status
      for (const call of calls) {
        const before = baanx.received()
        const around = chosen.reduce((call, way) => way.around?.(call) ?? call, call)
        const end = yield* Effect.provide(look(around, secrets), services)
        const error = Either.isLeft(end) ? end.left : assert.fail("the response of the other host was accepted")
        if (chosen.some(({ stopped }) => stopped)) {
          assertFields(error, { _tag: "TransportError", reason: "Outside", sent: true })
          assert.isFalse(isRetryable(error))
        } else assertFields(error, { _tag: "UnexpectedResponseError", reason: "Redirect", status })
        assert.isAtMost(baanx.received() - before, 1)
      }
    }
    const session = Context.get(services, TokenSession)
    yield* session.start(key, tokens)
    const rest = yield* Effect.either(Effect.flatMap(session.httpClient(key), (client) => client.execute(userRequest)))
    if (chosen.some(({ stopped }) => stopped)) {
      assert.deepInclude(Either.isLeft(rest) && rest.left, { _tag: "RequestError", request: userRequest })
    } else assert.strictEqual(Either.isRight(rest) && rest.right.status, next.status)
    assert.strictEqual(elsewhere.received(), 0)
  })

describe("a redirect to another host", () => {
  for (const [client, [name, transport]] of clients.entries()) {
    for (const [shift, way] of [...ways, anotherClient].entries()) {
      const turn = (client + shift) % clients.length
      it.scoped(`is not followed: ${way.name}, through ${name}`, () =>
        check([way], transport, turnsOf(statuses, turn, clients.length), calls)
      )
    }
  }

  it.scoped("is not followed: followRedirects in the layer's client, through fetch", () => {
    const layer = transformed(HttpClient.followRedirects())
    return check([{ name: "followRedirects", layer, stopped: true }], FetchHttpClient.layer, statuses, calls)
  })

  it.scoped.prop(
    "is not followed and shows no secret, whatever is combined",
    [
      FastCheck.constantFrom(...clients),
      // Not both a fetch and its options in the layer's client: the module cannot see into such a transport.
      FastCheck.shuffledSubarray([...ways], { minLength: 2 }).filter(
        (chosen) => chosen.filter(({ name }) => name.endsWith("the layer's client")).length < 2
      ),
      FastCheck.constantFrom(...statuses),
      FastCheck.constantFrom(...calls)
    ],
    ([[, transport], chosen, status, call]) => check(chosen, transport, [status], [call], silent),
    runs(100)
  )
})

/** A Baanx that serves step 3 at this path and redirects every other path to it. */
const moved = (location: string) =>
  scriptedServer((request, response) => {
    if (request.url === location) {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(granted))
    } else response.writeHead(307, { location }).end()
  })

const through = (baseUrl: string, transport: Transport, transformClient?: BaanxConfig["transformClient"]) =>
  Effect.provide(
    Layer.provide(
      Layer.orDie(Baanx.layer({ baseUrl, clientKey: Redacted.make(secrets.clientKey), transformClient })),
      transport
    )
  )

describe("what the user configured for a transport", () => {
  for (const [client, transport] of clients) {
    it.scoped(`follows redirects below the base URL with followRedirects in transformClient, through ${client}`, () =>
      Effect.gen(function* () {
        const { baseUrl, received } = yield* moved("/base/elsewhere")
        yield* through(`${baseUrl}/base`, transport, HttpClient.followRedirects())(authorize())
        assert.strictEqual(received(), 2)
      })
    )

    it.scoped(
      `stops redirects that leave the base URL with followRedirects in transformClient, through ${client}`,
      () =>
        Effect.gen(function* () {
          const { baseUrl, received } = yield* moved("/basement")
          const error = yield* Effect.flip(
            through(`${baseUrl}/base`, transport, HttpClient.followRedirects())(authorize())
          )
          assertFields(error, { _tag: "TransportError", reason: "Outside", sent: true })
          assert.strictEqual(received(), 1)
        })
    )
  }

  const own = { requests: 0 }
  const dispatcher = new Agent().compose((dispatch) => (options, handler) => {
    own.requests++
    return dispatch(options, handler)
  })
  const fetch: typeof globalThis.fetch = (input, init) => {
    own.requests++
    return globalThis.fetch(input, init)
  }
  const others = HttpClient.transformResponse(Effect.provideService(FetchHttpClient.RequestInit, { cache: "no-store" }))

  const usedIn = ({ around = identity, layer = identity, transformClient = identity }: Way) =>
    Effect.gen(function* () {
      const { baseUrl } = yield* moved("/v1/auth/oauth/authorize")
      own.requests = 0
      const call = around(authorize())
      yield* through(baseUrl, layer(FetchHttpClient.layer), (client) => transformClient(client, ""))(
        Effect.zipRight(call, call)
      )
      assert.strictEqual(own.requests, 2)
    })

  for (const way of [
    ...placed(
      "a dispatcher",
      Layer.succeed(FetchHttpClient.RequestInit, Object.assign<RequestInit, object>({}, { dispatcher }))
    ),
    ...placed("a fetch", Layer.succeed(FetchHttpClient.Fetch, fetch))
  ]) {
    it.scoped(`is used in each call: ${way.name}`, () => usedIn(way))
    if (way.layer !== undefined) {
      it.scoped(`is used along with options in transformClient: ${way.name}`, () =>
        usedIn({ ...way, transformClient: others })
      )
    }
  }
})
