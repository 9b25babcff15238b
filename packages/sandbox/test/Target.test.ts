/** The forms of a request target, written to a socket, since no HTTP client sends them all. */
import { Sandbox } from "@effect-baanx/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck } from "effect"
import { connect } from "node:net"
import { clientKey, email, password } from "./Fixtures.js"

interface Raw {
  readonly method: string
  readonly target: string
  readonly host?: string
  readonly headers?: string
  readonly body?: string
}

/** The status and the content type of a response. */
const send = ({ body = "", headers = "", host = "localhost", method, target }: Raw) =>
  Effect.flatMap(Sandbox, ({ baseUrl }) =>
    Effect.async<string>((resume) => {
      const socket = connect(Number(new URL(baseUrl).port), "127.0.0.1")
      let text = ""
      socket.setEncoding("utf8").on("data", (chunk) => {
        text += chunk
        // The stream of events never ends.
        if (text.includes("text/event-stream")) socket.destroy()
      })
      socket.on("error", (error) => resume(Effect.die(error)))
      socket.on("close", () => {
        const [, status = text] = /^HTTP\/1\.1 (\d{3})/.exec(text) ?? []
        const [, type = ""] = /^content-type: (.*?)\r?$/im.exec(text) ?? []
        resume(Effect.succeed(`${status} ${type}`.trim()))
      })
      const line = `${method} ${target} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n${headers}`
      socket.write(`${line}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
    })
  )

const json = `content-type: application/json\r\nx-client-key: ${clientKey}\r\n`

const requests = [
  [{ method: "GET", target: "/v1/user", headers: `x-client-key: ${clientKey}\r\n` }, "401 application/json"],
  [
    { method: "POST", target: "/v1/auth/login", headers: json, body: JSON.stringify({ email, password }) },
    "200 application/json"
  ],
  [{ method: "GET", target: "/v1/auth/oauth2/authorize?client_id=x&scope=a:/b@c?d" }, "400 application/json"],
  [{ method: "GET", target: "/openapi.json" }, "200 application/json"],
  [{ method: "GET", target: "/hosted/sign-in?token=x" }, "400 text/html; charset=utf-8"],
  [{ method: "GET", target: "/_sandbox" }, "200 text/html; charset=utf-8"],
  [{ method: "GET", target: "/_sandbox/events" }, "200 text/event-stream"],
  [{ method: "GET", target: "/_sandbox/api/requests?after=1" }, "200 application/json"],
  [{ method: "POST", target: "/_sandbox/api/reset", headers: "origin: http://localhost\r\n" }, "204"],
  [{ method: "GET", target: "//v1/user" }, "404 application/json"],
  [{ method: "GET", target: "//localhost/v1/user" }, "404 application/json"],
  [{ method: "GET", target: "" }, "404 application/json"],
  [{ method: "GET", target: "?a=b" }, "404 application/json"]
] as const

const scheme = FastCheck.mixedCase(FastCheck.constantFrom("http", "https"))
const port = FastCheck.oneof(
  FastCheck.constant(""),
  FastCheck.nat(65_535).map((port) => `:${port}`)
)
const own = FastCheck.mixedCase(FastCheck.constantFrom("localhost", "127.0.0.1", "[::1]"))
const foreign = FastCheck.oneof(
  FastCheck.domain(),
  FastCheck.constantFrom("localhost.evil.example", "10.0.0.1", "[::2]")
)

const withSandbox = Effect.provide(Sandbox.layer())

describe("a request target", () => {
  for (const [request, response] of requests) {
    it.live(`that is an absolute URL is handled by its path: ${request.target}`, () =>
      Effect.gen(function* () {
        for (const [start, host] of FastCheck.sample(FastCheck.tuple(scheme, own), 5)) {
          const isRead = request.method === "GET"
          const target = `${start}://${isRead ? host : "localhost"}${request.target}`
          assert.strictEqual(yield* send({ ...request, target, host: "evil.example" }), response, target)
        }
        if (request.target.startsWith("/")) assert.strictEqual(yield* send(request), response)
      }).pipe(withSandbox)
    )
  }

  it.live("that names a foreign host is refused with 421, whatever `Host` says", () =>
    Effect.gen(function* () {
      const samples = FastCheck.sample(FastCheck.tuple(scheme, foreign, port, FastCheck.constantFrom(...requests)), 50)
      for (const [start, host, port, [request]] of samples) {
        const target = `${start}://${host}${port}${request.target}`
        assert.strictEqual(yield* send({ ...request, target }), "421 application/json", target)
      }
    }).pipe(withSandbox)
  )

  it.live("with another origin than the Origin header of a write is refused with 403", () =>
    Effect.gen(function* () {
      const reset = { method: "POST", headers: "origin: http://localhost\r\n" }
      assert.strictEqual(
        yield* send({ ...reset, target: "http://127.0.0.1/_sandbox/api/reset", host: "localhost" }),
        "403 application/json"
      )
    }).pipe(withSandbox)
  )

  const others = [
    ["GET", "*"],
    ["OPTIONS", "*"],
    ["GET", "ftp://localhost/v1/user"],
    ["GET", "http:///v1/user"],
    ["GET", "http://user@localhost/v1/user"],
    ["GET", "http://localhost\\@evil.example/v1/user"],
    ["GET", "localhost:4100"],
    ["GET", "v1/user"],
    ["CONNECT", "localhost:4100"]
  ] as const
  for (const [method, target] of others) {
    it.live(`that is neither a path nor an http URL is refused: ${method} ${target}`, () =>
      Effect.gen(function* () {
        const response = yield* send({ method, target })
        // Node itself closes connections that are not HTTP or ask for a tunnel.
        assert.match(response, method === "CONNECT" ? /^$/ : /^400/)
        assert.strictEqual(yield* send({ method: "GET", target: "/v1/user" }), "499 application/json")
      }).pipe(withSandbox)
    )
  }
})
