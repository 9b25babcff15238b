import {
  Sandbox,
  SandboxAdmin,
  type SandboxFaultName,
  sandboxFaultNames,
  type SandboxOptions
} from "@effect-baanx/sandbox"
import type { HttpClient } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { DateTime, Effect, Layer, Record, Struct } from "effect"
import { createHash } from "node:crypto"
import { request as httpRequest } from "node:http"
import { fetchWithoutRedirects } from "./Fixtures.js"
import {
  authorize,
  call,
  exchangeCall,
  hostedTokens,
  loginCall,
  refreshCall,
  tokens,
  userCall,
  type Answer,
  type Call
} from "./Steps.js"

const inProcess = (options: SandboxOptions = {}) =>
  SandboxAdmin.layer.pipe(Layer.provideMerge(Sandbox.layerHttpClient(options)))
const overSocket = SandboxAdmin.layer.pipe(Layer.provideMerge(Layer.merge(Sandbox.layer(), fetchWithoutRedirects)))

const arm = (kind: SandboxFaultName, step?: string, times = 1) =>
  Effect.flatMap(SandboxAdmin, ({ armFault }) => armFault({ payload: { kind, step, times } }))

const armed = Effect.flatMap(SandboxAdmin, ({ state }) =>
  Effect.map(state(), ({ faults }) => faults.map(({ kind }) => kind))
)

const names = Record.keys(sandboxFaultNames)

interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
}

const sha256 = (token: unknown) => createHash("sha256").update(String(token)).digest("hex")

/** The live tokens, by the names that the test has for them. */
const alive = (old: Tokens, { body }: Answer) =>
  Effect.gen(function* () {
    const known = new Map([
      [sha256(old.accessToken), "old access"],
      [sha256(old.refreshToken), "old refresh"],
      [sha256(body["access_token"]), "new access"],
      [sha256(body["refresh_token"]), "new refresh"]
    ])
    const live = (yield* (yield* SandboxAdmin).tokens()).filter(({ live }) => live)
    return live.map(({ kind, sha256 }) => known.get(sha256) ?? `${kind} that the client was not given`)
  })

interface Family {
  readonly step: string
  readonly tokens: Effect.Effect<Tokens, unknown, Sandbox | HttpClient.HttpClient>
  readonly refresh: (refreshToken: string) => Call
  /** The response to a refresh without a fault. */
  readonly pair: Readonly<Record<string, unknown>>
}

const token = expect.stringMatching(/^(access|refresh)_token_/)

const families: Readonly<Record<string, Family>> = {
  oauth: {
    step: "token",
    tokens: tokens(),
    refresh: refreshCall,
    pair: { access_token: token, expires_in: 21_600, refresh_token: token, refresh_token_expires_in: 15_897_600 }
  },
  oauth2: {
    step: "hostedToken",
    tokens: hostedTokens,
    refresh: (refreshToken) => ({ ...refreshCall(refreshToken), path: "/v1/auth/oauth2/token" }),
    pair: {
      access_token: token,
      expires_in: 21_600,
      refresh_token: token,
      scope: "openid profile email offline_access",
      token_type: "Bearer"
    }
  }
}

const revocations: Readonly<Record<string, (tokens: Tokens) => Call>> = {
  revoke: ({ accessToken }) => ({ ...userCall(accessToken), method: "DELETE", path: "/v1/auth/oauth/revoke" }),
  logout: ({ accessToken }) => ({ ...userCall(accessToken), method: "POST", path: "/v1/auth/logout" }),
  hostedRevoke: ({ refreshToken }) => ({
    method: "POST",
    path: "/v1/auth/oauth2/revoke",
    json: { token: refreshToken }
  })
}

interface Seen {
  readonly on?: "revocation"
  readonly status: number
  readonly headers?: Readonly<Record<string, string | undefined>>
  /** The body, derived from the response without a fault. */
  readonly body: (pair: Family["pair"]) => unknown
  readonly alive: ReadonlyArray<string>
}

