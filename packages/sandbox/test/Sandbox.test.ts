import { Sandbox, SandboxStartError } from "@effect-baanx/sandbox"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, FastCheck, Layer, Logger, Record, Struct, TestClock, Tracer } from "effect"
import { request as httpRequest } from "node:http"
import { connect } from "node:net"
import { clientKey, email, fetchWithoutRedirects, password, secretKey } from "./Fixtures.js"
import {
  authorize,
  authorizeCall,
  call,
  challenge,
  exchangeCall,
  hostedPageCall,
  initiateCall,
  loginCall,
  refreshCall,
  signIn,
  startSession,
  state,
  tokens,
  userCall,
  verifier,
  type Answer
} from "./Steps.js"

const login = { method: "POST", path: "/v1/auth/login" } as const

const inProcess = Sandbox.layerHttpClient({ seed: "walk" })
const overSocket = Layer.merge(Sandbox.layer({ seed: "walk" }), fetchWithoutRedirects)

const walk = Effect.gen(function* () {
  const step1 = yield* call(yield* initiateCall)
  const step2 = yield* call(loginCall)
  const step3 = yield* call(authorizeCall(String(step1.body["token"]), String(step2.body["accessToken"])))
  const step4 = yield* call(yield* exchangeCall(String(step3.body["code"])))
  const refreshed = yield* call(refreshCall(String(step4.body["refresh_token"])))
  const user = yield* call(userCall(String(refreshed.body["access_token"])))
  return { step1, step2, step3, step4, refreshed, user }
})

const answers = Effect.gen(function* () {
  const walked = yield* walk
  return {
    ...walked,
    noJson: yield* call({ ...login, text: "{", headers: { "content-type": "application/json" } }),
    page: yield* call(yield* hostedPageCall),
    noKey: yield* call({ ...login, headers: { "x-client-key": undefined } }),
    unknown: yield* call({ path: "/nothing" }),
    method: yield* call({ path: "/v1/auth/login" })
  }
})

/** Removes what only a socket adds. */
const comparable = (answers: Readonly<Record<string, Answer>>) =>
  Record.map(answers, ({ body, headers, status, text }) => ({
    status,
    headers: Struct.omit(headers, "connection", "date", "keep-alive"),
    body,
    text
  }))

/** Yields to other fibers after every 16 operations. */
const yielding = Effect.withMaxOpsBeforeYield(16)

describe("the walk through the four steps", () => {
  it.effect("returns the documented responses", () =>
    Effect.gen(function* () {
      const { redirectUri } = yield* Sandbox
      const { step1, step2, step3, step4, user } = yield* walk
      expect(step1.body).toEqual({
        token: expect.stringMatching(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/),
        url: expect.any(String)
      })
      expect(step2.body).toEqual({
        accessToken: expect.stringMatching(/^[0-9a-f-]{36}$/),
        userId: expect.any(String),
        isOtpRequired: false,
        phoneNumber: null,
        phase: null,
        verificationState: "VERIFIED",
        isLinked: false
      })
      const code = String(step3.body["code"])
      expect(step3.body).toEqual({
        url: `${redirectUri}?state=state-of-the-test&code=${code}`,
        code: expect.stringMatching(/^auth_code_/),
        state: "state-of-the-test"
      })
      expect(step4.body).toEqual({
        access_token: expect.stringMatching(/^access_token_/),
        expires_in: 21_600,
        refresh_token: expect.stringMatching(/^refresh_token_/),
        refresh_token_expires_in: 15_897_600
      })
      expect(user.body).toEqual({ id: step2.body["userId"], email, verificationState: "VERIFIED" })
    }).pipe(Effect.provide(inProcess))
  )

  it.effect("prefixes the login token of the US region", () =>
    Effect.gen(function* () {
      expect(yield* signIn("us")).toMatch(/^US_[0-9a-f-]{36}$/)
      expect((yield* tokens("us")).accessToken).toMatch(/^access_token_/)
    }).pipe(Effect.provide(inProcess))
  )

  it.effect("has the same statuses, headers and bodies in process and over a socket", () =>
    Effect.gen(function* () {
      const { baseUrl, outside } = yield* Effect.provide(
        Effect.all({ baseUrl: Effect.map(Sandbox, ({ baseUrl }) => baseUrl), outside: answers }),
        overSocket
      )
      const inside = yield* Effect.provide(answers, Sandbox.layerHttpClient({ seed: "walk", baseUrl }))
      expect(comparable(outside)).toEqual(comparable(inside))
      expect(inside.step3.status).toBe(200)
    })
  )

  it.effect("fails like a socket if a header cannot be sent", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(call({ ...login, headers: { authorization: "Bearer a\nb" } }))
      expect(error).toMatchObject({ _tag: "RequestError", reason: "Encode" })
    }).pipe(Effect.provide(inProcess))
  )

  it.effect("is the same on each run with the same seed, and differs with another", () =>
    Effect.gen(function* () {
      const run = (seed: string) => Effect.provide(signIn(), Sandbox.layerHttpClient({ seed }))
      expect(yield* run("one")).toBe(yield* run("one"))
      expect(yield* run("one")).not.toBe(yield* run("two"))
    })
  )

  it.effect("succeeds for one of ten concurrent exchanges of a code", () =>
    Effect.gen(function* () {
      const exchange = yield* exchangeCall(yield* authorize())
      const answers = yield* Effect.all(
        Array.from({ length: 10 }, () => yielding(call(exchange))),
        { concurrency: "unbounded" }
      )
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    }).pipe(Effect.provide(inProcess))
  )

  it.effect("succeeds for one of ten concurrent uses of a session", () =>
    Effect.gen(function* () {
      const request = authorizeCall(yield* startSession(), yield* signIn())
      const answers = yield* Effect.all(
        Array.from({ length: 10 }, () => yielding(call(request))),
        { concurrency: "unbounded" }
      )
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    }).pipe(Effect.provide(inProcess))
  )

  it.effect("redirects from the oauth2 authorization URL to the sandbox's own sign-in page", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* Sandbox
      const answer = yield* call(yield* hostedPageCall)
      expect(answer.headers["location"]).toMatch(new RegExp(`^${baseUrl}/hosted/sign-in\\?token=eyJ`))
    }).pipe(Effect.provide(inProcess))
  )
})

