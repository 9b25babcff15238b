/**
 * Random interleavings of everything that can happen to sessions, on two replicas that share a store, against the
 * sandbox with all of its faults. Afterwards, Baanx and the store have to agree.
 *
 * `MODEL_RUNS` sets the number of random lives.
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

/** Each has one session key, since a revocation in the `oauth` family ends all tokens of a user. */
const users = Arr.makeBy(3, (index) => ({
  id: `00000000-0000-4000-8000-00000000000${index}`,
  email: `user-${index}@example.com`,
  password: sandboxPassword
}))
const keyOf = (user: number) => SessionKey.make(`user-${user}`)

/** A short lifetime, so that most uses come after the access token has expired. */
const settings = { accessTokenSeconds: 600 }

type Fault =
  | { readonly kind: SandboxFaultName }
  | { readonly kind: "cut"; readonly afterBytes: number }
  | { readonly kind: "garbage"; readonly bytes: number }
  | { readonly kind: "status"; readonly status: number; readonly retryAfterSeconds?: number }
  | { readonly kind: "delay"; readonly millis: number }

const named = (kinds: RegExp): ReadonlyArray<Fault> =>
  Record.keys(sandboxFaultNames)
    .filter((kind) => kinds.test(kind))
    .map((kind) => ({ kind }))

/** Grouped by what they affect, so that each kind of fault is equally likely. */
const faults: ReadonlyArray<ReadonlyArray<Fault>> = [
  named(/^(?:scope|id-token|token-type|refresh-expiry|expires-in|content-type|long|odd|continue)/),
  named(/^no-refresh-token$/),
  named(/^refused/),
  named(/^(?:client|invalid|unauthorized|temporarily|gateway|retry)/),
  named(/^revoke/),
  named(/^access/),
  [
    { kind: "cut", afterBytes: 0 },
    { kind: "cut", afterBytes: 20 },
    { kind: "garbage", bytes: 64 }
  ],
  [
    { kind: "status", status: 503 },
    { kind: "status", status: 429, retryAfterSeconds: 30 },
    { kind: "delay", millis: 3_000 },
    { kind: "delay", millis: 30_000 }
  ]
]

const steps = {
  oauth: { token: "token", revoke: "revoke", user: "user" },
  oauth2: { token: "hostedToken", revoke: "hostedRevoke", user: "user" }
} as const

type Place = keyof (typeof steps)["oauth"]

/** The requests that a fault can apply to. */
const placesOf = ({ kind }: Fault): ReadonlyArray<Place> => {
  if (kind.startsWith("revoke")) return ["revoke"]
  return /^(?:status|delay|client|invalid|unauthorized|temporarily|gateway|retry|access)/.test(kind)
    ? ["token", "revoke", "user"]
    : ["token"]
}

/** Baanx issues or revokes tokens, but the response is lost. */
const isLoss = /^(?:cut|garbage|delay)$/
/** Baanx ends the session. */
const isEnd = /^refused/

const by = FastCheck.nat(1)
const operation = FastCheck.record({
  act: FastCheck.constantFrom("signIn", "use", "use", "call", "call", "signOut", "signOut", "forget"),
  by,
  /** Milliseconds until the next operation. */
  wait: FastCheck.constantFrom(0, 0, 5, 20, 60)
})
/** A value once in `times`, otherwise null. */
const sometimes = <A>(arbitrary: FastCheck.Arbitrary<A>, times: number): FastCheck.Arbitrary<A | null> =>
  FastCheck.oneof({ weight: times - 1, arbitrary: FastCheck.constant(null) }, { weight: 1, arbitrary })

/** What one user does in quick succession. */
const visitOf = FastCheck.record({
  user: FastCheck.nat(users.length - 1),
  signsIn: FastCheck.boolean(),
  operations: FastCheck.array(operation, { minLength: 1, maxLength: 4 })
})
const fault = FastCheck.oneof(...faults.map((group) => FastCheck.constantFrom(...group))).chain((fault) =>
  FastCheck.record({
    fault: FastCheck.constant(fault),
    at: FastCheck.constantFrom(...placesOf(fault)),
    times: FastCheck.integer({ min: 1, max: 2 })
  })
)

