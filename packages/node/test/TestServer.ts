/** Servers on loopback that record what reaches them. */
import { Effect, Queue, type Scope } from "effect"
import * as Http from "node:http"
import * as Net from "node:net"
import * as Tls from "node:tls"
import { certificate, privateKey } from "./Certificate.js"

export interface TestServer {
  readonly url: string
  readonly port: number
  /** Number of sockets that were opened in all. */
  readonly sockets: () => number
  /** Number of sockets that are open now. */
  readonly open: () => number
  /** One entry for each socket that closed. */
  readonly closed: Queue.Queue<void>
}

const watch = (
  server: Net.Server,
  scheme: "http" | "https",
  event: "connection" | "secureConnection"
): Effect.Effect<TestServer, never, Scope.Scope> =>
  Effect.gen(function* () {
    const open = new Set<Net.Socket>()
    const closed = yield* Queue.unbounded<void>()
    let sockets = 0
    server.on(event, (socket: Net.Socket) => {
      sockets++
      open.add(socket)
      socket.on("error", () => {})
      socket.on("close", () => {
        open.delete(socket)
        Queue.unsafeOffer(closed, undefined)
      })
    })
    const port = yield* Effect.acquireRelease(
      Effect.async<number>((resume) => {
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
        })
      }),
      () =>
        Effect.async<void>((resume) => {
          for (const socket of open) socket.destroy()
          server.close(() => resume(Effect.void))
        })
    )
    return { url: `${scheme}://127.0.0.1:${port}`, port, sockets: () => sockets, open: () => open.size, closed }
  })

export interface Arrival {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: Http.IncomingHttpHeaders
  readonly body: string
}

export interface HttpTestServer extends TestServer {
  readonly arrivals: ReadonlyArray<Arrival>
  readonly arrived: Queue.Queue<Arrival>
}

/** A server that reads and records each complete request, then calls `answer`. */
export const http = (
  answer: (response: Http.ServerResponse, arrival: Arrival) => void
): Effect.Effect<HttpTestServer, never, Scope.Scope> =>
  Effect.gen(function* () {
    const arrivals: Array<Arrival> = []
    const arrived = yield* Queue.unbounded<Arrival>()
    const server = Http.createServer((request, response) => {
      const chunks: Array<Buffer> = []
      request.on("error", () => {})
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => {
        const { method, url, headers } = request
        const arrival = { method, url, headers, body: Buffer.concat(chunks).toString() }
        arrivals.push(arrival)
        Queue.unsafeOffer(arrived, arrival)
        answer(response, arrival)
      })
    })
    return { ...(yield* watch(server, "http", "connection")), arrivals, arrived }
  })

export interface RawTestServer extends TestServer {
  /** One entry for each piece of bytes received, on any socket. */
  readonly pieces: Queue.Queue<string>
  readonly text: () => string
}

const raw = (
  make: (onSocket: (socket: Net.Socket) => void) => Net.Server,
  scheme: "http" | "https",
  answer: (socket: Net.Socket, text: string) => void
): Effect.Effect<RawTestServer, never, Scope.Scope> =>
  Effect.gen(function* () {
    const pieces = yield* Queue.unbounded<string>()
    let text = ""
    const server = make((socket) => {
      socket.on("data", (data: Buffer) => {
        text += data.toString()
        Queue.unsafeOffer(pieces, data.toString())
        answer(socket, data.toString())
      })
    })
    const watched = yield* watch(server, scheme, scheme === "http" ? "connection" : "secureConnection")
    return { ...watched, pieces, text: () => text }
  })

/** A TCP server: calls `answer` with each piece of bytes. */
export const net = (
  answer: (socket: Net.Socket, text: string) => void
): Effect.Effect<RawTestServer, never, Scope.Scope> => raw((onSocket) => Net.createServer(onSocket), "http", answer)

/** The same over TLS, with a certificate that is not trusted by default. */
export const tls = (
  answer: (socket: Net.Socket, text: string) => void
): Effect.Effect<RawTestServer, never, Scope.Scope> =>
  raw((onSocket) => Tls.createServer({ cert: certificate, key: privateKey }, onSocket), "https", answer)

/** A proxy that tunnels by CONNECT, and the requested targets. */
export const proxy = (options?: {
  readonly refuse?: number | undefined
}): Effect.Effect<TestServer & { readonly targets: ReadonlyArray<string> }, never, Scope.Scope> =>
  Effect.gen(function* () {
    const targets: Array<string> = []
    const server = Http.createServer()
    server.on("connect", (request: Http.IncomingMessage, socket: Net.Socket) => {
      targets.push(request.url ?? "")
      if (options?.refuse !== undefined) {
        socket.end(`HTTP/1.1 ${options.refuse} No\r\ncontent-length: 0\r\n\r\n`)
        return
      }
      const [host, port] = (request.url ?? "").split(":")
      const upstream = Net.connect(Number(port), host, () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n")
        upstream.pipe(socket).pipe(upstream)
      })
      upstream.on("error", () => socket.destroy())
      socket.on("close", () => upstream.destroy())
    })
    return { ...(yield* watch(server, "http", "connection")), targets }
  })

export const json = (value: unknown): string => {
  const body = JSON.stringify(value)
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}