const json = { "content-type": "application/json" }
const html = { "content-type": "text/html; charset=utf-8" }
const plain = { "content-type": "text/plain" }

/** The client received a new pair, which replaced the old one. */
const pair = (change: (pair: Family["pair"]) => unknown, headers: Seen["headers"] = json): Seen => ({
  status: 200,
  headers,
  body: change,
  alive: ["new access", "new refresh"]
})
const same = (pair: Family["pair"]) => pair

/** The session has ended. */
const dead = (status: number, body: unknown, headers: Seen["headers"] = json): Seen => ({
  status,
  headers,
  body: () => body,
  alive: []
})

/** The old tokens are unchanged. */
const untouched = (status: number, body: unknown, headers: Seen["headers"] = json): Seen => ({
  status,
  headers,
  body: () => body,
  alive: ["old access", "old refresh"]
})

const revoked = (status: number, text: string, headers: NonNullable<Seen["headers"]>): Seen => ({
  on: "revocation",
  status,
  headers,
  body: () => text,
  alive: []
})

const seen: Readonly<Record<SandboxFaultName, Seen>> = {
  "scope-list": pair((pair) => ({ ...pair, scope: ["openid", "offline_access"] })),
  "scope-null": pair((pair) => ({ ...pair, scope: null })),
  "id-token-false": pair((pair) => ({ ...pair, id_token: false })),
  "token-type-empty": pair((pair) => ({ ...pair, token_type: "" })),
  "refresh-expiry-zero": pair((pair) => ({ ...pair, refresh_token_expires_in: 0 })),
  "expires-in-fraction": pair((pair) => ({ ...pair, expires_in: 3599.5 })),
  "expires-in-null": pair((pair) => ({ ...pair, expires_in: null })),
  "expires-in-missing": pair((pair) => Struct.omit(pair, "expires_in")),
  "expires-in-text": pair((pair) => ({ ...pair, expires_in: "3600" })),
  "content-type-missing": pair(same, { "content-type": undefined }),
  "content-type-twice": pair(same, { "content-type": "application/json, application/json" }),
  "content-type-text": pair(same, plain),
  "long-headers": pair(same, { ...json, "x-long-1": "x".repeat(1024), "x-long-20": "x".repeat(1024) }),
  // Another test shows which one it is.
  "odd-pair": pair(() => expect.objectContaining({ access_token: token, refresh_token: token }), {}),
  "continue-first": pair(same),
  "long-tokens": pair((pair) => {
    const long = expect.stringMatching(/^(access|refresh)_token_.{8950,}$/)
    return { ...pair, access_token: long, refresh_token: long }
  }),

  "no-refresh-token": {
    ...pair((pair) => Struct.omit(pair, "refresh_token", "refresh_token_expires_in")),
    alive: ["new access", "old refresh"]
  },

  "refused-as-403": dead(403, { error: "invalid_grant" }),
  "refused-in-capitals": dead(400, { error: "INVALID_GRANT" }),
  "refused-as-text": dead(400, { error: "invalid_grant" }, plain),
  "refused-as-200": dead(200, { error: "invalid_grant", error_description: "The refresh token was revoked" }),
  "refused-as-401-message": dead(401, { message: "Invalid refresh token" }),
  "refused-as-400-message": dead(400, { message: "The refresh token is invalid, expired or revoked" }),

  "client-key-unknown": untouched(498, { message: "Invalid client key" }),
  "client-key-missing": untouched(499, { message: "Missing client key" }),
  "invalid-client": untouched(401, { error: "invalid_client" }),
  "unauthorized-client": untouched(400, { error: "unauthorized_client" }),
  "invalid-request": untouched(400, { error: "invalid_request" }),
  "temporarily-unavailable": untouched(503, { error: "temporarily_unavailable" }),
  "gateway-401": untouched(401, expect.stringContaining("<h1>401 Authorization Required</h1>"), {
    ...html,
    "www-authenticate": 'Basic realm="gateway"'
  }),
  "gateway-403": untouched(403, expect.stringContaining("<h1>403 Forbidden</h1>"), html),
  "gateway-503": untouched(503, expect.stringContaining("<h1>503 Service Temporarily Unavailable</h1>"), html),
  "retry-after-date": untouched(
    429,
    { message: "Too many requests, please try again later." },
    { ...json, date: "Tue, 01 Jan 2030 00:00:00 GMT", "retry-after": "Tue, 01 Jan 2030 00:02:00 GMT" }
  ),

  "revoke-without-body": revoked(200, "", { "content-type": undefined, "content-length": "0" }),
  "revoke-204": revoked(204, "", { "content-type": undefined }),
  "revoke-ok-text": revoked(200, "ok", plain),
  "revoke-empty-object": revoked(200, "{}", json),
  "revoke-refused": { ...untouched(200, `{"success":false}`), on: "revocation" },

  "access-ends-early": pair(same)
}

