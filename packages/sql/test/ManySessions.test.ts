/**
 * The access tokens of many sessions end at the same moment, and Baanx is slow: there are more renewals than sockets.
 * `FULL=1 npx vitest run packages/sql/test/ManySessions` does it with every setting at its default, and prints how long it
 * took.
 */
import { NodeHttpClient } from "@effect-baanx/node"
import {
  AuthorizationFlow,
  Baanx,
  PendingAuthorizations,
  RedirectUri,
  SessionKey,
  TokenSession,
  TokenSet,
  TokenStore
} from "@effect-baanx/oauth"
import { type LoggedRequest, Sandbox, SandboxAdmin } from "@effect-baanx/sandbox"
import { FetchHttpClient, type HttpClient } from "@effect/platform"
import { PgClient } from "@effect/sql-pg"
import { describe, expect, it } from "@effect/vitest"
import { Array as Arr, Context, DateTime, Duration, Effect, Layer, Redacted, Schedule } from "effect"
import { full } from "./Fixtures.js"
import * as Postgres from "./Postgres.js"
import { sharedSql } from "./SharedSql.js"

/**
 * In the small size, 64 renewals on 4 sockets keep the last of them waiting for longer than a call may take; and the server
 * takes fewer connections than there are sessions, but twice 64, since fetch opens a new one where it was about to reuse one.
 */
const size = full
  ? { sessions: 1_200, millis: 1_000, timeout: undefined, connections: undefined, maxConnections: undefined }
  : ({ sessions: 160, millis: 100, timeout: "1500 millis", connections: 4, maxConnections: 140 } as const)
const { connections, maxConnections, timeout } = size

const keys = Arr.makeBy(size.sessions, (index) => SessionKey.make(`user-${index + 1}`))

/** A sandbox, and every request that it got. */
const startSandbox = Effect.gen(function* () {
  const sandbox = Context.get(yield* Layer.build(Sandbox.layer({ maxConnections })), Sandbox)
  const requests = new Map<number, LoggedRequest>()
  // It keeps the newest 500.
  const collect = Effect.map(sandbox.requests, (newest) => {
    for (const request of newest) requests.set(request.number, request)
  })
  yield* Effect.forkScoped(Effect.repeat(collect, Schedule.spaced("100 millis")))
  const refreshes = Effect.map(collect, () => {
    // None was missed.
    expect(requests.size).toBe(Math.max(...requests.keys()))
    return [...requests.values()].filter(({ body }) => body["grant_type"] === "refresh_token")
  })
  return { sandbox, refreshes }
})
type RunningSandbox = Effect.Effect.Success<typeof startSandbox>["sandbox"]

const baanx = (
  { baseUrl, clientKey }: RunningSandbox,
  http: Layer.Layer<HttpClient.HttpClient, unknown>,
  options: { readonly timeout?: Duration.DurationInput | undefined; readonly tokens?: Layer.Layer<TokenStore> } = {}
) =>
  Baanx.layerWithStores({ baseUrl, clientKey: Redacted.make(clientKey), timeout: options.timeout }).pipe(
    Layer.provide([http, options.tokens ?? TokenStore.layerMemory, PendingAuthorizations.layerMemory]),
    Layer.orDie
  )

/** Signs users in, and gives tokens that work but for the access token, which ended a moment ago. */
const expiredTokens = (sandbox: RunningSandbox) =>
  Effect.gen(function* () {
    const flow = yield* AuthorizationFlow
    const signIn = flow.signIn({
      email: "user@example.com",
      password: Redacted.make("sandbox-password"),
      redirectUri: RedirectUri.make(sandbox.redirectUri)
    })
    const signedIn = yield* Effect.all(
      keys.map(() => signIn),
      { concurrency: 16 }
    )
    const expiresAt = DateTime.subtract(yield* DateTime.now, { seconds: 1 })
    return signedIn.map((tokens) => new TokenSet({ ...tokens, expiresAt }))
  }).pipe(Effect.provide(baanx(sandbox, NodeHttpClient.layer())))

