/**
 * Kills replicas and PostgreSQL at random while users sign in and use their sessions, and while Baanx fails.
 * `SEED=… npx vitest run packages/sql/test/Chaos` repeats a schedule.
 */
import { type LoggedRequest, Sandbox, type SandboxFault } from "@effect-baanx/sandbox"
import { generateKey, StoreMigrations } from "@effect-baanx/sql"
import { SqlClient } from "@effect/sql"
import { PgClient } from "@effect/sql-pg"
import { describe, expect, it } from "@effect/vitest"
import { Array as Arr, Context, DateTime, Effect, Fiber, Layer, Random, Redacted, Schedule } from "effect"
import { full } from "./Fixtures.js"
import * as Postgres from "./Postgres.js"
import { type Answer, program, type Question, replicaWith } from "./ReplicaProcess.js"
import { passInDatabase, provideSql } from "./SharedSql.js"

const size = full
  ? { replicas: 4, users: 200, rounds: 2, steps: 250, kills: 4 }
  : { replicas: 2, users: 20, rounds: 1, steps: 400, kills: 1 }

/** In seconds. A replica renews a token when a fifth to four fifteenths of its lifetime are left. */
const tokenSeconds = full ? 4 : 3
const freshMillis = (11 / 15) * tokenSeconds * 1_000

type Step =
  | { readonly kind: "use" | "signIn"; readonly user: number; readonly by: readonly [number, number] }
  | { readonly kind: "killReplica"; readonly replica: number }
  | { readonly kind: "killPostgres" }
  | { readonly kind: "fault"; readonly fault: SandboxFault }

const faults: Arr.NonEmptyReadonlyArray<SandboxFault> = [
  // Baanx refreshes, and the response is lost.
  { step: "token", times: 2, kind: "cut", afterBytes: 0 },
  { step: "token", times: 1, kind: "cut", afterBytes: 20 },
  { step: "token", times: 1, kind: "garbage", bytes: 64 },
  // Baanx does nothing.
  { step: "token", times: 3, kind: "status", status: 503 },
  { step: "token", times: 2, kind: "status", status: 429 },
  // Leaves time for a kill.
  { step: "token", times: 5, kind: "delay", millis: 200 }
]

/** All rounds, each a list of steps, derived only from the seed. */
const scheduleOf = (seed: string): ReadonlyArray<ReadonlyArray<Step>> => {
  const random = Random.make(seed)
  const below = (count: number) => random.nextIntBetween(0, count)
  const step: Effect.Effect<Step> = Effect.gen(function* () {
    const dice = yield* below(100)
    const user = yield* below(size.users)
    const replica = yield* below(size.replicas)
    const other = (replica + 1 + (yield* below(size.replicas - 1))) % size.replicas
    const fault = faults[yield* below(faults.length)] ?? faults[0]
    if (dice < 4) return { kind: "fault", fault }
    return { kind: dice < 10 ? "signIn" : "use", user, by: [replica, other] }
  })
  const kill = Effect.map(below(size.replicas), (replica): Step => ({ kind: "killReplica", replica }))
  const round = Effect.gen(function* () {
    const steps = yield* Effect.replicateEffect(step, size.steps)
    const kills = [...(yield* Effect.replicateEffect(kill, size.kills)), { kind: "killPostgres" } as const]
    const places = yield* Effect.replicateEffect(below(size.steps), kills.length)
    return kills.reduce<ReadonlyArray<Step>>((all, kill, index) => insertAt(all, places[index] ?? 0, kill), steps)
  })
  return Effect.runSync(Effect.replicateEffect(round, size.rounds))
}

const insertAt = <A>(items: ReadonlyArray<A>, place: number, item: A): ReadonlyArray<A> => [
  ...items.slice(0, place),
  item,
  ...items.slice(place)
]

/** The results of a callback that got no further than the store, or whose replica was killed. */
const notAccepted = new Set(["ReplayedStateError", "StoreError", "Down"])

const userKey = (user: number) => `user-${user}`
const users = Arr.makeBy(size.users, (user) => ({
  id: `00000000-0000-4000-8000-${String(user).padStart(12, "0")}`,
  email: `${userKey(user)}@example.com`,
  password: "sandbox-password"
}))