const life = FastCheck.record({
  pathFamily: FastCheck.constantFrom("oauth" as const, "oauth2" as const),
  pauses: FastCheck.integer(),
  events: FastCheck.array(
    FastCheck.record({
      /** Milliseconds before the event: tokens may be fresh, due for renewal or expired. */
      wait: FastCheck.constantFrom(0, 500, 60_000, 520_000, 520_000, 700_000),
      fault: sometimes(fault, 2),
      killed: sometimes(by, 15),
      visit: visitOf
    }),
    { minLength: 3, maxLength: 12 }
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

/** Lets fibers that wait for a promise continue: bodies are read through promises. */
const settle = Effect.promise(async () => {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve))
})

/** Moves to the next sleeper only once no other fiber can make progress. */
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

const live = ({ events, pathFamily, pauses }: Life, { pass }: SimulatedClock) =>
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

    const arm = ({ at, fault, times }: { readonly fault: Fault; readonly at: Place; readonly times: number }) =>
      client.execute(
        HttpClientRequest.bodyUnsafeJson(HttpClientRequest.post(`${sandbox.baseUrl}/_sandbox/api/faults`), {
          ...fault,
          times,
          step: steps[pathFamily][at]
        })
      )

    const random = Random.make(pauses)
    const pause = Effect.flatMap(random.nextIntBetween(0, 30), (millis) => Effect.sleep(millis))

    /** Refresh tokens whose successors are stored, those being sent, and those sent while they were in either set. */
    const replaced = new Set<string>()
    const sending = new Set<string>()
    const sentTwice: Array<string> = []

    /** A process whose calls to Baanx and the store each take a random time, and never return once it is dead. */
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
        // Reads the body at once, like a transport that reads small bodies ahead.
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
        /** The number of running operations by user. */
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

    /** Begins sign-ins and visits the pages without delay: only what follows is interleaved. */
    const desk = Context.get(yield* servicesOver(client, store, yield* Effect.scope), AuthorizationFlow)
    const callbackOf = (user: number) =>
      Effect.gen(function* () {
        const { browserUrl } = yield* desk.begin({ redirectUri })
        const { email = "", password = "" } = users[user] ?? {}
        return yield* visit(browserUrl, redirectUri, { email, password })
      })

    /** Users with live tokens that the store may not have, and users whose session may be lost. */
    const unknown = new Set<number>()
    const lost = new Set<number>()
    /** Users whose session was reported as ended by Baanx. */
    const ended = new Set<number>()
    const history: Array<string> = []

    const starting = new Set<number>()
    const acts: Array<{ readonly act: string; readonly user: number }> = []
    const signIn = (user: number, index: number, callback: URL) =>
      Effect.gen(function* () {
        const { flow, revoking, session } = replica(index)
        const tokens = yield* Effect.tapError(flow.complete(callback), () => Effect.sync(() => unknown.add(user)))
        const replaces = Option.isSome(yield* store.get(keyOf(user)))
        // In the oauth family, the replaced tokens cannot be revoked without the new ones.
        if ((pathFamily === "oauth" && replaces) || starting.has(user)) unknown.add(user)
        starting.add(user)
        yield* session.start(keyOf(user), tokens)
        starting.delete(user)
        if (replaces) revoking.add(user)
      })

    const operate = (act: string, user: number, index: number, callback: URL): Effect.Effect<unknown, unknown> => {
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
        default:
          unknown.add(user)
          return session.forget(keyOf(user))
      }
    }

    const begin = (act: string, user: number, index: number) =>
      Effect.gen(function* () {
        const { busy } = replica(index)
        const callback = act === "signIn" ? yield* callbackOf(user) : new URL(redirectUri)
        const count = (change: number) => busy.set(user, (busy.get(user) ?? 0) + change)
        count(1)
        // In the oauth family, a sign-out ends all tokens of the user, including those of a sign-in under way.
        const underWay = new Set([act, ...acts.filter((other) => other.user === user).map(({ act }) => act)])
        if (pathFamily === "oauth" && underWay.has("signIn") && underWay.has("signOut")) lost.add(user)
        const mine = { act, user }
        acts.push(mine)
        const fiber = yield* Effect.fork(operate(act, user, index, callback))
        fiber.addObserver((exit) => {
          count(-1)
          acts.splice(acts.indexOf(mine), 1)
          const outcome = Exit.isSuccess(exit) ? "done" : (Cause.pretty(exit.cause).split("\n", 1)[0] ?? "")
          history.push(`${act} ${user} by ${index}: ${outcome}`)
          // A sign-out that failed may have revoked one of the tokens.
          if (act === "signOut" && Exit.isFailure(exit)) lost.add(user)
          if (/spent or revoked|before it saved them|there is no refresh token/.test(outcome)) ended.add(user)
        })
      })

    for (const { fault, killed, visit, wait } of events) {
      yield* pass(wait)
      const { operations, signsIn, user } = visit
      if (signsIn && Option.isNone(yield* store.get(keyOf(user)))) {
        yield* begin("signIn", user, 0)
        yield* pass(1_000)
      }
      if (fault !== null) {
        yield* arm(fault)
        history.push(`fault ${fault.fault.kind} at ${fault.at}`)
      }
      for (const { act, by, wait } of operations) {
        yield* begin(act, user, by)
        yield* pass(wait)
      }
      if (killed !== null) {
        const { busy, kill, revoking } = replica(killed)
        kill()
        for (const user of users.keys()) {
          if (!revoking.has(user) && (busy.get(user) ?? 0) === 0) continue
          unknown.add(user)
          lost.add(user)
        }
        replicas[killed] = yield* startReplica
        history.push(`kill ${killed}`)
      }
    }

    // Waits until the leases of dead processes have expired.
    yield* admin.disarmFaults()
    yield* pass(300_000)
    const busy = replicas.flatMap(({ busy }) => [...busy.values()]).reduce((sum, count) => sum + count, 0)
    assert.strictEqual(busy, 0, `an operation never ended\n${history.join("\n")}`)

    for (const { fault = "", step = "", userId } of yield* sandbox.requests) {
      const user = users.findIndex(({ id }) => id === userId)
      const kinds = fault.split(", ")
      if (kinds.some((kind) => isEnd.test(kind))) lost.add(user)
      if (kinds.some((kind) => isLoss.test(kind)) && step.toLowerCase().endsWith("token")) {
        lost.add(user)
        unknown.add(user)
      }
    }
    for (const user of ended)
      assert.isTrue(lost.has(user), `user ${user} was signed out without a reason\n${history.join("\n")}`)

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
      const excuses = `${lost.has(user) ? "may be lost" : ""} ${unknown.has(user) ? "may have unknown tokens" : ""}`
      const said = `user ${user} ${excuses}\n${history.join("\n")}\n`
      const before = yield* store.get(key)
      // User 0 uses the session first; the others sign out at once, the last one with an access token that ended early.
      if (user === 0) {
        const seen = yield* soon(Effect.flatMap(session.httpClient(key), (client) => client.get("/v1/user")))
        const stored = yield* store.get(key)
        const known = Option.isSome(stored) ? hashesOf(stored.value.tokens) : []
        const alive = yield* liveTokens(user)
        const ofSession = alive.filter(({ sha256 }) => known.includes(sha256))
        const others = alive.filter(({ sha256 }) => !known.includes(sha256))
        // The module and Baanx agree: either both tokens work, or there is no session.
        if (Either.isRight(seen)) {
          assert.strictEqual(seen.right.status, 200, said)
          assert.strictEqual(ofSession.length, known.length, `${said}a token of the session is dead`)
        }
        assert.strictEqual(Option.isSome(stored), Either.isRight(seen), `${said}store and Baanx disagree`)
        if (!lost.has(user)) {
          assert.strictEqual(Option.isSome(stored), Option.isSome(before), `${said}the user was signed out`)
        }
        if (!unknown.has(user)) assert.strictEqual(others.length, 0, `${said}a live token is not in the store`)
      } else if (Option.isNone(before) && !unknown.has(user)) {
        assert.strictEqual((yield* liveTokens(user)).length, 0, `${said}a token is alive without a session`)
      }
      if (user === 2) {
        yield* arm({ fault: { kind: "access-ends-early" }, at: "revoke", times: 1 })
      }
      const left = yield* soon(session.signOut(key))
      assert.isTrue(Either.isRight(left), `${said}the sign-out failed`)
      assert.isTrue(Option.isNone(yield* store.get(key)), `${said}the session is stored after the sign-out`)
      if (!unknown.has(user) || (pathFamily === "oauth" && Option.isSome(before) && !lost.has(user))) {
        assert.strictEqual((yield* liveTokens(user)).length, 0, `${said}a token is alive after the sign-out`)
      }
    }
    assert.deepStrictEqual(sentTwice, [], `a refresh token was sent twice\n${history.join("\n")}`)
    for (const { stop } of replicas) yield* stop
    return history
  })

const world = SandboxAdmin.layer.pipe(
  Layer.provideMerge(Sandbox.layerHttpClient({ seed: "model", users, settings })),
  Layer.merge(TokenStore.layerMemory),
  Layer.merge(PendingAuthorizations.layerMemory)
)

const runs = Number(process.env["MODEL_RUNS"] ?? (full ? 1_000 : 50))

describe("a session under faults, kills and concurrent calls", () => {
  it(`is live in the store exactly if it is live at Baanx, in ${runs} random lives`, async () => {
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
      { numRuns: runs }
    )
  })
})
