/**
 * The access tokens of many sessions expire at once, and Baanx is slow: there are more renewals than sockets.
 * Every setting has its default, but for the timeout of a statement. The time is printed by
 * `FULL=1 npx vitest run packages/sql/test/ManySessions`.
 */
import { NodeHttpClient } from "@effect-baanx/node"
import { AuthorizationFlow, Baanx, RedirectUri, SessionKey, TokenSession, TokenSet } from "@effect-baanx/oauth"
import { type LoggedRequest, Sandbox, SandboxAdmin } from "@effect-baanx/sandbox"
import { FetchHttpClient, type HttpClient } from "@effect/platform"
import { PgClient } from "@effect/sql-pg"
import { describe, expect, it } from "@effect/vitest"
import { Array as Arr, Context, DateTime, Duration, Effect, Layer, Redacted, Schedule } from "effect"
import * as Postgres from "./Postgres.js"
import { program, replicaWith } from "./ReplicaProcess.js"
import { sharedSql } from "./SharedSql.js"

const size = { sessions: 1_200, millis: 1_000 } as const

const keys = Arr.makeBy(size.sessions, (index) => SessionKey.make(`user-${index + 1}`))

/** A sandbox, and every refresh that it received. */
const startSandbox = Effect.gen(function* () {
  const sandbox = Context.get(yield* Layer.build(Sandbox.layer()), Sandbox)
  const requests = new Map<number, LoggedRequest>()
  // The sandbox keeps only the newest 500.
  const collect = Effect.map(sandbox.requests, (newest) => {
    for (const request of newest) requests.set(request.number, request)
  })
  yield* Effect.forkScoped(Effect.repeat(collect, Schedule.spaced("100 millis")))
  const refreshes = Effect.map(collect, () => {
    // No request was missed.
    expect(requests.size).toBe(Math.max(...requests.keys()))
    return [...requests.values()].filter(({ body }) => body["grant_type"] === "refresh_token")
  })
  return { sandbox, refreshes }
})
type Running = Effect.Effect.Success<typeof startSandbox>

/** One process of a backend. Its operations return a status, or the tag of the error. */
interface Replica {
  readonly renew: (key: SessionKey) => Effect.Effect<string>
  /** The status of a request with the session's token. */
  readonly use: (key: SessionKey) => Effect.Effect<string>
}

const baanx = ({ sandbox: { baseUrl, clientKey } }: Running, http: Layer.Layer<HttpClient.HttpClient, unknown>) =>
  Layer.orDie(Baanx.layer({ baseUrl, clientKey: Redacted.make(clientKey) }).pipe(Layer.provide(http)))

/** Tokens for every session. */
const signIns = (running: Running) =>
  Effect.gen(function* () {
    const flow = yield* AuthorizationFlow
    const signIn = flow.signIn({
      email: "user@example.com",
      password: Redacted.make("sandbox-password"),
      redirectUri: RedirectUri.make(running.sandbox.redirectUri)
    })
    return yield* Effect.forEach(keys, () => signIn, { concurrency: 16 })
  }).pipe(Effect.provide(baanx(running, NodeHttpClient.layer())))

