/**
 * Random interleavings of everything that happens to sessions, on two replicas that share a store, against the sandbox with
 * every fault it knows. Afterwards, what Baanx and the store hold has to agree.
 *
 * `MODEL_SEED=… npx vitest run packages/oauth/test/SessionModel` repeats a run.
 */
import {
  AuthorizationFlow,
  Baanx,
  PendingAuthorizations,
  RedirectUri,
  SessionKey,
  TokenSession,
  type TokenSet,
  TokenStore,
  type TokenStoreShape
} from "@effect-baanx/oauth"
import { Sandbox, SandboxAdmin, type SandboxFaultName, sandboxFaultNames } from "@effect-baanx/sandbox"
import { HttpClient, HttpClientRequest, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import {
  Array as Arr,
  Cause,
  Clock,
  Context,
  Duration,
  Effect,
  Either,
  Exit,
  FastCheck,
  Fiber,
  Layer,
  Logger,
  LogLevel,
  Option,
  Random,
  Record,
  Redacted,
  Scope
} from "effect"
import { createHash } from "node:crypto"
import { visit } from "./Browser.js"
import { sandboxPassword } from "./Fixtures.js"
import { full } from "./Size.js"

/** One key each, since a revocation of the `oauth` family ends all tokens of a user. */
const users = Arr.makeBy(3, (index) => ({
  id: `00000000-0000-4000-8000-00000000000${index}`,
  email: `user-${index}@example.com`,
  password: sandboxPassword
}))
const keyOf = (user: number) => SessionKey.make(`user-${user}`)

/** Short lives, so that every kind of end comes up. */
const settings = { accessTokenSeconds: 600, refreshTokenSeconds: 6_000, hostedRefreshTokenSeconds: 6_000 }

type Fault =
  | { readonly kind: SandboxFaultName }
  | { readonly kind: "cut"; readonly afterBytes: number }
  | { readonly kind: "garbage"; readonly bytes: number }
  | { readonly kind: "status"; readonly status: number; readonly retryAfterSeconds?: number }
  | { readonly kind: "delay"; readonly millis: number }

const faults: ReadonlyArray<Fault> = [
  ...Record.keys(sandboxFaultNames).map((kind) => ({ kind })),
  { kind: "cut", afterBytes: 0 },
  { kind: "cut", afterBytes: 20 },
  { kind: "garbage", bytes: 64 },
  { kind: "status", status: 503 },
  { kind: "status", status: 429, retryAfterSeconds: 30 },
  { kind: "delay", millis: 3_000 },
  { kind: "delay", millis: 30_000 }
]

const steps = {
  oauth: { token: "token", revoke: "revoke", user: "user" },
  oauth2: { token: "hostedToken", revoke: "hostedRevoke", user: "user" }
} as const

type Place = keyof (typeof steps)["oauth"]

/** The requests that a fault may befall. */
const placesOf = ({ kind }: Fault): ReadonlyArray<Place> => {
  if (kind.startsWith("revoke")) return ["revoke"]
  return /^(?:status|delay|client|invalid|unauthorized|temporarily|gateway|retry|access)/.test(kind)
    ? ["token", "revoke", "user"]
    : ["token"]
}

/** The tokens are issued or end, and nobody hears of it. */
const isLoss = /^(?:cut|garbage|delay)$/
/** The session ends at Baanx. */
const isEnd = /^refused/

const who = FastCheck.nat(users.length - 1)
const by = FastCheck.nat(1)
const operation = FastCheck.record({
  act: FastCheck.constantFrom(
    ...(["signIn", "signIn", "use", "use", "use", "call", "call", "signOut", "signOut", "forget"] as const)
  ),
  who,
  by
})
const kill = FastCheck.record({ act: FastCheck.constant("kill"), by })
const fault = FastCheck.constantFrom(...faults).chain((fault) =>
  FastCheck.record({
    act: FastCheck.constant("fault"),
    fault: FastCheck.constant(fault),
    at: FastCheck.constantFrom(...placesOf(fault)),
    times: FastCheck.integer({ min: 1, max: 3 })
  })
)
/** Milliseconds until the next act. */
const then = FastCheck.constantFrom(0, 0, 5, 40, 200, 2_000, 60_000, 400_000, 700_000)

const life = FastCheck.record({
  pathFamily: FastCheck.constantFrom("oauth" as const, "oauth2" as const),
  pauses: FastCheck.integer(),
  acts: FastCheck.array(
    FastCheck.tuple(
      FastCheck.oneof(
        { weight: 14, arbitrary: operation },
        { weight: 1, arbitrary: kill },
        { weight: 4, arbitrary: fault }
      ),
      then
    ),
    { minLength: 5, maxLength: 40 }
  )
})
type Life = typeof life extends FastCheck.Arbitrary<infer A> ? A : never

const sha256 = (token: string) => createHash("sha256").update(token).digest("hex")

const hashesOf = ({ accessToken, refreshToken }: TokenSet) =>
  [accessToken, ...(refreshToken === undefined ? [] : [refreshToken])].map((token) =>
    sha256(Redacted.value<string>(token))
  )

const refreshTokenIn = ({ body }: HttpClientRequest.HttpClientRequest): string | undefined => {
  if (body._tag !== "Uint8Array") return undefined
  const sent: { readonly grant_type?: string; readonly refresh_token?: string } = JSON.parse(
    new TextDecoder().decode(body.body)
  )
  return sent.grant_type === "refresh_token" ? sent.refresh_token : undefined
}

/** Lets what waits for a promise go on: a body is read by one. */
const settle = Effect.promise(async () => {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve))
})

