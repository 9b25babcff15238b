/**
 * The engine behind a socket.
 *
 * @since 0.1.0
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Scope } from "effect/Scope"
import * as Stream from "effect/Stream"
import { createServer, type Server } from "node:http"
import type { Engine } from "./internal/Engine.js"
import type { ConnectionCut } from "./internal/Faults.js"

/**
 * The server could not listen.
 *
 * @since 0.1.0
 * @category errors
 */
export class SandboxStartError extends Schema.TaggedError<SandboxStartError>()("SandboxStartError", {
  reason: Schema.Literal("PortTaken", "PortForbidden", "InvalidPort", "Other"),
  host: Schema.String,
  port: Schema.Number
}) {
  override get message(): string {
    const where = `${this.host}:${this.port}`
    switch (this.reason) {
      case "PortTaken":
        return `Port ${this.port} is already in use on ${this.host}: stop what listens there, or choose another port (0 takes any free one)`
      case "PortForbidden":
        return `This user may not listen on ${where}: choose a port above 1023`
      case "InvalidPort":
        return `${this.port} is not a port: choose one from 1 to 65535 (0 takes any free one)`
      case "Other":
        return `The sandbox cannot listen on ${where}: is it an address of this machine?`
    }
  }
}

const reasons: Readonly<Record<string, SandboxStartError["reason"]>> = {
  EADDRINUSE: "PortTaken",
  EACCES: "PortForbidden"
}

const startError = (cause: unknown, host: string, port: number) => {
  const code = typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : ""
  return new SandboxStartError({ reason: reasons[code] ?? "Other", host, port })
}

/** The address at which this machine reaches a server that listens on every address. */
const reachable: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" }

const urlOf = (host: string, port: number) => {
  const address = reachable[host] ?? host
  return `http://${address.includes(":") ? `[${address}]` : address}:${port}`
}

/** How long a client may take, in milliseconds of real time. */
const timeouts = { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5_000 }

const closeInTime = (server: Server, graceMillis: number) =>
  Effect.sync(() => {
    // A connection that was busy when the server closed stays open for its next request, which never comes.
    const idle = setInterval(() => server.closeIdleConnections(), 20)
    const grace = setTimeout(() => server.closeAllConnections(), graceMillis)
    server.once("close", () => {
      clearInterval(idle)
      clearTimeout(grace)
    })
  })

/** Closes the connection if the engine says so, after everything written has been sent. */
const cuttable = (request: HttpServerRequest.HttpServerRequest, app: HttpApp.Default<ConnectionCut>) => {
  const cut = Effect.async<void>((resume) => {
    setImmediate(() => {
      NodeHttpServerRequest.toServerResponse(request).destroy()
      resume(Effect.void)
    })
  })
  return app.pipe(
    Effect.map((response) =>
      response.body._tag === "Stream"
        ? HttpServerResponse.setBody(
            response,
            HttpBody.stream(
              Stream.onError(response.body.stream, () => cut),
              response.body.contentType,
              response.body.contentLength
            )
          )
        : response
    ),
    Effect.catchTag("ConnectionCut", () => Effect.as(cut, HttpServerResponse.empty()))
  )
}

/**
 * Listens and responds until the scope closes; `onListen` receives the base URL before the first request. Responses in
 * flight are completed, within at most `graceMillis` of real time.
 *
 * @since 0.1.0
 * @category constructors
 */
export const serve = (
  engine: Pick<Engine, "app" | "endEvents">,
  options: {
    readonly host: string
    readonly port: number
    readonly maxConnections: number
    readonly graceMillis: number
    readonly onListen: (baseUrl: string) => void
  }
): Effect.Effect<void, SandboxStartError, Scope> =>
  Effect.gen(function* () {
    const { host, port } = options
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      return yield* new SandboxStartError({ reason: "InvalidPort", host, port })
    }
    const server = Object.assign(createServer(timeouts), { maxConnections: options.maxConnections })
    const httpServer = yield* Effect.mapError(
      NodeHttpServer.make(() => server, { host, port }),
      ({ cause }) => startError(cause, host, port)
    )
    if (httpServer.address._tag === "TcpAddress") {
      options.onListen(urlOf(host, httpServer.address.port))
    }
    yield* Effect.addFinalizer(() => Effect.zipRight(engine.endEvents, closeInTime(server, options.graceMillis)))
    const app = Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => cuttable(request, engine.app))
    // A span of the server would contain the whole URL and every header.
    yield* Effect.locally(httpServer.serve(app), HttpMiddleware.currentTracerDisabledWhen, () => true)
  })
