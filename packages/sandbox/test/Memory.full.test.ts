/** Runs only with `FULL=1`: it takes many requests to fill what a sandbox may keep. */
import { SandboxRandom, SandboxSeed } from "@effect-baanx/sandbox"
import { HttpServerRequest } from "@effect/platform"
import { expect, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
// Calls the engine directly, so that the memory of an HTTP client is not measured.
import { makeEngine } from "../src/internal/Engine.js"
import { clientKey, email, password, redirectUri } from "./Fixtures.js"
import { challenge, verifier } from "./Steps.js"

/** Bytes in use after a garbage collection. */
const heapUsed = (() => {
  setFlagsFromString("--expose-gc")
  const collect: unknown = runInNewContext("gc")
  return () => {
    if (typeof collect === "function") collect()
    return process.memoryUsage().heapUsed
  }
})()

const query = new URLSearchParams({
  response_type: "code",
  client_id: clientKey,
  redirect_uri: redirectUri,
  state: "12345678",
  code_challenge: challenge,
  code_challenge_method: "S256",
  mode: "api"
}).toString()

it.scoped("memory does not grow over the second half of 20,000 requests", () =>
  Effect.gen(function* () {
    const { app, store } = yield* makeEngine(yield* Schema.decode(SandboxSeed)({}))
    store.baseUrl = "http://localhost"

    const send = (method: string, path: string, json?: object, headers?: Record<string, string>) =>
      Effect.gen(function* () {
        const request = new Request(`http://localhost${path}`, {
          method,
          headers: { host: "localhost", "x-client-key": clientKey, ...headers }
        })
        const bytes = new TextEncoder().encode(JSON.stringify(json))
        const served: HttpServerRequest.HttpServerRequest = Object.create(HttpServerRequest.fromWeb(request), {
          headers: {
            value: {
              ...Object.fromEntries(request.headers),
              "content-type": "application/json",
              "content-length": "1"
            }
          },
          arrayBuffer: { value: Effect.succeed(bytes.buffer) }
        })
        const { body, status } = yield* Effect.provideService(app, HttpServerRequest.HttpServerRequest, served)
        expect(status).toBe(200)
        if (body._tag !== "Uint8Array") throw new Error("a response without a body")
        const answer: Record<string, string> = JSON.parse(new TextDecoder().decode(body.body))
        return answer
      })

    const signIn = Effect.gen(function* () {
      const { token } = yield* send("GET", `/v1/auth/oauth/authorize/initiate?${query}`)
      const { accessToken } = yield* send("POST", "/v1/auth/login", { email, password })
      const bearer = { authorization: `Bearer ${accessToken}` }
      const { code } = yield* send("POST", "/v1/auth/oauth/authorize", { token }, bearer)
      yield* send("POST", "/v1/auth/oauth/token", {
        grant_type: "authorization_code",
        code,
        redirect_uri: redirectUri,
        code_verifier: verifier
      })
    })

    const half = Effect.replicateEffect(signIn, 2_500, { discard: true })
    yield* half
    const before = heapUsed()
    yield* half
    // Keeping even one row per request would take several megabytes.
    expect(heapUsed() - before).toBeLessThan(1_500_000)
  }).pipe(Effect.provide(SandboxRandom.layer))
)