const newYear = Effect.flatMap(SandboxAdmin, ({ setClock }) =>
  setClock({ payload: { now: DateTime.unsafeMake("2030-01-01T00:00:00Z") } })
)

/** Arms a fault, makes the request and returns what the client sees. */
const callWithFault = (kind: SandboxFaultName, step: string, old: Tokens, request: Call) =>
  Effect.gen(function* () {
    const { headers: expected = {}, on } = seen[kind]
    yield* arm(kind, step)
    const answer = yield* call(request)
    const isJson = on === undefined && answer.text.startsWith("{")
    const { requests } = yield* Sandbox
    expect((yield* requests).at(-1)?.fault).toBe(kind)
    expect(yield* armed).toEqual([])
    return {
      status: answer.status,
      headers: Record.map(expected, (_, name) => answer.headers[name]),
      body: isJson ? answer.body : answer.text,
      alive: yield* alive(old, answer)
    }
  })

describe("a named fault, as a client sees it", () => {
  for (const kind of names) {
    const { body, headers = {}, on, ...rest } = seen[kind]
    if (on === "revocation") {
      for (const [step, revocation] of Object.entries(revocations)) {
        it.effect(`${kind} at ${step}: ${rest.status}, live tokens: ${rest.alive.join(", ") || "none"}`, () =>
          Effect.gen(function* () {
            yield* newYear
            // Only tokens of the family that the step belongs to.
            const old = yield* step === "hostedRevoke" ? hostedTokens : tokens()
            const found = yield* callWithFault(kind, step, old, revocation(old))
            expect(found).toEqual({ ...rest, headers, body: body({}) })
          }).pipe(Effect.provide(inProcess()))
        )
      }
      continue
    }
    for (const family of Object.values(families)) {
      it.effect(`${kind} at ${family.step}: ${rest.status}, live tokens: ${rest.alive.join(", ") || "none"}`, () =>
        Effect.gen(function* () {
          yield* newYear
          const old = yield* family.tokens
          const found = yield* callWithFault(kind, family.step, old, family.refresh(old.refreshToken))
          expect(found).toEqual({ ...rest, headers, body: body(family.pair) })
        }).pipe(Effect.provide(inProcess()))
      )
    }
  }
})