const report = ({ reason, tag }: Answer) => (reason === undefined ? tag : `${tag} ${reason}`)

describe.skipIf(Postgres.missing !== undefined)(`chaos (${Postgres.missing ?? "on a server of its own"})`, () => {
  it("has the same schedule for the same seed", () => {
    expect(scheduleOf("a seed")).toEqual(scheduleOf("a seed"))
    expect(scheduleOf("a seed")).not.toEqual(scheduleOf("another"))
  })

  it.scopedLive("accepts no state twice, and loses a session only in the one way that the protocol leaves open", () =>
    Effect.gen(function* () {
      // Baanx, PostgreSQL and the replicas
      const scope = yield* Effect.scope
      const context = yield* Layer.build(
        Sandbox.layer({ users, settings: { accessTokenSeconds: tokenSeconds }, maxConnections: 10_000 })
      )
      const sandbox = Context.get(context, Sandbox)
      const arm = (fault: SandboxFault) =>
        Effect.promise(() =>
          fetch(`${sandbox.baseUrl}/_sandbox/api/faults`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify(fault)
          })
        )
      const disarm = Effect.promise(() => fetch(`${sandbox.baseUrl}/_sandbox/api/faults`, { method: "DELETE" }))
      const server = yield* Postgres.start
      yield* server.createDatabase("chaos")
      const client = server.client("chaos")
      const sql = Context.get(yield* Layer.build(PgClient.layer(client)), SqlClient.SqlClient)
      yield* provideSql(StoreMigrations.migrate, sql)
      const settings = {
        baseUrl: sandbox.baseUrl,
        clientKey: sandbox.clientKey,
        redirectUri: sandbox.redirectUri,
        key: Redacted.value(yield* generateKey),
        database: { ...client, password: Redacted.value(client.password) }
      }
      const file = yield* program
      const cluster = yield* Effect.all(
        Arr.makeBy(size.replicas, () => replicaWith(file, settings)),
        { concurrency: "unbounded" }
      )
      /** The replica with this number, or the next one that is up. */
      const replica = (index: number) =>
        Arr.rotate(cluster, -index).find(({ isUp }) => isUp()) ?? Arr.headNonEmpty(cluster)

      // Collects all requests: the sandbox keeps only the newest 500.
      const requests = new Map<number, LoggedRequest>()
      const collect = Effect.map(sandbox.requests, (newest) => {
        for (const request of newest) requests.set(request.number, request)
      })
      yield* Effect.forkScoped(Effect.repeat(collect, Schedule.spaced("20 millis")))

      // What users do
      const reports = new Map<number, Array<string>>()
      const use = (operation: Question["operation"], user: number, by: number) =>
        Effect.map(replica(by).ask({ operation, user: userKey(user) }), (answer) => {
          reports.set(user, [...(reports.get(user) ?? []), report(answer)])
          return answer
        })
      const accepted = new Map<string, number>()
      const signIn = (user: number, by: readonly [number, number]) =>
        Effect.gen(function* () {
          const [one, other] = [replica(by[0]), replica(by[1])]
          const begun = yield* one.ask({ operation: "begin", user: userKey(user) })
          if (typeof begun.value !== "string") return [begun]
          const token = new URL(begun.value).searchParams.get("token") ?? ""
          const { email, password } = users[user] ?? { email: "", password: "" }
          const callback = yield* Effect.promise(async () => {
            const answer = await fetch(`${sandbox.baseUrl}/hosted/sign-in`, {
              method: "POST",
              body: new URLSearchParams({ token, email, password, action: "continue" }),
              redirect: "manual"
            })
            return answer.headers.get("location") ?? ""
          })
          // The callback arrives twice, at the other replica and at this one.
          const complete = { operation: "complete", callback, user: userKey(user) } as const
          const answers = yield* Effect.all([other.ask(complete), one.ask(complete)], { concurrency: "unbounded" })
          accepted.set(callback, answers.filter(({ tag }) => !notAccepted.has(tag)).length)
          return answers
        })

      const postgres = yield* Effect.makeSemaphore(1)
      const killed = { replicas: 0, postgres: 0 }
      const run = (step: Step): Effect.Effect<unknown> => {
        switch (step.kind) {
          case "use":
            return Effect.forEach(
              step.by,
              // If the holder of a lease was killed, others wait until the lease expires.
              (by) =>
                Effect.flatMap(Effect.forkIn(use("accessToken", step.user, by), scope), (fiber) =>
                  Effect.race(Fiber.await(fiber), Effect.sleep("300 millis"))
                ),
              { concurrency: "unbounded", discard: true }
            )
          case "signIn":
            return signIn(step.user, step.by)
          case "killReplica":
            return Effect.suspend(() => {
              const target = cluster[step.replica]
              if (target?.isUp() !== true) return Effect.void
              killed.replicas++
              return Effect.zipRight(target.kill, target.start)
            })
          case "killPostgres":
            killed.postgres++
            return postgres.withPermits(1)(Effect.zipRight(server.kill, server.restart))
          case "fault":
            return arm(step.fault)
        }
      }

      const first = yield* Effect.forEach(
        Arr.range(0, size.users - 1),
        (user) => signIn(user, [user % size.replicas, (user + 1) % size.replicas]),
        { concurrency: 16 }
      )
      expect(first.map((answers) => answers.map(({ tag }) => tag).sort())).toEqual(
        first.map(() => ["ReplayedStateError", "Success"])
      )

      for (const round of scheduleOf(process.env["SEED"] ?? "")) {
        yield* Effect.forEach(round, run, { concurrency: 24, discard: true })
        // Stops all replicas at once, for longer than any lease.
        yield* Effect.forEach(cluster, ({ kill }) => kill)
        yield* Effect.retry(passInDatabase(sql, "2 minutes"), { times: 10 })
        yield* Effect.forEach(cluster, ({ start }) => start, { concurrency: "unbounded" })
      }

      // Baanx works again, and every user uses the session once more.
      yield* disarm
      yield* collect
      const log = [...requests.values()]
      const last = yield* Effect.forEach(
        Arr.range(0, size.users - 1),
        (user) => use("useSession", user, user % size.replicas),
        { concurrency: 16 }
      )
      yield* collect

      // No request was missed.
      expect(requests.size).toBe(Math.max(...requests.keys()))

      const grants = (type: string) =>
        log.filter((request) => request.step === "token" && request.body["grant_type"] === type && request.sessionId)
      const bySession = Arr.groupBy(({ sessionId = "" }: LoggedRequest) => sessionId)

      // No state was accepted twice, neither by the replicas nor by Baanx.
      expect([...accepted.values()].filter((count) => count > 1)).toEqual([])
      const exchanges = Object.values(bySession(grants("authorization_code")))
      expect(exchanges.filter((all) => all.length > 1)).toEqual([])

      // One refresh per expiry: two refreshes of a session are never closer than a token stays fresh.
      const refreshes = Object.values(bySession(grants("refresh_token").filter(({ detail }) => detail === undefined)))
      const gaps = refreshes.flatMap((all) =>
        Arr.zipWith(all, all.slice(1), (one, next) => DateTime.distance(one.at, next.at))
      )
      expect(gaps.filter((gap) => gap < freshMillis)).toEqual([])

      // Every session works, or was lost and reported for the one possible reason.
      const all = [...reports.values()].flat()
      expect(all.filter((report) => /Defect|RefreshTokenSpent/.test(report))).toEqual([])
      const refusedTo = new Set(grants("refresh_token").map(({ detail, userId }) => detail !== undefined && userId))
      const unexplained = last.filter(({ reason, tag, value }, user) => {
        if (tag === "Success") return value !== 200
        const reported = reports.get(user)?.includes("SessionLostError RefreshNotSaved") === true
        // The replica that learned of it from Baanx may have been killed before it could report it.
        return tag !== "SessionLostError" || !(reported || (reason === "NotFound" && refusedTo.has(users[user]?.id)))
      })
      expect(unexplained).toEqual([])
      const lost = last.filter(({ tag }) => tag !== "Success").length
      expect(lost).toBeLessThan(full ? size.users / 2 : size.users)
      console.log(
        `Killed ${killed.replicas} replicas, and PostgreSQL ${killed.postgres} times: ${exchanges.length} sign-ins, ` +
          `${refreshes.flat().length} refreshes, ${lost} sessions lost because a response was not saved`
      )
    })
  )
})
