/** A replica of a backend, which `ReplicaProcess.ts` starts, calls and kills. */
import { AuthorizationFlow } from "@effect-baanx/oauth/AuthorizationFlow"
import * as Baanx from "@effect-baanx/oauth/Baanx"
import { RedirectUri } from "@effect-baanx/oauth/RedirectUri"
import { TokenSession } from "@effect-baanx/oauth/TokenSession"
import { SessionKey } from "@effect-baanx/oauth/TokenStore"
import { KeyRing } from "@effect-baanx/sql/KeyRing"
import * as PendingAuthorizationsSql from "@effect-baanx/sql/PendingAuthorizationsSql"
import { StatementTimeout } from "@effect-baanx/sql/StatementTimeout"
import * as TokenStoreSql from "@effect-baanx/sql/TokenStoreSql"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"

export const Settings = Schema.Struct({
  baseUrl: Schema.String,
  clientKey: Schema.Redacted(Schema.String),
  redirectUri: RedirectUri,
  key: Schema.Redacted(Schema.String),
  statementTimeout: Schema.optional(Schema.DurationFromMillis),
  database: Schema.Struct({
    host: Schema.String,
    port: Schema.Number,
    database: Schema.String,
    username: Schema.String,
    password: Schema.Redacted(Schema.String)
  })
})

export const Question = Schema.Struct({
  id: Schema.Number,
  operation: Schema.Literal("begin", "complete", "accessToken", "useSession"),
  callback: Schema.optional(Schema.String),
  user: SessionKey
})

export const Answer = Schema.Struct({
  id: Schema.Number,
  tag: Schema.String,
  reason: Schema.optional(Schema.String),
  value: Schema.optional(Schema.Union(Schema.String, Schema.Number))
})

const { baseUrl, clientKey, database, key, redirectUri, statementTimeout } = Schema.decodeUnknownSync(
  Schema.parseJson(Settings)
)(process.argv[2])

const StoresLive = Layer.merge(PendingAuthorizationsSql.layer, TokenStoreSql.layer).pipe(
  Layer.provide([
    KeyRing.layer([key]),
    statementTimeout === undefined ? Layer.empty : Layer.succeed(StatementTimeout, statementTimeout),
    // PostgreSQL may be restarting.
    Layer.retry(PgClient.layer(database), Schedule.spaced("100 millis"))
  ])
)
const backend = ManagedRuntime.make(
  Baanx.layerWithStores({ baseUrl, clientKey }).pipe(
    Layer.provide([StoresLive, FetchHttpClient.layer, Logger.remove(Logger.defaultLogger)])
  )
)

const run = ({ callback = "", operation, user }: typeof Question.Type) =>
  Effect.gen(function* () {
    const flow = yield* AuthorizationFlow
    const session = yield* TokenSession
    switch (operation) {
      case "begin":
        return Redacted.value((yield* flow.begin({ redirectUri })).browserUrl).href
      case "complete": {
        const tokens = yield* flow.complete(callback)
        // Not retried: the tokens may have been stored, and refreshed by another replica since.
        return yield* Effect.ignore(session.start(user, tokens))
      }
      case "accessToken":
        return yield* Effect.asVoid(session.accessToken(user))
      case "useSession": {
        const client = yield* session.httpClient(user)
        // Shows whether Baanx accepts the token.
        return (yield* Effect.scoped(client.get("/v1/user"))).status
      }
    }
  })

const answerTo = (question: typeof Question.Type) =>
  run(question).pipe(
    Effect.match({
      onSuccess: (value) => ({ tag: "Success", value: value ?? undefined }),
      onFailure: (error) => {
        // The HTTP client's error has the session's error as its cause.
        const cause = error._tag === "RequestError" ? error.cause : error
        return {
          tag: Predicate.hasProperty(cause, "_tag") ? String(cause._tag) : "Unknown",
          reason: Predicate.hasProperty(cause, "reason") ? String(cause.reason) : undefined
        }
      }
    }),
    Effect.catchAllDefect((defect) => Effect.succeed({ tag: "Defect", reason: String(defect) })),
    Effect.map((answer): typeof Answer.Type => ({ id: question.id, ...answer }))
  )

process.on("message", (message) => {
  const question = Schema.decodeUnknownSync(Question)(message)
  void backend.runPromise(answerTo(question)).then((answer) => process.send?.(answer))
})
process.on("disconnect", () => process.exit())
void backend.runPromise(Effect.void).then(() => process.send?.("ready"))
