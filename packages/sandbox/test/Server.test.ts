import { type LoggedRequest, Sandbox, SandboxAdmin } from "@effect-baanx/sandbox"
import { globalSetup } from "@effect-baanx/sandbox/globalSetup"
import { FetchHttpClient } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { type Duration, Effect, Exit, Layer, Scope } from "effect"
import { connect, type Socket } from "node:net"
import { clientKey } from "./Fixtures.js"
import { call, loginCall } from "./Steps.js"

/** A sandbox that the test stops. */
const startSandbox = (grace: Duration.DurationInput) =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const sandbox = SandboxAdmin.layer.pipe(
      Layer.provideMerge(Layer.merge(Sandbox.layer({ grace }), FetchHttpClient.layer))
    )
    const services = yield* Scope.extend(Layer.build(sandbox), scope)
    return { services, stop: Scope.close(scope, Exit.void) }
  })

const readAll = async (response: Response) => {
  let text = ""
  for await (const chunk of response.body ?? []) text += new TextDecoder().decode(chunk)
  return text
}

describe("a sandbox that stops", () => {
  it.live("finishes the responses in flight and ends the stream of events", () =>
    Effect.gen(function* () {
      const { services, stop } = yield* startSandbox("1 minute")
      yield* Effect.gen(function* () {
        const { baseUrl } = yield* Sandbox
        const { armFault, waitForRequest } = yield* SandboxAdmin
        const events = yield* Effect.promise(() => fetch(`${baseUrl}/_sandbox/events`))
        yield* armFault({ payload: { kind: "drip", step: "login", millisPerByte: 1, times: 1 } })
        const login = yield* Effect.fork(call(loginCall))
        yield* waitForRequest({ payload: { step: "login", after: 0, timeoutMillis: 10_000 } })
        yield* stop
        expect((yield* login).body).toHaveProperty("accessToken")
        expect(yield* Effect.promise(() => readAll(events))).toContain("data: changed")
        expect(yield* Effect.exit(call(loginCall))).toMatchObject({ _tag: "Failure" })
      }).pipe(Effect.provide(services))
    })
  )

  it.live("does not wait for a response longer than its grace period", () =>
    Effect.gen(function* () {
      const { services, stop } = yield* startSandbox("10 millis")
      yield* Effect.gen(function* () {
        const { armFault, state } = yield* SandboxAdmin
        yield* armFault({ payload: { kind: "delay", step: "login", millis: 600_000, times: 1 } })
        const login = yield* Effect.fork(Effect.exit(call(loginCall)))
        // The fault is used up once the request has arrived.
        yield* Effect.repeat(state(), { until: ({ faults }) => faults.length === 0 })
        yield* stop
        expect(Exit.isFailure(yield* login)).toBe(true)
      }).pipe(Effect.provide(services))
    })
  )
})

describe("the server", () => {
  it.scopedLive("closes connections over the limit", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* Sandbox
      const open = Effect.acquireRelease(
        Effect.sync(() => connect(Number(new URL(baseUrl).port), "127.0.0.1")),
        (socket) => Effect.sync(() => socket.destroy())
      )
      const request = "GET /v1/user HTTP/1.1\r\nhost: localhost\r\n\r\n"
      const answer = (socket: Socket) =>
        Effect.async<string>((resume) => {
          socket.once("data", (data) => resume(Effect.succeed(String(data).slice(9, 12))))
          socket.once("close", () => resume(Effect.succeed("closed")))
          socket.write(request)
        })
      expect(yield* answer(yield* open)).toBe("499")
      expect(yield* answer(yield* open)).toBe("499")
      expect(yield* answer(yield* open)).toBe("closed")
    }).pipe(Effect.provide(Sandbox.layer({ maxConnections: 2 })))
  )

  it("serves a whole vitest run", async () => {
    let provided: unknown
    const teardown = await globalSetup({ users: [{ email: "a@example.com", password: "p" }] })({
      provide: (key, ready) => {
        provided = { [key]: ready }
        expect(key).toBe("baanxSandbox")
        expect(ready).toEqual(JSON.parse(JSON.stringify(ready)))
        expect(ready.users).toEqual([{ email: "a@example.com", password: "p", disabled: false, locked: false }])
      }
    })
    expect(provided).toMatchObject({
      baanxSandbox: { clientId: clientKey, redirectUri: expect.any(String) }
    })
    await teardown()
  })
})

describe("a browser", () => {
  const asBrowser = { accept: "text/html,application/xhtml+xml,*/*;q=0.8", "x-client-key": undefined }

  it.effect("gets the inspector at the root, without a request in the log", () =>
    Effect.gen(function* () {
      const sandbox = yield* Sandbox
      const { headers, status } = yield* call({ path: "/", headers: asBrowser })
      expect([status, headers["location"]]).toEqual([303, "/_sandbox"])
      expect((yield* call({ path: "/favicon.ico", headers: asBrowser })).status).toBe(204)
      expect(yield* sandbox.requests).toEqual([])
      expect((yield* call({ path: "/" })).status).toBe(404)
    }).pipe(Effect.provide(Sandbox.layerHttpClient()))
  )
})

describe("onRequest", () => {
  it.effect("gets each request with the reason why it was refused", () =>
    Effect.gen(function* () {
      const seen: Array<LoggedRequest> = []
      const onRequest = (request: LoggedRequest) => Effect.sync(() => void seen.push(request))
      yield* Effect.gen(function* () {
        yield* call(loginCall)
        yield* call({ ...loginCall, headers: { "x-client-key": undefined } })
      }).pipe(Effect.provide(Sandbox.layerHttpClient({ onRequest })))
      expect(seen.map(({ detail, path, status, step }) => [path, status, step, detail])).toEqual([
        ["/v1/auth/login", 200, "login", undefined],
        ["/v1/auth/login", 499, "login", "Missing client key"]
      ])
    })
  )
})

describe("the inspector", () => {
  it.effect("is one page that loads nothing from other hosts", () =>
    Effect.gen(function* () {
      const { headers, status, text } = yield* call({ path: "/_sandbox" })
      expect([status, headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"])
      expect(headers["content-security-policy"]).toContain("default-src 'none'; connect-src 'self'")
      expect(text).not.toMatch(/(src|href)="(https?:)?\/\//)
      expect(text).not.toContain("sandbox-secret-key")
    }).pipe(Effect.provide(Sandbox.layerHttpClient()))
  )
})
