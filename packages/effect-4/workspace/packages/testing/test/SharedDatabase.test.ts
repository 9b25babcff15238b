import { State } from "@effect-baanx/api/Credentials"
import * as Baanx from "@effect-baanx/oauth/Baanx"
import {
  PendingAuthorization,
  PendingAuthorizations,
  type PendingAuthorizationsShape
} from "@effect-baanx/oauth/PendingAuthorizations"
import { RedirectUri } from "@effect-baanx/oauth/RedirectUri"
import { TokenSet } from "@effect-baanx/oauth/TokenService"
import { SessionKey, TokenStore, type TokenStoreShape } from "@effect-baanx/oauth/TokenStore"
import { Sandbox } from "@effect-baanx/sandbox"
import * as AuthApp from "@effect-baanx/server/AuthApp"
import { AuthRoutes } from "@effect-baanx/server/AuthRoutes"
import * as KeyRing from "@effect-baanx/sql/KeyRing"
import * as SqlStores from "@effect-baanx/sql/SqlStores"
import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as OtherLine from "../../../../dist/OtherLine.js"
import { Browser } from "../../server/test/Browser.js"
import { signInOnPages } from "../../server/test/HostedPages.js"
import * as Postgres from "../../sql/test/Postgres.js"

const storedTokens = Schema.fromJsonString(TokenSet)
const storedPending = Schema.fromJsonString(PendingAuthorization)

const storesLive = ({ password, ...connection }: OtherLine.Connection, key: string) =>
  SqlStores.layer.pipe(
    Layer.provide([
      KeyRing.KeyRing.layer([Redacted.make(key)]),
      PgClient.layer({ ...connection, password: Redacted.make(password) })
    ])
  )

/** A replica of this line. */
const replica = (connection: OtherLine.Connection, key: string): OtherLine.Replica => {
  const runtime = ManagedRuntime.make(storesLive(connection, key))
  const withTokens = <A, E>(use: (store: TokenStoreShape) => Effect.Effect<A, E>) =>
    runtime.runPromise(Effect.flatMap(TokenStore, use))
  const withPending = <A, E>(use: (store: PendingAuthorizationsShape) => Effect.Effect<A, E>) =>
    runtime.runPromise(Effect.flatMap(PendingAuthorizations, use))
  const decode = Schema.decodeSync(storedTokens)
  return {
    put: (key, tokens) => withTokens((store) => store.put(SessionKey.make(key), decode(tokens))),
    get: (key) =>
      withTokens((store) =>
        Effect.map(store.get(SessionKey.make(key)), (found) =>
          found._tag === "None"
            ? undefined
            : { tokens: Schema.encodeSync(storedTokens)(found.value.tokens), version: found.value.version }
        )
      ),
    lease: (key, version) =>
      withTokens((store) =>
        Effect.map(store.lease(SessionKey.make(key), version, Duration.minutes(1)), (lease) =>
          lease._tag === "Leased" ? lease.fence : lease._tag
        )
      ),
    save: (key, fence, tokens) => withTokens((store) => store.save(SessionKey.make(key), fence, decode(tokens))),
    begin: (pending) => withPending((store) => store.put(Schema.decodeSync(storedPending)(pending))),
    take: (state) =>
      withPending((store) =>
        Effect.match(store.take(Schema.decodeSync(State)(state)), {
          onFailure: ({ _tag }) => _tag,
          onSuccess: Schema.encodeSync(storedPending)
        })
      ),
    close: () => runtime.dispose()
  }
}

/** A backend of this line. */
const backend = ({ baseUrl, clientKey, connection, key, redirectUri }: OtherLine.Settings): OtherLine.Backend => {
  const RoutesLive = AuthRoutes.layer({ redirectUri: RedirectUri.make(redirectUri), keys: [Redacted.make(key)] }).pipe(
    Layer.provide(Baanx.layerWithStores({ baseUrl, clientKey: Redacted.make(clientKey) })),
    Layer.provide([storesLive(connection, key), FetchHttpClient.layer])
  )
  const runtime = ManagedRuntime.make(RoutesLive)
  const app = AuthApp.make().pipe(Layer.provide([RoutesLive, HttpServer.layerServices]))
  const { dispose, handler } = HttpRouter.toWebHandler(app, { memoMap: runtime.memoMap, disableLogger: true })
  return {
    handler: (request) => handler(request),
    session: (request) =>
      runtime.runPromise(
        Effect.flatMap(AuthRoutes, ({ current }) => current).pipe(
          Effect.match({ onFailure: ({ _tag }) => _tag, onSuccess: ({ key }): string => key }),
          Effect.provideService(HttpServerRequest.HttpServerRequest, HttpServerRequest.fromWeb(request))
        )
      ),
    close: async () => {
      await dispose()
      await runtime.dispose()
    }
  }
}

