/** What the packages for Effect 3 read, write and document, as plain values, for the tests of Effect 4 to compare with. */
import { BaanxApi } from "@effect-baanx/api/BaanxApi"
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
import * as AuthApp from "@effect-baanx/server/AuthApp"
import { AuthRoutes } from "@effect-baanx/server/AuthRoutes"
import { BaanxAuth, PasswordSignIn } from "@effect-baanx/server/BaanxAuth"
import * as KeyRing from "@effect-baanx/sql/KeyRing"
import * as SqlStores from "@effect-baanx/sql/SqlStores"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpApi from "@effect/platform/HttpApi"
import * as OpenApi from "@effect/platform/OpenApi"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

export const openApi = {
  BaanxApi: (): object => OpenApi.fromApi(BaanxApi),
  BaanxAuth: (): object => OpenApi.fromApi(HttpApi.make("app").add(BaanxAuth).add(PasswordSignIn))
}

const stored = { TokenSet: Schema.parseJson(TokenSet), PendingAuthorization: Schema.parseJson(PendingAuthorization) }

/** Decodes what is stored, and encodes it again. */
export const readAndWrite = {
  TokenSet: (text: string): string =>
    Schema.encodeSync(stored.TokenSet)(Schema.decodeUnknownSync(stored.TokenSet)(text)),
  PendingAuthorization: (text: string): string =>
    Schema.encodeSync(stored.PendingAuthorization)(Schema.decodeUnknownSync(stored.PendingAuthorization)(text))
}

const ring = (key: string) => KeyRing.make([Redacted.make(key)])

const place = { store: "TokenStore", row: "row" } as const

export const seal = (key: string, text: string): Promise<string> =>
  Effect.runPromise(Effect.flatMap(ring(key), (ring) => ring.seal(place, Redacted.make(text))))

export const open = (key: string, sealed: string): Promise<string> =>
  Effect.runPromise(
    Effect.map(
      Effect.flatMap(ring(key), (ring) => ring.open(place, sealed)),
      Redacted.value
    )
  )

export interface Connection {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly username: string
  readonly password: string
}

/** A replica, with tokens and sign-ins as JSON. */
export interface Replica {
  readonly put: (key: string, tokens: string) => Promise<void>
  readonly get: (key: string) => Promise<{ readonly tokens: string; readonly version: number } | undefined>
  /** The fence, or the tag of what prevents a lease. */
  readonly lease: (key: string, version: number) => Promise<number | string>
  readonly save: (key: string, fence: number, tokens: string) => Promise<boolean>
  readonly begin: (pending: string) => Promise<void>
  /** The sign-in, or the tag of an error. */
  readonly take: (state: string) => Promise<string>
  readonly close: () => Promise<void>
}

const storesLive = ({ password, ...connection }: Connection, key: string) =>
  SqlStores.layer.pipe(
    Layer.provide([
      KeyRing.KeyRing.layer([Redacted.make(key)]),
      PgClient.layer({ ...connection, password: Redacted.make(password) })
    ])
  )

/** A replica on Effect 3. */
export const replica = (connection: Connection, key: string): Replica => {
  const runtime = ManagedRuntime.make(storesLive(connection, key))
  const withTokens = <A, E>(use: (store: TokenStoreShape) => Effect.Effect<A, E>) =>
    runtime.runPromise(Effect.flatMap(TokenStore, use))
  const withPending = <A, E>(use: (store: PendingAuthorizationsShape) => Effect.Effect<A, E>) =>
    runtime.runPromise(Effect.flatMap(PendingAuthorizations, use))
  const decode = Schema.decodeSync(stored.TokenSet)
  return {
    put: (key, tokens) => withTokens((store) => store.put(SessionKey.make(key), decode(tokens))),
    get: (key) =>
      withTokens((store) =>
        Effect.map(store.get(SessionKey.make(key)), (found) => {
          const { tokens, version } = Option.getOrUndefined(found) ?? {}
          return tokens !== undefined && version !== undefined
            ? { tokens: Schema.encodeSync(stored.TokenSet)(tokens), version }
            : undefined
        })
      ),
    lease: (key, version) =>
      withTokens((store) =>
        Effect.map(store.lease(SessionKey.make(key), version, Duration.minutes(1)), (lease) =>
          lease._tag === "Leased" ? lease.fence : lease._tag
        )
      ),
    save: (key, fence, tokens) => withTokens((store) => store.save(SessionKey.make(key), fence, decode(tokens))),
    begin: (pending) => withPending((store) => store.put(Schema.decodeSync(stored.PendingAuthorization)(pending))),
    take: (state) =>
      withPending((store) =>
        Effect.match(store.take(Schema.decodeSync(State)(state)), {
          onFailure: ({ _tag }) => _tag,
          onSuccess: Schema.encodeSync(stored.PendingAuthorization)
        })
      ),
    close: () => runtime.dispose()
  }
}

/** The settings of a backend that signs users in. */
export interface Settings {
  readonly connection: Connection
  readonly key: string
  readonly redirectUri: string
  readonly baseUrl: string
  readonly clientKey: string
}

/** A backend that signs users in. */
export interface Backend {
  /** The routes of `AuthApp`. */
  readonly handler: (request: Request) => Promise<Response>
  /** The key of the session that a request belongs to, or the tag of an error. */
  readonly session: (request: Request) => Promise<string>
  readonly close: () => Promise<void>
}

/** A backend on Effect 3. */
export const backend = ({ baseUrl, clientKey, connection, key, redirectUri }: Settings): Backend => {
  const runtime = ManagedRuntime.make(
    AuthRoutes.layer({ redirectUri: RedirectUri.make(redirectUri), keys: [Redacted.make(key)] }).pipe(
      Layer.provide(Baanx.layerWithStores({ baseUrl, clientKey: Redacted.make(clientKey) })),
      Layer.provide([storesLive(connection, key), FetchHttpClient.layer])
    )
  )
  return {
    handler: async (request) => HttpApp.toWebHandlerRuntime(await runtime.runtime())(AuthApp.make())(request),
    session: (request) =>
      runtime.runPromise(
        Effect.flatMap(AuthRoutes, ({ current }) => current).pipe(
          Effect.match({ onFailure: ({ _tag }) => _tag, onSuccess: ({ key }): string => key }),
          Effect.provideService(HttpServerRequest.HttpServerRequest, HttpServerRequest.fromWeb(request))
        )
      ),
    close: () => runtime.dispose()
  }
}