describe("the log", () => {
  it.effect("says what happened without a secret", () =>
    Effect.gen(function* () {
      const { requests } = yield* Sandbox
      const { step1, step2, step3, step4 } = yield* walk
      yield* call({
        ...(yield* exchangeCall(String(step3.body["code"]))),
        headers: { "x-secret-key": "sandbox-secret-key" }
      })
      const log = yield* requests
      expect(log.map(({ status, step }) => [step, status])).toEqual([
        ["initiate", 200],
        ["login", 200],
        ["authorize", 200],
        ["token", 200],
        ["token", 200],
        ["user", 200],
        ["token", 400]
      ])
      expect(log.at(-1)?.detail).toBe("The code was used before; its tokens were revoked")
      expect(log.at(1)?.body).toEqual({ email, password: "<redacted>" })
      expect(log.at(2)?.sessionId).toBe(log.at(0)?.sessionId)
      const text = JSON.stringify(log)
      const secrets = [
        step1.body["token"],
        step2.body["accessToken"],
        step3.body["code"],
        step4.body["access_token"],
        step4.body["refresh_token"],
        password,
        secretKey,
        state,
        verifier,
        challenge
      ]
      for (const secret of secrets) expect(text).not.toContain(secret)
    }).pipe(Effect.provide(inProcess))
  )

  it.effect("keeps the newest 500 requests", () =>
    Effect.gen(function* () {
      yield* Effect.replicateEffect(call({ path: "/v1/user" }), 510)
      const log = yield* (yield* Sandbox).requests
      expect(log).toHaveLength(500)
      expect(log.at(-1)?.number).toBe(510)
    }).pipe(Effect.provide(inProcess))
  )
})

describe("any request", () => {
  const anyRequest = FastCheck.record({
    method: FastCheck.constantFrom("POST" as const, "DELETE" as const, "PUT" as const),
    path: FastCheck.constantFrom(
      "/v1/auth/login",
      "/v1/auth/login/otp",
      "/v1/auth/logout",
      "/v1/auth/oauth/authorize",
      "/v1/auth/oauth/token",
      "/v1/auth/oauth/revoke",
      "/v1/auth/oauth2/token",
      "/v1/auth/oauth2/revoke",
      "/v1/user",
      "/v1/%zz"
    ),
    text: FastCheck.oneof(
      FastCheck.json(),
      FastCheck.string(),
      FastCheck.uint8Array(),
      FastCheck.dictionary(
        FastCheck.constantFrom(
          "grant_type",
          "token",
          "email",
          "password",
          "code",
          "otpCode",
          "userId",
          "refresh_token"
        ),
        FastCheck.oneof(FastCheck.constantFrom("refresh_token", "authorization_code", ""), FastCheck.jsonValue())
      ).map((fields) => JSON.stringify(fields))
    ),
    query: FastCheck.oneof(FastCheck.constant(""), FastCheck.webQueryParameters()),
    headers: FastCheck.record({
      "content-type": FastCheck.constantFrom(
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data"
      ),
      authorization: FastCheck.oneof(FastCheck.constant(undefined), FastCheck.base64String())
    })
  })

  it.effect("gets a status below 500", () =>
    Effect.gen(function* () {
      for (const request of FastCheck.sample(anyRequest, { numRuns: 500, seed: 1 })) {
        const { status, text } = yield* call(request)
        expect(status, JSON.stringify({ request, text })).toBeGreaterThanOrEqual(200)
        expect(status, JSON.stringify({ request, text })).toBeLessThan(500)
      }
    }).pipe(Effect.provide(inProcess))
  )
})

