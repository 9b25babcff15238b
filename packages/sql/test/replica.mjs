/**
 * A replica of a backend, as `Chaos.test.ts` starts and kills it: plain Node on what `tsc -b` has built, asked over IPC.
 */
// Single modules: it is started often.
import { AuthorizationFlow } from "@effect-baanx/oauth/AuthorizationFlow"
import * as Baanx from "@effect-baanx/oauth/Baanx"
import { TokenSession } from "@effect-baanx/oauth/TokenSession"
import { SessionKey } from "@effect-baanx/oauth/TokenStore"
import { KeyRing } from "@effect-baanx/sql/KeyRing"
import * as PendingAuthorizationsSql from "@effect-baanx/sql/PendingAuthorizationsSql"
import * as TokenStoreSql from "@effect-baanx/sql/TokenStoreSql"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"

const { baseUrl, clientKey, database, key, password, redirectUri } = JSON.parse(process.argv[2])

const ClientLive = PgClient.layer({ ...database, password: Redacted.make(password) }).pipe(
  // PostgreSQL may be on its way back.
  Layer.retry(Schedule.spaced("100 millis"))
)
const StoresLive = Layer.merge(PendingAuthorizationsSql.layer, TokenStoreSql.layer).pipe(
  Layer.provide([KeyRing.layer([Redacted.make(key)]), ClientLive])
)
const BackendLive = Baanx.layerWithStores({ baseUrl, clientKey: Redacted.make(clientKey), timeout: "2 seconds" }).pipe(
  Layer.provide([StoresLive, FetchHttpClient.layer]),
  Layer.provide(Logger.remove(Logger.defaultLogger))
)

const backend = ManagedRuntime.make(BackendLive)

const operations = {
  begin: () =>
    Effect.flatMap(AuthorizationFlow, (flow) => flow.begin({ redirectUri })).pipe(
      Effect.map(({ browserUrl }) => browserUrl.href)
    ),
  complete: (callback, user) =>
    Effect.gen(function* () {
      const tokens = yield* (yield* AuthorizationFlow).complete(callback)
      const session = yield* TokenSession
      // Not again if it fails: it may have been stored, and refreshed by another replica since.
      yield* Effect.ignore(session.start(SessionKey.make(user), tokens))
    }),
  accessToken: (user) =>
    Effect.flatMap(TokenSession, (session) => session.accessToken(SessionKey.make(user))).pipe(Effect.asVoid),
  // Whether Baanx takes the token, too.
  useSession: (user) =>
    Effect.gen(function* () {
      const client = yield* (yield* TokenSession).httpClient(SessionKey.make(user))
      const { status } = yield* Effect.scoped(client.get("/v1/user"))
      return status
    })
}

const outcomeOf = (operation, args) =>
  operations[operation](...args).pipe(
    Effect.match({
      onSuccess: (value) => ({ tag: "Success", value: value ?? null }),
      onFailure: (error) => {
        // What a client fails with holds what the session failed with.
        const { _tag, reason } = error._tag === "RequestError" ? error.cause : error
        return { tag: _tag, reason: reason ?? null }
      }
    }),
    Effect.catchAllDefect((defect) => Effect.succeed({ tag: "Defect", reason: String(defect) }))
  )

process.on("message", ({ args, id, operation }) => {
  backend.runPromise(outcomeOf(operation, args)).then(
    (outcome) => process.send({ id, ...outcome }),
    (error) => process.send({ id, tag: "Defect", reason: String(error) })
  )
})
process.on("disconnect", () => process.exit())
backend.runPromise(Effect.void).then(() => process.send({ ready: true }))
