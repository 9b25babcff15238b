import { Sandbox, SandboxAdmin, type SandboxServerOptions } from "@effect-baanx/sandbox"
import { describe, expect, it } from "@effect/vitest"
import { DateTime, Effect, Exit, Fiber, Layer, TestClock } from "effect"
import { createHash } from "node:crypto"
import { fetchWithoutRedirects, password, secretKey } from "./Fixtures.js"
import {
  authorize,
  authorizeCall,
  call,
  exchangeCall,
  hostedTokens,
  initiateCall,
  loginCall,
  refreshCall,
  signIn,
  startSession,
  tokens,
  userCall
} from "./Steps.js"

const inProcess = (options: SandboxServerOptions = {}) =>
  SandboxAdmin.layer.pipe(Layer.provideMerge(Sandbox.layerHttpClient(options)))

const overSocket = SandboxAdmin.layer.pipe(Layer.provideMerge(Layer.merge(Sandbox.layer(), fetchWithoutRedirects)))

const statusOf = (request: Parameters<typeof call>[0]) => Effect.map(call(request), ({ status }) => status)

describe("the admin API", () => {
  it.effect("moves the clock", () =>
    Effect.gen(function* () {
      const admin = yield* SandboxAdmin
      const request = authorizeCall(yield* startSession(), yield* signIn())
      const before = yield* admin.clock()
      const after = yield* admin.advanceClock({ payload: { seconds: 600 } })
      expect(DateTime.distance(before.now, after.now)).toBe(600_000)
      expect((yield* call(request)).body["error_description"]).toBe("The session has expired")
      const now = DateTime.unsafeMake("2030-01-01T00:00:00Z")
      expect(yield* admin.setClock({ payload: { now } })).toEqual({ now })
      yield* TestClock.adjust("1 second")
      expect((yield* admin.clock()).now).toEqual(DateTime.unsafeMake("2030-01-01T00:00:01Z"))
    }).pipe(Effect.provide(inProcess()))
  )

  it.effect("takes a snapshot and restores it repeatedly", () =>
    Effect.gen(function* () {
      const admin = yield* SandboxAdmin
      const exchange = yield* exchangeCall(yield* authorize())
      const snapshot = yield* admin.takeSnapshot()
      yield* admin.advanceClock({ payload: { seconds: 3_600 } })
      expect(yield* statusOf(exchange)).toBe(400)
      for (const _ of ["once", "twice"]) {
        yield* admin.restoreSnapshot({ payload: snapshot })
        expect(yield* statusOf(exchange)).toBe(200)
        expect(yield* statusOf(exchange)).toBe(400)
      }
      const unknown = yield* Effect.flip(admin.restoreSnapshot({ payload: { id: "x" } }))
      expect(unknown.message).toContain("There is no snapshot x")
    }).pipe(Effect.provide(inProcess()))
  )

  it.effect("keeps the newest 16 snapshots", () =>
    Effect.gen(function* () {
      const admin = yield* SandboxAdmin
      yield* Effect.replicateEffect(admin.takeSnapshot(), 20)
      expect((yield* admin.state()).snapshots).toHaveLength(16)
    }).pipe(Effect.provide(inProcess()))
  )

  it.effect("resets to the seed or to another one", () =>
    Effect.gen(function* () {
      const admin = yield* SandboxAdmin
      const { accessToken } = yield* tokens()
      yield* admin.armFault({ payload: { kind: "status", status: 503, times: 1 } })
      yield* admin.reset()
      expect(yield* statusOf(userCall(accessToken))).toBe(401)
      expect(yield* admin.requests({ urlParams: {} })).toHaveLength(1)

      const seeded = yield* call({
        method: "POST",
        path: "/_sandbox/api/seed",
        json: { users: [{ email: "new@example.com", password: "p" }], settings: { tokenType: true } }
      })
      expect(seeded.status).toBe(204)
      expect(yield* statusOf(loginCall)).toBe(401)
      expect(yield* statusOf({ ...loginCall, json: { email: "new@example.com", password: "p" } })).toBe(200)
      yield* admin.reset()
      const { settings, users } = yield* admin.state()
      expect([users.map(({ email }) => email), settings.tokenType]).toEqual([["new@example.com"], true])
    }).pipe(Effect.provide(inProcess()))
  )

  it.effect("returns the users' credentials separately from the state", () =>
    Effect.gen(function* () {
      const admin = yield* SandboxAdmin
      const { users } = yield* admin.state()
      expect(yield* admin.userPasswords()).toEqual(users.map(({ id }) => ({ id, password })))
    }).pipe(Effect.provide(inProcess()))
  )

  it.effect("expires, revokes and locks by an id that reveals nothing", () =>
    Effect.gen(function* () {
      const admin = yield* SandboxAdmin
      const { accessToken, refreshToken } = yield* tokens()
      const loginToken = yield* signIn()
      const sessionToken = yield* startSession()
      const state = yield* admin.state()
      const idOf = (kind: string) => state.tokens.find((token) => token.kind === kind)?.id ?? ""
      for (const secret of [accessToken, refreshToken, loginToken, sessionToken, password, secretKey]) {
        expect(JSON.stringify(state)).not.toContain(secret)
      }

      expect(yield* statusOf(userCall(accessToken))).toBe(200)
      yield* admin.expire({ payload: { id: idOf("access") } })
      expect(yield* statusOf(userCall(accessToken))).toBe(401)

      yield* admin.expire({ payload: { id: state.sessions[0]?.id ?? "" } })
      expect(yield* statusOf(authorizeCall(sessionToken, loginToken))).toBe(400)

      yield* admin.revoke({ payload: { id: idOf("login") } })
      expect(yield* statusOf(userCall(loginToken))).toBe(401)

      yield* admin.revoke({ payload: { id: state.tokens.find(({ kind }) => kind === "refresh")?.grantId ?? "" } })
      expect(yield* statusOf(refreshCall(refreshToken))).toBe(400)

      const id = state.users[0]?.id ?? ""
      yield* admin.lockUser({ payload: { id, locked: true } })
      expect(yield* statusOf(loginCall)).toBe(401)
      yield* admin.lockUser({ payload: { id, locked: false } })
      expect(yield* statusOf(loginCall)).toBe(200)

      for (const call of [admin.expire, admin.revoke]) {
        expect((yield* Effect.flip(call({ payload: { id: "nothing" } })))._tag).toBe("UnknownIdError")
      }
    }).pipe(Effect.provide(inProcess()))
  )

  it.effect("lists the live tokens without revealing them", () =>
    Effect.gen(function* () {
      const admin = yield* SandboxAdmin
      const old = yield* tokens()
      const { body } = yield* call(refreshCall(old.refreshToken))
      const hosted = yield* hostedTokens
      const told = yield* admin.tokens()
      const find = (token: unknown) =>
        told.find(({ sha256 }) => sha256 === createHash("sha256").update(String(token)).digest("hex"))

      expect(told).toHaveLength(6)
      const { sessions, users } = yield* admin.state()
      expect(find(hosted.refreshToken)).toEqual({
        kind: "refresh",
        userId: users[0]?.id,
        sessionId: sessions.find(({ pathFamily }) => pathFamily === "oauth2")?.id,
        pathFamily: "oauth2",
        sha256: expect.any(String),
        expiresAt: DateTime.unsafeMake(1_209_600_000),
        live: true
      })
      expect(find(body["access_token"])).toMatchObject({ kind: "access", pathFamily: "oauth", live: true })
      expect([find(old.accessToken)?.live, find(old.refreshToken)?.live]).toEqual([false, false])
      for (const secret of [...Object.values(old), ...Object.values(hosted)]) {
        expect(JSON.stringify(told)).not.toContain(secret)
      }

      const alive = Effect.map(admin.tokens(), (told) =>
        told.filter(({ live }) => live).map(({ kind, pathFamily }) => `${pathFamily} ${kind}`)
      )
      expect(yield* alive).toEqual(["oauth access", "oauth2 access", "oauth refresh", "oauth2 refresh"])
      yield* admin.advanceClock({ payload: { seconds: 21_600 } })
      expect(yield* alive).toEqual(["oauth refresh", "oauth2 refresh"])
      const grantId = (yield* admin.state()).tokens.find(({ kind }) => kind === "refresh")?.grantId
      yield* admin.revoke({ payload: { id: grantId ?? "" } })
      expect(yield* alive).toEqual(["oauth refresh"])
    }).pipe(Effect.provide(inProcess()))
  )

  it.effect("waits for a future request, and finds an earlier one", () =>
    Effect.gen(function* () {
      const admin = yield* SandboxAdmin
      const waiting = yield* Effect.fork(
        admin.waitForRequest({ payload: { step: "login", status: 401, after: 0, timeoutMillis: 10_000 } })
      )
      yield* call(loginCall)
      yield* call({ ...loginCall, json: { ...loginCall.json, password: "wrong" } })
      const request = yield* Fiber.join(waiting)
      expect(request).toMatchObject({ number: 2, step: "login", status: 401, detail: "Wrong password" })
      const first = yield* admin.waitForRequest({ payload: { step: "login", after: 0, timeoutMillis: 0 } })
      expect(first.number).toBe(1)
    }).pipe(Effect.provide(inProcess()))
  )

  it.effect("stops waiting after the given time", () =>
    Effect.gen(function* () {
      const admin = yield* SandboxAdmin
      const waiting = yield* Effect.fork(
        Effect.flip(admin.waitForRequest({ payload: { step: "token", after: 0, timeoutMillis: 5_000 } }))
      )
      yield* Effect.yieldNow()
      yield* TestClock.adjust("5 seconds")
      expect((yield* Fiber.join(waiting)).message).toContain("No matching request came within 5000 ms")
    }).pipe(Effect.provide(inProcess()))
  )

  it.effect("responds to bad input with 4xx", () =>
    Effect.gen(function* () {
      const post = (path: string, text: string, headers = {}) =>
        statusOf({ method: "POST", path, text, headers: { "content-type": "application/json", ...headers } })
      expect(yield* post("/_sandbox/api/clock/advance", "{")).toBe(400)
      expect(yield* post("/_sandbox/api/clock/advance", "")).toBe(400)
      expect(yield* post("/_sandbox/api/clock/advance", `{"seconds":"x"}`)).toBe(400)
      expect(yield* post("/_sandbox/api/faults", `{"kind":"unknown"}`)).toBe(400)
      expect(yield* post("/_sandbox/api/seed", `{"users":[{"email":"x"}]}`)).toBe(400)
      expect(yield* post("/_sandbox/api/seed", "x".repeat(70_000))).toBe(413)
      expect(yield* post("/_sandbox/api/nothing", "{}")).toBe(404)
      expect(yield* statusOf({ path: "/_sandbox/api/requests", query: { after: "x" } })).toBe(400)
      expect(yield* statusOf({ path: "/_sandbox/nothing" })).toBe(404)
      expect(yield* statusOf({ path: "/_sandbox/api/openapi.json" })).toBe(200)
    }).pipe(Effect.provide(inProcess()))
  )

  it.effect("refuses a write from another origin", () =>
    Effect.gen(function* () {
      const reset = { method: "POST", path: "/_sandbox/api/reset" } as const
      expect(yield* statusOf({ ...reset, headers: { origin: "https://evil.example" } })).toBe(403)
      expect(yield* statusOf({ ...reset, headers: { "sec-fetch-site": "cross-site" } })).toBe(403)
      expect(yield* statusOf({ ...reset, headers: { origin: "http://localhost" } })).toBe(204)
    }).pipe(Effect.provide(inProcess()))
  )
})