const tokens = (accessToken: string): string =>
  JSON.stringify({
    accessToken,
    refreshToken: "refresh-1",
    expiresAt: "2100-01-01T00:00:00.000Z",
    region: "us",
    pathFamily: "oauth"
  })

const accessTokenOf = (found: { readonly tokens: string } | undefined): unknown =>
  found && JSON.parse(found.tokens).accessToken

const pending = (state: string): string =>
  JSON.stringify({
    state,
    codeVerifier: "v".repeat(43),
    redirectUri: "https://yourapp.com/callback",
    region: "us",
    pathFamily: "oauth",
    baseUrl: "https://dev.api.baanx.com",
    expiresAt: new Date(Date.now() + 600_000).toISOString()
  })

const home = new URL("https://app.example.com/")
const at = (path: string) => new URL(path, home)

/** A database, and the keys to seal with. */
const shared = Effect.gen(function* () {
  const postgres = yield* Postgres.start
  yield* postgres.createDatabase("shared")
  const { password, ...client } = postgres.client("shared")
  const connection = { ...client, password: Redacted.value(password) }
  const key = Redacted.value(yield* KeyRing.generateKey)
  return { connection, key }
})

const opened = <A extends { readonly close: () => Promise<void> }>(open: () => A) =>
  Effect.acquireRelease(Effect.sync(open), ({ close }) => Effect.promise(close))

describe.skipIf(Postgres.missing !== undefined)("a database that replicas of both lines share", () => {
  for (const [title, first, second] of [
    ["set up on Effect 3", OtherLine.replica, replica],
    ["set up on Effect 4", replica, OtherLine.replica]
  ] as const) {
    it.live(`is migrated once, and each reads, leases and takes what the other stored: ${title}`, () =>
      Effect.gen(function* () {
        const { connection, key } = yield* shared
        const one = yield* opened(() => first(connection, key))
        const other = yield* opened(() => second(connection, key))
        yield* Effect.promise(async () => {
          await one.put("user", tokens("access-1"))
          const found = await other.get("user")
          assert.strictEqual(accessTokenOf(found), "access-1")

          const fence = await other.lease("user", found?.version ?? 0)
          assert.isNumber(fence)
          assert.strictEqual(await one.lease("user", found?.version ?? 0), "Busy")
          assert.isTrue(await other.save("user", Number(fence), tokens("access-2")))
          assert.strictEqual(accessTokenOf(await one.get("user")), "access-2")

          for (const [state, begun, taken] of [
            ["s".repeat(43), one, other],
            ["t".repeat(43), other, one]
          ] as const) {
            await begun.begin(pending(state))
            assert.strictEqual(JSON.parse(await taken.take(state)).state, state)
            assert.strictEqual(await begun.take(state), "ReplayedStateError")
          }
        })
      })
    )
  }

  for (const [title, first, second] of [
    ["begun on Effect 3", OtherLine.backend, backend],
    ["begun on Effect 4", backend, OtherLine.backend]
  ] as const) {
    it.live(`serves one sign-in from both, by the same cookies: ${title}`, () =>
      Effect.gen(function* () {
        const { connection, key } = yield* shared
        const { baseUrl, clientKey } = yield* Sandbox
        const settings = { connection, key, redirectUri: at("/callback").href, baseUrl, clientKey }
        const one = yield* opened(() => first(settings))
        const other = yield* opened(() => second(settings))
        let backend = one
        const browser = new Browser((request) =>
          new URL(request.url).origin === home.origin ? backend.handler(request) : fetch(request)
        )
        const session = ({ session }: OtherLine.Backend) =>
          Effect.promise(async () =>
            session(new Request(home, { headers: { cookie: await browser.jar.getCookieString(home.href) } }))
          )

        const { location } = yield* browser.visit(at("/sign-in"))
        backend = other
        const { callback, last } = yield* signInOnPages(browser, location)
        assert.strictEqual((yield* browser.visit(callback, { from: last })).location.href, home.href)

        const signedIn = yield* session(other)
        assert.match(signedIn, /^[\w-]{43}$/)
        assert.strictEqual(yield* session(one), signedIn)

        backend = one
        assert.strictEqual((yield* browser.visit(at("/sign-out"), { from: home, method: "POST" })).status, 204)
        assert.strictEqual(yield* session(other), "SessionLostError")
      }).pipe(Effect.provide(Sandbox.layer()))
    )
  }
})