describe("the server", () => {
  it.scopedLive("refuses a foreign host and a large body, with a content-length or without, and stays up", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* Sandbox
      expect(yield* raw(baseUrl, { headers: { host: "evil.example" } })).toBe(421)
      const headers = { "x-client-key": clientKey, "content-type": "application/json" }
      const big = "x".repeat(100_000)
      expect(yield* raw(baseUrl, { ...login, headers, body: big })).toBe(413)
      expect(
        yield* raw(baseUrl, { ...login, headers: { ...headers, "transfer-encoding": "chunked" }, body: big })
      ).toBe(413)
      expect(yield* raw(baseUrl, { ...login, headers, body: "{" })).toBe(400)
      expect(yield* garbage(baseUrl)).toContain("400 Bad Request")
      expect(yield* raw(baseUrl, { path: "/openapi.json" })).toBe(200)
    }).pipe(Effect.provide(Sandbox.layer()))
  )

  it.effect("fails with a clear message for an invalid port", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.provide(Sandbox, Sandbox.layer({ port: 70_000 })))
      expect(error.message).toBe("70000 is not a port: choose one from 1 to 65535 (0 takes any free one)")
    })
  )

  it.scopedLive("accepts the host of its base URL, if one is set", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* Sandbox
      expect(baseUrl).toBe("http://baanx.internal:4100")
      const { headers } = yield* call(yield* hostedPageCall)
      expect(headers["location"]).toMatch(/^http:\/\/baanx\.internal:4100\/hosted\/sign-in/)
    }).pipe(Effect.provide(Sandbox.layerHttpClient({ baseUrl: "http://baanx.internal:4100" })))
  )

  it.scoped("logs nothing and creates no span, which would contain URLs and headers", () =>
    Effect.gen(function* () {
      const told: Array<string> = []
      const tracer = Tracer.make({
        context: (use) => use(),
        span: (name, parent, context, links, startTime, kind) => {
          told.push(name)
          return {
            _tag: "Span",
            name,
            parent,
            context,
            kind,
            spanId: "span",
            traceId: "trace",
            sampled: true,
            status: { _tag: "Started", startTime },
            attributes: new Map(),
            links,
            end: () => undefined,
            attribute: () => undefined,
            event: () => undefined,
            addLinks: () => undefined
          }
        }
      })
      const logger = Logger.replace(
        Logger.defaultLogger,
        Logger.make(({ message }) => told.push(String(message)))
      )
      yield* walk.pipe(
        Effect.withTracerEnabled(false),
        Effect.provide(Layer.provide(overSocket, Layer.mergeAll(Layer.setTracer(tracer), logger)))
      )
      expect(told).toEqual([])
    })
  )

  it.effect("fails with a clear message for a port that is in use", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* Sandbox
      const port = Number(new URL(baseUrl).port)
      const exit = yield* Effect.exit(Effect.provide(Sandbox, Sandbox.layer({ port })))
      expect(exit).toEqual(Exit.fail(new SandboxStartError({ reason: "PortTaken", host: "127.0.0.1", port })))
      expect(new SandboxStartError({ reason: "PortTaken", host: "127.0.0.1", port }).message).toContain(
        "choose another port"
      )
    }).pipe(Effect.provide(Sandbox.layer()))
  )

  it.effect("serves the OpenAPI contract", () =>
    Effect.gen(function* () {
      const { body, status } = yield* call({ path: "/openapi.json" })
      expect(status).toBe(200)
      expect(body["paths"]).toHaveProperty(["/v1/auth/oauth/authorize"])
    }).pipe(Effect.provide(inProcess))
  )

  it.effect("uses the Clock, also over a socket", () =>
    Effect.gen(function* () {
      const request = authorizeCall(yield* startSession(), yield* signIn())
      yield* TestClock.adjust("10 minutes")
      expect((yield* call(request)).body["error_description"]).toBe("The session has expired")
    }).pipe(Effect.provide(overSocket))
  )
})

interface Raw {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** The status of a request with headers that fetch does not allow. */
const raw = (baseUrl: string, { body, headers, method = "GET", path = "/v1/user" }: Raw) =>
  Effect.async<number | undefined, Error>((resume) => {
    const request = httpRequest(`${baseUrl}${path}`, { method, headers }, (response) => {
      response.resume()
      response.on("end", () => resume(Effect.succeed(response.statusCode)))
    })
    request.on("error", (error) => resume(Effect.fail(error)))
    request.end(body)
  })

const garbage = (baseUrl: string) =>
  Effect.async<string, Error>((resume) => {
    const socket = connect(Number(new URL(baseUrl).port), "127.0.0.1", () => socket.write("\0\0 no http\r\n\r\n"))
    socket.on("data", (data) => resume(Effect.succeed(String(data))))
    socket.on("error", (error) => resume(Effect.fail(error)))
  })