/** Asks each replica for all sessions at once, as soon as their tokens have ended and the sandbox is slow. */
const renewAll = (
  { refreshes, sandbox }: Effect.Effect.Success<typeof startSandbox>,
  replicas: Arr.NonEmptyReadonlyArray<Layer.Layer<Baanx.Baanx>>
) =>
  Effect.gen(function* () {
    const sessions = yield* Effect.forEach(replicas, (replica) =>
      Effect.map(Layer.build(replica), Context.get(TokenSession))
    )
    const expired = yield* expiredTokens(sandbox)
    yield* Effect.forEach(Arr.zip(keys, expired), ([key, tokens]) => Arr.headNonEmpty(sessions).start(key, tokens), {
      concurrency: 16
    })
    yield* Effect.flatMap(SandboxAdmin, (admin) =>
      admin.armFault({ payload: { step: "token", times: 1_000_000, kind: "delay", millis: size.millis } })
    ).pipe(
      Effect.provide(SandboxAdmin.layer.pipe(Layer.provide([FetchHttpClient.layer, Layer.succeed(Sandbox, sandbox)])))
    )

    const [took, answers] = yield* Effect.timed(
      Effect.forEach(
        sessions,
        (session) =>
          Effect.forEach(keys, (key) => Effect.either(session.accessToken(key)), { concurrency: "unbounded" }),
        { concurrency: "unbounded" }
      )
    )
    if (full) console.log(`${size.sessions} sessions on ${replicas.length} in ${Duration.format(took)}`)

    expect(answers.flatMap((answers) => Arr.getLefts(answers))).toEqual([])
    // One refresh for each session, and none that Baanx refused.
    const all = yield* refreshes
    expect(all.filter(({ status }) => status !== 200)).toEqual([])
    expect(all.length).toBe(size.sessions)
    expect(new Set(all.map(({ sessionId }) => sessionId)).size).toBe(size.sessions)
    // Everybody was given the same new token, and Baanx takes it.
    const given = answers.map((answers) => Arr.getRights(answers).map(Redacted.value))
    expect(given).toEqual(given.map(() => given[0]))
    const statuses = yield* Effect.forEach(
      keys,
      (key, index) =>
        Effect.gen(function* () {
          const client = yield* (sessions[index % sessions.length] ?? Arr.headNonEmpty(sessions)).httpClient(key)
          return (yield* Effect.scoped(client.get("/v1/user"))).status
        }),
      { concurrency: 16 }
    )
    expect(statuses).toEqual(keys.map(() => 200))
    expect((yield* refreshes).length).toBe(size.sessions)
  })

describe(`${size.sessions} sessions whose access tokens end at once, at a Baanx that takes ${size.millis} ms`, () => {
  it.scopedLive("are each renewed once on NodeHttpClient, however long they wait for a socket", () =>
    Effect.gen(function* () {
      const running = yield* startSandbox
      yield* renewAll(running, [baanx(running.sandbox, NodeHttpClient.layer({ connections }), { timeout })])
    })
  )

  it.scopedLive("are each renewed once on fetch, which is not asked for more sockets than the server takes", () =>
    Effect.gen(function* () {
      const running = yield* startSandbox
      yield* renewAll(running, [baanx(running.sandbox, FetchHttpClient.layer)])
    })
  )
})

describe.skipIf(Postgres.missing !== undefined)(`the same (${Postgres.missing ?? "on a server of its own"})`, () => {
  it.scopedLive("are each renewed once by four replicas that are all asked for all of them", () =>
    Effect.gen(function* () {
      const running = yield* startSandbox
      const server = yield* Postgres.start
      yield* server.createDatabase("sessions")
      const shared = yield* sharedSql(PgClient.layer(server.client("sessions")), Effect.succeed([]))
      const replica = Effect.map(shared.replica, ({ tokens }) =>
        baanx(running.sandbox, NodeHttpClient.layer({ connections }), { tokens: Layer.succeed(TokenStore, tokens) })
      )
      yield* renewAll(running, yield* Effect.all([replica, replica, replica, replica]))
    })
  )
})