describe("a fault", () => {
  it.effect("applies to one step, as often as it was armed for", () =>
    Effect.gen(function* () {
      const admin = yield* SandboxAdmin
      yield* admin.armFault({
        payload: { kind: "status", step: "login", status: 503, times: 2, message: "Down", retryAfterSeconds: 7 }
      })
      expect((yield* call(yield* initiateCall)).status).toBe(200)
      const down = yield* call(loginCall)
      expect([down.status, down.body, down.headers["retry-after"]]).toEqual([503, { message: "Down" }, "7"])
      expect(yield* statusOf(loginCall)).toBe(503)
      expect(yield* statusOf(loginCall)).toBe(200)
      expect((yield* (yield* Sandbox).requests).map(({ fault }) => fault)).toEqual([
        undefined,
        "status",
        "status",
        undefined
      ])
    }).pipe(Effect.provide(inProcess()))
  )

  it.effect("can be armed by options and disarmed", () =>
    Effect.gen(function* () {
      expect(yield* statusOf(loginCall)).toBe(500)
      yield* (yield* SandboxAdmin).disarmFaults()
      expect(yield* statusOf(loginCall)).toBe(200)
    }).pipe(Effect.provide(inProcess({ faults: [{ kind: "status", status: 500, times: 9 }] })))
  )

  it.effect("delays by the Clock", () =>
    Effect.gen(function* () {
      const waiting = yield* Effect.fork(statusOf(loginCall))
      yield* TestClock.adjust("29 seconds")
      expect(yield* Fiber.poll(waiting)).toMatchObject({ _tag: "None" })
      yield* TestClock.adjust("1 second")
      expect(yield* Fiber.join(waiting)).toBe(200)
    }).pipe(Effect.provide(inProcess({ faults: [{ kind: "delay", millis: 30_000 }] })))
  )

  it.effect("can redirect", () =>
    Effect.gen(function* () {
      for (const status of [301, 302, 303, 307, 308] as const) {
        yield* (yield* SandboxAdmin).armFault({
          payload: { kind: "redirect", status, location: "https://evil.example/", times: 1 }
        })
        const answer = yield* call(loginCall)
        expect([answer.status, answer.headers["location"]]).toEqual([status, "https://evil.example/"])
      }
    }).pipe(Effect.provide(inProcess()))
  )

  it.effect("replays the last good response of a step", () =>
    Effect.gen(function* () {
      const first = yield* startSession()
      yield* (yield* SandboxAdmin).armFault({ payload: { kind: "replay", step: "initiate", times: 1 } })
      expect(yield* startSession()).toBe(first)
      expect(yield* startSession()).not.toBe(first)
    }).pipe(Effect.provide(inProcess()))
  )

  it.effect("stays armed for a replay until there is a good response", () =>
    Effect.gen(function* () {
      const first = yield* startSession()
      expect(yield* startSession()).toBe(first)
    }).pipe(Effect.provide(inProcess({ faults: [{ kind: "replay", step: "initiate" }] })))
  )

  for (const [way, sandbox] of [
    ["in process", inProcess()],
    ["over a socket", overSocket]
  ] as const) {
    it.scopedLive(`can cut, garble and drip a response ${way}`, () =>
      Effect.gen(function* () {
        const admin = yield* SandboxAdmin
        const login = Effect.exit(call(loginCall))
        yield* admin.armFault({ payload: { kind: "cut", step: "login", afterBytes: 0, times: 1 } })
        expect(yield* Effect.flip(call(loginCall))).toMatchObject({ _tag: "RequestError", reason: "Transport" })
        yield* admin.armFault({ payload: { kind: "cut", step: "login", afterBytes: 10, times: 1 } })
        expect(yield* Effect.flip(call(loginCall))).toMatchObject({ _tag: "ResponseError", reason: "Decode" })
        yield* admin.armFault({ payload: { kind: "garbage", step: "login", bytes: 64, times: 1 } })
        const garbage = yield* call(loginCall)
        expect([garbage.status, garbage.headers["content-type"], garbage.body]).toEqual([200, "application/json", {}])
        yield* admin.armFault({ payload: { kind: "drip", step: "login", millisPerByte: 0.1, times: 1 } })
        expect((yield* call(loginCall)).body).toHaveProperty("accessToken")
        expect(Exit.isSuccess(yield* login)).toBe(true)
        const log = yield* (yield* Sandbox).requests
        expect(log.map(({ fault, status }) => [fault, status])).toEqual([
          ["cut", undefined],
          ["cut", 200],
          ["garbage", 200],
          ["drip", 200],
          [undefined, 200]
        ])
      }).pipe(Effect.provide(sandbox))
    )
  }

  it.scopedLive("sends the bytes before a cut", () =>
    Effect.gen(function* () {
      const { baseUrl, clientKey } = yield* Sandbox
      yield* (yield* SandboxAdmin).armFault({ payload: { kind: "cut", step: "login", afterBytes: 10, times: 1 } })
      const received = yield* Effect.promise(async () => {
        const response = await globalThis.fetch(`${baseUrl}/v1/auth/login`, {
          method: "POST",
          headers: { "x-client-key": clientKey, "content-type": "application/json" },
          body: JSON.stringify(loginCall.json)
        })
        const chunks: Array<Uint8Array> = []
        const read = async () => {
          for await (const chunk of response.body ?? []) chunks.push(chunk)
        }
        await expect(read()).rejects.toThrow()
        return Buffer.concat(chunks).toString()
      })
      expect(received).toHaveLength(10)
    }).pipe(Effect.provide(overSocket))
  )
})