describe("a named fault", () => {
  it.effect("can be armed by a seed, and without a step waits for a request that it applies to", () =>
    Effect.gen(function* () {
      const { refreshToken } = yield* tokens()
      expect((yield* call(refreshCall("refresh_token_of_nobody"))).body["error"]).toBe("invalid_grant")
      expect(yield* armed).toEqual(["refused-as-403", "no-refresh-token", "revoke-204"])
      expect((yield* call(refreshCall(refreshToken))).status).toBe(403)
      expect(yield* armed).toEqual(["no-refresh-token", "revoke-204"])
      const next = yield* tokens()
      expect((yield* call(refreshCall(next.refreshToken))).body).not.toHaveProperty("refresh_token")
      expect(yield* armed).toEqual(["revoke-204"])
    }).pipe(
      Effect.provide(
        inProcess({ faults: [{ kind: "refused-as-403" }, { kind: "no-refresh-token" }, { kind: "revoke-204" }] })
      )
    )
  )

  it.effect("also applies to the exchange of a code if it changes a pair of tokens", () =>
    Effect.gen(function* () {
      const exchange = yield* exchangeCall(yield* authorize())
      yield* arm("no-refresh-token")
      yield* arm("expires-in-text")
      expect((yield* call(exchange)).body).toHaveProperty("expires_in", "3600")
      expect(yield* armed).toEqual(["no-refresh-token"])
    }).pipe(Effect.provide(inProcess()))
  )

  it.effect("leaves the response to a refused request unchanged and stays armed", () =>
    Effect.gen(function* () {
      const { accessToken } = yield* tokens()
      yield* arm("scope-list", undefined, 2)
      yield* arm("revoke-204")
      expect((yield* call(refreshCall("refresh_token_of_nobody"))).status).toBe(400)
      expect((yield* call({ ...userCall("nobody"), method: "DELETE", path: "/v1/auth/oauth/revoke" })).status).toBe(401)
      expect((yield* call(loginCall)).status).toBe(200)
      expect((yield* call(userCall(accessToken))).status).toBe(200)
      expect(yield* armed).toEqual(["scope-list", "revoke-204"])
    }).pipe(Effect.provide(inProcess()))
  )

  it.effect("applies to as many requests as it was armed for", () =>
    Effect.gen(function* () {
      yield* arm("gateway-401", "user", 2)
      const { accessToken } = yield* tokens()
      const statuses = yield* Effect.replicateEffect(call(userCall(accessToken)), 3)
      expect(statuses.map(({ status }) => status)).toEqual([401, 401, 200])
    }).pipe(Effect.provide(inProcess()))
  )

  it.effect("can apply to a request together with a fault of another kind", () =>
    Effect.gen(function* () {
      const { refreshToken } = yield* tokens()
      yield* (yield* SandboxAdmin).armFault({ payload: { kind: "delay", step: "token", millis: 0, times: 1 } })
      yield* arm("no-refresh-token")
      expect((yield* call(refreshCall(refreshToken))).body).not.toHaveProperty("refresh_token")
      expect((yield* (yield* Sandbox).requests).at(-1)?.fault).toBe("delay, no-refresh-token")
    }).pipe(Effect.provide(inProcess()))
  )

  it.effect("is not replayed, since a replay repeats a good response", () =>
    Effect.gen(function* () {
      const { refreshToken } = yield* tokens()
      yield* arm("refused-as-200")
      yield* call(refreshCall(refreshToken))
      yield* (yield* SandboxAdmin).armFault({ payload: { kind: "replay", step: "token", times: 1 } })
      expect((yield* call(refreshCall(refreshToken))).body).toHaveProperty("access_token")
    }).pipe(Effect.provide(inProcess()))
  )

  it.effect("odd-pair draws every odd pair, by the seed of the sandbox", () =>
    Effect.gen(function* () {
      let { refreshToken } = yield* tokens()
      yield* arm("odd-pair", undefined, 200)
      for (const _ of Array.from({ length: 200 })) {
        refreshToken = String((yield* call(refreshCall(refreshToken))).body["refresh_token"])
      }
      const odd = (yield* (yield* Sandbox).requests).flatMap(({ detail, fault }) =>
        fault === undefined ? [] : [detail]
      )
      const all = names.slice(0, names.indexOf("odd-pair"))
      expect(new Set(odd)).toEqual(new Set(all.map((name) => `The odd pair is ${name}`)))
    }).pipe(Effect.provide(inProcess({ seed: "odd" })))
  )

  it.effect("long-tokens issues long tokens that work as a bearer and for the next refresh", () =>
    Effect.gen(function* () {
      const { refreshToken } = yield* tokens()
      yield* arm("long-tokens")
      const { body } = yield* call(refreshCall(refreshToken))
      const user = call(userCall(String(body["access_token"])))
      expect((yield* user).status).toBe(200)
      expect((yield* call(refreshCall(String(body["refresh_token"])))).status).toBe(200)
      // The refresh has replaced it, like any other.
      expect((yield* user).status).toBe(401)
    }).pipe(Effect.provide(overSocket))
  )

  it.effect("no-refresh-token keeps the old refresh token valid, whose next use ends the access token", () =>
    Effect.gen(function* () {
      const { refreshToken } = yield* tokens()
      yield* arm("no-refresh-token")
      const first = yield* call(refreshCall(refreshToken))
      expect((yield* call(userCall(String(first.body["access_token"])))).status).toBe(200)
      const second = yield* call(refreshCall(refreshToken))
      expect(second.body).toHaveProperty("refresh_token")
      expect((yield* call(userCall(String(first.body["access_token"])))).status).toBe(401)
      expect((yield* call(userCall(String(second.body["access_token"])))).status).toBe(200)
    }).pipe(Effect.provide(inProcess()))
  )

  it.effect("access-ends-early ends the access tokens of every user before the request", () =>
    Effect.gen(function* () {
      const one = yield* tokens()
      const other = yield* hostedTokens
      yield* arm("access-ends-early", "user")
      expect((yield* call(userCall(one.accessToken))).status).toBe(401)
      expect((yield* call(userCall(other.accessToken))).status).toBe(401)
      expect((yield* call(refreshCall(one.refreshToken))).status).toBe(200)
    }).pipe(Effect.provide(inProcess()))
  )

  it.scopedLive("continue-first sends 100 Continue over a socket, then the pair", () =>
    Effect.gen(function* () {
      const { baseUrl, clientKey } = yield* Sandbox
      const { refreshToken } = yield* tokens()
      yield* arm("continue-first")
      const statuses = yield* Effect.async<ReadonlyArray<number | undefined>, Error>((resume) => {
        const statuses: Array<number | undefined> = []
        httpRequest(`${baseUrl}/v1/auth/oauth/token`, {
          method: "POST",
          headers: { "x-client-key": clientKey, ...json }
        })
          .on("continue", () => statuses.push(100))
          .on("response", (response) => {
            response.resume().on("end", () => resume(Effect.succeed([...statuses, response.statusCode])))
          })
          .on("error", (error) => resume(Effect.fail(error)))
          .end(JSON.stringify(refreshCall(refreshToken).json))
      })
      expect(statuses).toEqual([100, 200])
    }).pipe(Effect.provide(overSocket))
  )

  it.scopedLive("long-headers sends more headers than fetch reads", () =>
    Effect.gen(function* () {
      const old = yield* tokens()
      yield* arm("long-headers")
      const error = yield* Effect.flip(call(refreshCall(old.refreshToken)))
      expect(error).toMatchObject({ _tag: "RequestError", reason: "Transport" })
      expect((yield* (yield* SandboxAdmin).tokens()).filter(({ live }) => live)).toHaveLength(2)
    }).pipe(Effect.provide(overSocket))
  )

  it.effect("is refused if its name is unknown", () =>
    Effect.gen(function* () {
      const { status } = yield* call({ method: "POST", path: "/_sandbox/api/faults", json: { kind: "refused-as-418" } })
      expect(status).toBe(400)
      expect(yield* armed).toEqual([])
    }).pipe(Effect.provide(inProcess()))
  )

  it.effect("is in the inspector's form, with a description", () =>
    Effect.gen(function* () {
      const { text } = yield* call({ path: "/_sandbox" })
      for (const name of Object.keys(sandboxFaultNames)) {
        expect(text).toMatch(new RegExp(`<option title="[^"]+">${name}</option>`))
      }
    }).pipe(Effect.provide(inProcess()))
  )
})