/** Stands still until all that could happen has happened, then goes on to the next sleeper. */
class SimulatedClock implements Clock.Clock {
  readonly [Clock.ClockTypeId]: Clock.ClockTypeId = Clock.ClockTypeId
  readonly currentTimeMillis = Effect.sync(() => this.#now)
  readonly currentTimeNanos = Effect.sync(() => this.unsafeCurrentTimeNanos())
  #now = 0
  readonly #sleepers = new Map<() => void, number>()

  unsafeCurrentTimeMillis(): number {
    return this.#now
  }

  unsafeCurrentTimeNanos(): bigint {
    return BigInt(this.#now) * 1_000_000n
  }

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    return Effect.async((resume) => {
      const wake = () => resume(Effect.void)
      this.#sleepers.set(wake, this.#now + Math.ceil(Duration.toMillis(duration)))
      return Effect.sync(() => this.#sleepers.delete(wake))
    })
  }

  readonly pass = (millis: number): Effect.Effect<void> =>
    Effect.gen(this, function* () {
      const end = this.#now + millis
      while (true) {
        yield* settle
        const [next] = [...this.#sleepers].sort(([, one], [, other]) => one - other)
        if (next === undefined || next[1] > end) break
        this.#now = next[1]
        this.#sleepers.delete(next[0])
        next[0]()
      }
      this.#now = end
    })
}

const live = ({ acts, pathFamily, pauses }: Life, { pass }: SimulatedClock) =>
  Effect.gen(function* () {
    const sandbox = yield* Sandbox
    const admin = yield* SandboxAdmin
    const client = yield* HttpClient.HttpClient
    const store = yield* TokenStore
    const pending = yield* PendingAuthorizations
    const redirectUri = RedirectUri.make(sandbox.redirectUri)
    const config = { baseUrl: sandbox.baseUrl, clientKey: Redacted.make(sandbox.clientKey), pathFamily }
    const servicesOver = (http: HttpClient.HttpClient, tokens: TokenStoreShape, scope: Scope.Scope) =>
      Layer.buildWithScope(
        Baanx.layerWithStores(config).pipe(
          Layer.orDie,
          Layer.provide([
            Layer.succeed(HttpClient.HttpClient, http),
            Layer.succeed(TokenStore, tokens),
            Layer.succeed(PendingAuthorizations, pending)
          ])
        ),
        scope
      )

    const random = Random.make(pauses)
    const pause = Effect.flatMap(random.nextIntBetween(0, 30), (millis) => Effect.sleep(millis))

    /** Refresh tokens whose successors are stored, those on their way, and those sent although they were either. */
    const replaced = new Set<string>()
    const sending = new Set<string>()
    const sentTwice: Array<string> = []

    /** Everything that a process says and hears takes its time, and ends nowhere once the process is dead. */
    const startReplica = Effect.gen(function* () {
      let isDead = false
      const ifAlive = <A, E>(effect: Effect.Effect<A, E>) =>
        Effect.suspend(() => (isDead ? Effect.never : Effect.zipRight(pause, effect)))
      const slowly = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
        ifAlive(Effect.suspend(() => (isDead ? Effect.never : effect))).pipe(
          Effect.exit,
          Effect.flatMap((exit) => ifAlive(Effect.suspend(() => (isDead ? Effect.never : exit))))
        )

      const http = HttpClient.make((request) => {
        // In one piece, as by a transport that reads small bodies ahead.
        const send = Effect.flatMap(client.execute(request), (response) =>
          Effect.map(response.text, (text) =>
            HttpClientResponse.fromWeb(
              request,
              new Response(response.status === 204 ? null : text, {
                headers: response.headers,
                status: response.status
              })
            )
          )
        )
        const token = refreshTokenIn(request)
        if (token === undefined) return slowly(send)
        const sendOnce = Effect.suspend(() => {
          if (replaced.has(token) || sending.has(token)) sentTwice.push(token)
          sending.add(token)
          return Effect.ensuring(
            send,
            Effect.sync(() => sending.delete(token))
          )
        })
        return slowly(sendOnce)
      })

      const save: TokenStoreShape["save"] = (key, fence, tokens) =>
        Effect.gen(function* () {
          const before = yield* store.get(key)
          const saved = yield* store.save(key, fence, tokens)
          const old = Option.isSome(before) ? before.value.tokens.refreshToken : undefined
          const now = tokens.refreshToken
          if (saved && old && now && Redacted.value(old) !== Redacted.value(now)) replaced.add(Redacted.value(old))
          return saved
        })
      const tokens: TokenStoreShape = {
        get: (key) => slowly(store.get(key)),
        put: (key, tokens) => slowly(store.put(key, tokens)),
        lease: (...asked) => slowly(store.lease(...asked)),
        save: (key, fence, tokens) => slowly(save(key, fence, tokens)),
        release: (...asked) => slowly(store.release(...asked)),
        remove: (...asked) => slowly(store.remove(...asked))
      }
      const scope = yield* Scope.make()
      const services = yield* servicesOver(http, tokens, scope)
      return {
        flow: Context.get(services, AuthorizationFlow),
        session: Context.get(services, TokenSession),
        /** The users that it is at work for. */
        busy: new Map<number, number>(),
        revoking: new Set<number>(),
        kill: () => {
          isDead = true
        },
        stop: Scope.close(scope, Exit.void)
      }
    })
    const replicas = [yield* startReplica, yield* startReplica]
    const replica = (index: number) => replicas[index] ?? Effect.runSync(Effect.dieMessage("no such replica"))

    /** Sign-ins begin, and users visit the pages, at once. */
    const desk = Context.get(yield* servicesOver(client, store, yield* Effect.scope), AuthorizationFlow)
    const callbackOf = (user: number) =>
      Effect.gen(function* () {
        const { browserUrl } = yield* desk.begin({ redirectUri })
        const { email = "", password = "" } = users[user] ?? {}
        return yield* visit(browserUrl, redirectUri, { email, password })
      })

    /** Why tokens of a user may be alive that no store knows, or their session be over though nobody ended it. */
    const reasons = new Map<number, Set<string>>()
    const excuse = (user: number, reason: string) => reasons.set(user, (reasons.get(user) ?? new Set()).add(reason))
    const history: Array<string> = []

    const starting = new Set<number>()
    const signIn = (user: number, index: number, callback: URL) =>
      Effect.gen(function* () {
        const { flow, session } = replica(index)
        const tokens = yield* Effect.tapError(flow.complete(callback), () =>
          Effect.sync(() => excuse(user, "an exchange failed"))
        )
        const replaces = Option.isSome(yield* store.get(keyOf(user)))
        if ((pathFamily === "oauth" && replaces) || starting.has(user)) excuse(user, "started over a session")
        // What was replaced is revoked in the background.
        if (replaces) replica(index).revoking.add(user)
        starting.add(user)
        yield* session.start(keyOf(user), tokens)
        starting.delete(user)
      })

    const operate = (
      act: Exclude<Life["acts"][number][0]["act"], "kill" | "fault">,
      user: number,
      index: number,
      callback: URL
    ): Effect.Effect<unknown, unknown> => {
      const { session } = replica(index)
      switch (act) {
        case "signIn":
          return signIn(user, index, callback)
        case "use":
          return session.accessToken(keyOf(user))
        case "call":
          return Effect.flatMap(session.httpClient(keyOf(user)), (client) => client.get("/v1/user"))
        case "signOut":
          return session.signOut(keyOf(user))
        case "forget":
          excuse(user, "forgotten")
          return session.forget(keyOf(user))
        default:
          return Effect.dieMessage(`unknown act ${act}`)
      }
    }

    for (const [act, then] of acts) {
      if ("fault" in act) {
        const { at, fault, times } = act
        const request = HttpClientRequest.post(`${sandbox.baseUrl}/_sandbox/api/faults`)
        const armed = { ...fault, times, step: steps[pathFamily][at] }
        yield* client.execute(HttpClientRequest.bodyUnsafeJson(request, armed))
        history.push(`fault ${fault.kind} at ${at}`)
      } else if (!("who" in act)) {
        replica(act.by).kill()
        const { busy, revoking } = replica(act.by)
        for (const user of users.keys()) {
          if (revoking.has(user) || (busy.get(user) ?? 0) > 0) excuse(user, "a replica was killed")
        }
        replicas[act.by] = yield* startReplica
        history.push(`kill ${act.by}`)
      } else {
        const { busy } = replica(act.by)
        const callback = act.act === "signIn" ? yield* callbackOf(act.who) : new URL(redirectUri)
        const count = (change: number) => busy.set(act.who, (busy.get(act.who) ?? 0) + change)
        count(1)
        const fiber = yield* Effect.fork(operate(act.act, act.who, act.by, callback))
        fiber.addObserver((exit) => {
          count(-1)
          const outcome = Exit.isSuccess(exit) ? "done" : (Cause.pretty(exit.cause).split("\n", 1)[0] ?? "")
          history.push(`${act.act} ${act.who} by ${act.by}: ${outcome}`)
        })
      }
      yield* pass(then)
    }

    // All is well again, and every lease of the dead is over.
    yield* admin.disarmFaults()
    yield* pass(300_000)
    const busy = replicas.flatMap(({ busy }) => [...busy.values()]).reduce((sum, count) => sum + count, 0)
    assert.strictEqual(busy, 0, `an operation never ended\n${history.join("\n")}`)

    for (const { fault = "", step = "", userId } of yield* sandbox.requests) {
      const user = users.findIndex(({ id }) => id === userId)
      if (fault.split(", ").some((kind) => isEnd.test(kind) || (isLoss.test(kind) && /oken$/.test(step)))) {
        excuse(user, fault)
      }
    }

    const session = replica(0).session
    const soon = <A, E>(effect: Effect.Effect<A, E>) =>
      Effect.gen(function* () {
        const fiber = yield* Effect.fork(Effect.either(effect))
        yield* pass(5_000)
        return yield* Fiber.join(fiber)
      })
    const liveTokens = (user: number) =>
      Effect.map(admin.tokens(), (tokens) => tokens.filter(({ live, userId }) => live && userId === users[user]?.id))

    for (const user of users.keys()) {
      const key = keyOf(user)
      const excuses = [...(reasons.get(user) ?? [])]
      const wasStored = Option.isSome(yield* store.get(key))
      const seen = yield* soon(Effect.flatMap(session.httpClient(key), (client) => client.get("/v1/user")))
      const stored = yield* store.get(key)
      const known = Option.isSome(stored) ? hashesOf(stored.value.tokens) : []
      const [ofSession, others] = Arr.partition(yield* liveTokens(user), ({ sha256 }) => !known.includes(sha256))
      const said = `user ${user}, ${excuses.join(", ") || "no excuse"}\n${history.join("\n")}\n`

      // The view of the module is that of Baanx: both tokens work, or there is no session.
      if (Either.isRight(seen)) {
        assert.strictEqual(seen.right.status, 200, said)
        assert.strictEqual(ofSession.length, known.length, `${said}the tokens of the session are alive`)
      }
      assert.strictEqual(Option.isSome(stored), Either.isRight(seen), `${said}what is stored works`)
      if (excuses.length === 0) {
        assert.strictEqual(Option.isSome(stored), wasStored, `${said}nobody is signed out`)
        assert.strictEqual(others.length, 0, `${said}no token is alive that no store knows`)
      }

      const left = yield* soon(session.signOut(key))
      assert.isTrue(Either.isRight(left), `${said}a sign-out succeeds`)
      const remaining = yield* liveTokens(user)
      if (excuses.length === 0 || (pathFamily === "oauth" && Option.isSome(stored))) {
        assert.strictEqual(remaining.length, 0, `${said}nothing is alive after a sign-out`)
      }
    }
    assert.deepStrictEqual(sentTwice, [], `no refresh token is sent twice\n${history.join("\n")}`)
    for (const { stop } of replicas) yield* stop
    return history
  })

const world = SandboxAdmin.layer.pipe(
  Layer.provideMerge(Sandbox.layerHttpClient({ seed: "model", users, settings })),
  Layer.merge(TokenStore.layerMemory),
  Layer.merge(PendingAuthorizations.layerMemory)
)

const runs = Number(process.env["MODEL_RUNS"] ?? (full ? 1_000 : 50))

describe("a session, whatever happens", () => {
  it(`is alive or over as it is at Baanx, in ${runs} random lives`, async () => {
    const seed = Number(process.env["MODEL_SEED"] ?? Math.trunc(Math.random() * 2 ** 31))
    console.log(`MODEL_SEED=${seed}`)
    await FastCheck.assert(
      FastCheck.asyncProperty(life, (life) => {
        const clock = new SimulatedClock()
        return Effect.runPromise(
          Effect.asVoid(live(life, clock)).pipe(
            Effect.scoped,
            Effect.provide(world),
            Effect.withClock(clock),
            Logger.withMinimumLogLevel(LogLevel.None)
          )
        )
      }),
      { numRuns: runs, seed }
    )
  })
})