/** Has each replica renew all sessions at once, after their tokens have expired and the sandbox has become slow. */
const renewAll = <E>(
  running: Running,
  replicas: Arr.NonEmptyReadonlyArray<Replica>,
  start: (key: SessionKey, tokens: TokenSet) => Effect.Effect<void, E>
) =>
  Effect.gen(function* () {
    const { refreshes, sandbox } = running
    const signedIn = Arr.zip(keys, yield* signIns(running))
    yield* Effect.forEach(signedIn, ([key, tokens]) => start(key, tokens), { concurrency: 16 })
    // Opens all connections to the database, as in a backend that has been running for a while.
    yield* Effect.forEach(replicas, ({ use }) => Effect.forEach(keys.slice(0, 40), use, { concurrency: 16 }), {
      concurrency: "unbounded"
    })
    const expiresAt = DateTime.subtract(yield* DateTime.now, { seconds: 1 })
    yield* Effect.forEach(signedIn, ([key, tokens]) => start(key, new TokenSet({ ...tokens, expiresAt })), {
      concurrency: 16
    })
    yield* Effect.flatMap(SandboxAdmin, (admin) =>
      admin.armFault({ payload: { step: "token", times: 1_000_000, kind: "delay", millis: size.millis } })
    ).pipe(
      Effect.provide(SandboxAdmin.layer.pipe(Layer.provide([FetchHttpClient.layer, Layer.succeed(Sandbox, sandbox)])))
    )

    const [took, answers] = yield* Effect.timed(
      Effect.forEach(replicas, ({ renew }) => Effect.forEach(keys, renew, { concurrency: "unbounded" }), {
        concurrency: "unbounded"
      })
    )
    console.log(`${keys.length} sessions renewed in ${Duration.toSeconds(took)} s by ${replicas.length}`)

    expect(answers.flat().filter((answer) => answer !== "Success")).toEqual([])
    // One refresh per session, and none that Baanx refused.
    const all = yield* refreshes
    expect(all.filter(({ status }) => status !== 200)).toEqual([])
    expect(all.length).toBe(keys.length)
    expect(new Set(all.map(({ sessionId }) => sessionId)).size).toBe(keys.length)
    // Each replica has the new tokens, and Baanx accepts them.
    const used = yield* Effect.forEach(
      keys,
      (key, index) => (replicas[index % replicas.length] ?? replicas[0]).use(key),
      { concurrency: 16 }
    )
    expect(used.filter((answer) => answer !== "200")).toEqual([])
    expect((yield* refreshes).length).toBe(keys.length)
  })

const renewAllHere = (http: Layer.Layer<HttpClient.HttpClient, unknown>) =>
  Effect.gen(function* () {
    const running = yield* startSandbox
    const session = Context.get(yield* Layer.build(baanx(running, http)), TokenSession)
    const statusOf = Effect.match({ onFailure: ({ message }: Error) => message, onSuccess: String })
    const replica: Replica = {
      renew: (key) => statusOf(Effect.as(session.accessToken(key), "Success")),
      use: (key) =>
        statusOf(
          Effect.flatMap(session.httpClient(key), (client) =>
            Effect.scoped(Effect.map(client.get("/v1/user"), ({ status }) => status))
          )
        )
    }
    yield* renewAll(running, [replica], session.start)
  })

describe(`${keys.length} sessions whose access tokens expire at once, at a Baanx that takes ${size.millis} ms`, () => {
  it.scopedLive("are each renewed once on NodeHttpClient, however long they wait for a socket", () =>
    renewAllHere(NodeHttpClient.layer())
  )

  it.scopedLive("are each renewed once on fetch, with no more connections than the server accepts", () =>
    renewAllHere(FetchHttpClient.layer)
  )

  describe.skipIf(Postgres.missing !== undefined)(Postgres.missing ?? "on a PostgreSQL", () => {
    it.scopedLive("are each renewed once by four processes that all use all of them", () =>
      Effect.gen(function* () {
        const running = yield* startSandbox
        const { baseUrl, clientKey, redirectUri } = running.sandbox
        const server = yield* Postgres.start
        yield* server.createDatabase("sessions")
        const client = server.client("sessions")
        const shared = yield* sharedSql(PgClient.layer(client), Effect.succeed([]))
        const file = yield* program
        const replica = replicaWith(file, {
          baseUrl,
          clientKey,
          redirectUri,
          key: Redacted.value(shared.key),
          // 1,200 callers wait for ten connections: on a busy machine, longer than the default of 5 seconds.
          statementTimeout: 60_000,
          database: { ...client, password: Redacted.value(client.password) }
        }).pipe(
          Effect.map(({ ask }): Replica => ({
            renew: (user) =>
              Effect.map(ask({ operation: "accessToken", user }), ({ reason = "", tag }) => `${tag} ${reason}`.trim()),
            use: (user) => Effect.map(ask({ operation: "useSession", user }), ({ tag, value = tag }) => String(value))
          }))
        )
        const replicas = yield* Effect.all([replica, replica, replica, replica], { concurrency: "unbounded" })
        const { tokens } = yield* shared.replica
        yield* renewAll(running, replicas, tokens.put)
      })
    )
  })
})
