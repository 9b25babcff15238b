import { State } from "@effect-baanx/api/Credentials"
import {
  PendingAuthorization,
  PendingAuthorizations,
  type PendingAuthorizationsShape
} from "@effect-baanx/oauth/PendingAuthorizations"
import { TokenSet } from "@effect-baanx/oauth/TokenService"
import { SessionKey, TokenStore, type TokenStoreShape } from "@effect-baanx/oauth/TokenStore"
import * as KeyRing from "@effect-baanx/sql/KeyRing"
import * as SqlStores from "@effect-baanx/sql/SqlStores"
import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as OtherLine from "../../../../dist/OtherLine.js"
import * as Postgres from "../../sql/test/Postgres.js"

const storedTokens = Schema.fromJsonString(TokenSet)
const storedPending = Schema.fromJsonString(PendingAuthorization)

/** A replica of this line. */
const replica = ({ password, ...connection }: OtherLine.Connection, key: string): OtherLine.Replica => {
  const client = PgClient.layer({ ...connection, password: Redacted.make(password) })
  const runtime = ManagedRuntime.make(
    SqlStores.layer.pipe(Layer.provide([KeyRing.KeyRing.layer([Redacted.make(key)]), client]))
  )
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

describe.skipIf(Postgres.missing !== undefined)("a database that replicas of both lines share", () => {
  for (const [title, first, second] of [
    ["set up on Effect 3", OtherLine.replica, replica],
    ["set up on Effect 4", replica, OtherLine.replica]
  ] as const) {
    it.live(`is migrated once, and each reads, leases and takes what the other stored: ${title}`, () =>
      Effect.gen(function* () {
        const postgres = yield* Postgres.start
        yield* postgres.createDatabase("shared")
        const { password, ...client } = postgres.client("shared")
        const connection = { ...client, password: Redacted.value(password) }
        const key = Redacted.value(yield* KeyRing.generateKey)
        const open = (make: typeof replica) =>
          Effect.acquireRelease(
            Effect.sync(() => make(connection, key)),
            ({ close }) => Effect.promise(close)
          )
        const one = yield* open(first)
        const other = yield* open(second)
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
})
