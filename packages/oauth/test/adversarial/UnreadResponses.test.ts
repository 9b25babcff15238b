import { NodeHttpClient as UndiciPool } from "@effect-baanx/node"
import { Baanx, PendingAuthorizations, TokenSession, TokenSet, TokenStore } from "@effect-baanx/oauth"
import { HttpClient, HttpClientRequest } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Context, DateTime, Effect, FastCheck, Fiber, Layer, Redacted, Stream } from "effect"
import type * as Net from "node:net"
import * as Zlib from "node:zlib"
import { accessToken, issued, key, refreshToken, secrets } from "../Fixtures.js"
import { rawServer } from "./RawServer.js"
import { runs } from "./Runs.js"
import { transports } from "./Transports.js"

/** The size of the pool, and the number of concurrent calls. */
const connections = 8

const all: typeof transports = [
  ...transports.filter(([name]) => name !== "@effect-baanx/node"),
  ["@effect-baanx/node", Layer.orDie(UndiciPool.layer({ connections }))]
]

interface Framed {
  readonly head: string
  readonly body: Uint8Array
  /** Whether the end of the connection ends the body. */
  readonly closes?: boolean
}

const chunk = (body: Uint8Array) =>
  Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from("\r\n")])
const end = Buffer.from("0\r\n\r\n")
const half = (body: Uint8Array) => body.length >> 1

const framings: ReadonlyArray<readonly [name: string, (body: Uint8Array) => Framed]> = [
  ["with a length", (body) => ({ head: `content-length: ${body.length}`, body })],
  [
    "in chunks",
    (body) => ({
      head: "transfer-encoding: chunked",
      body: Buffer.concat([chunk(body.subarray(0, half(body))), chunk(body.subarray(half(body))), end])
    })
  ],
  ["up to the end of the connection", (body) => ({ head: "connection: close", body, closes: true })],
  [
    "compressed, with a length",
    (body) => {
      const zipped = Zlib.gzipSync(body)
      return { head: `content-encoding: gzip\r\ncontent-length: ${zipped.length}`, body: zipped }
    }
  ],
  [
    "compressed, in chunks",
    (body) => ({
      head: "content-encoding: br\r\ntransfer-encoding: chunked",
      body: Buffer.concat([chunk(Zlib.brotliCompressSync(body)), end])
    })
  ]
]

interface Response {
  readonly framing: string
  readonly status: number
  readonly send: (socket: Net.Socket) => void
}

/** A response in one piece, or with its body in pieces after the head. */
const response = (sizes: FastCheck.Arbitrary<number>, statuses: FastCheck.Arbitrary<number>) =>
  FastCheck.record({
    framing: FastCheck.constantFrom(...framings),
    status: statuses,
    size: sizes,
    pieces: FastCheck.integer({ min: 0, max: 3 })
  }).map(({ framing: [framing, frame], pieces, size, status }): Response => {
    // Irregular, so that it stays large when it is compressed.
    const body = Buffer.alloc(size).map((_, index) => (index * index * 31) >> 3)
    const { body: sent, closes, head } = frame(body)
    const start = Buffer.from(`HTTP/1.1 ${status} Some\r\ncontent-type: text/plain\r\n${head}\r\n\r\n`)
    const whole = pieces === 0 ? Buffer.concat([start, sent]) : start
    const step = Math.ceil(sent.length / pieces)
    return {
      framing: `${framing}, ${size} bytes in ${pieces} pieces`,
      status,
      send: (socket) => {
        socket.write(whole)
        const go = (piece: number): void => {
          if (socket.destroyed) return
          if (piece < pieces)
            socket.write(sent.subarray(piece * step, (piece + 1) * step), () => setImmediate(go, piece + 1))
          else if (closes === true) socket.end()
        }
        go(0)
      }
    }
  })

const small = FastCheck.integer({ min: 0, max: 60_000 })
const large = FastCheck.integer({ min: 0, max: 400_000 })
const anyStatus = FastCheck.integer({ min: 200, max: 599 }).filter((status) => status !== 204 && status !== 304)

type Discard = (client: HttpClient.HttpClient) => Effect.Effect<unknown, unknown>

const get = HttpClientRequest.get("/dropped")

const patterns: ReadonlyArray<readonly [name: string, sizes: FastCheck.Arbitrary<number>, discard: Discard]> = [
  ["filterStatusOk", small, (client) => HttpClient.filterStatusOk(client).execute(get)],
  [
    "filterStatusOk and a retry",
    small,
    (client) => HttpClient.retry(HttpClient.filterStatusOk(client), { times: 2 }).execute(get)
  ],
  ["reading only the head", small, (client) => client.execute(get)],
  [
    "reading a part of the stream",
    large,
    (client) => Effect.flatMap(client.execute(get), ({ stream }) => Stream.runDrain(Stream.take(stream, 1)))
  ],
  [
    "interrupting the reader",
    large,
    (client) =>
      Effect.flatMap(client.execute(get), ({ text }) =>
        Effect.flatMap(Effect.fork(text), (reader) => Effect.zipRight(Effect.yieldNow(), Fiber.interrupt(reader)))
      )
  ],
  [
    "interrupting the call",
    large,
    (client) =>
      Effect.flatMap(Effect.fork(client.execute(get)), (call) =>
        Effect.zipRight(Effect.yieldNow(), Fiber.interrupt(call))
      )
  ],
  ["reading it whole", large, (client) => Effect.flatMap(client.execute(get), ({ text }) => text)]
]

const json = (status: number, value: unknown): string => {
  const body = JSON.stringify(value)
  return `HTTP/1.1 ${status} Some\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

/** The client of a session, at a server that calls `refuse` for the first access token and accepts the second. */
const world = (transport: Layer.Layer<HttpClient.HttpClient>, refuse: (socket: Net.Socket) => void, renewed: boolean) =>
  Effect.gen(function* () {
    const server = yield* rawServer((socket, _, request) => {
      if (/^POST \S+\/token /.test(request))
        socket.write(json(200, { ...issued, access_token: "access_token_renewed" }))
      else if (request.startsWith("GET /dropped ") && !request.includes("access_token_renewed")) refuse(socket)
      else socket.write(json(200, "whole"))
    })
    const baanx = yield* Layer.build(
      Baanx.layerWithStores({ baseUrl: server.baseUrl, clientKey: Redacted.make(secrets.clientKey) }).pipe(
        Layer.provide(Layer.merge(PendingAuthorizations.layerMemory, TokenStore.layerMemory)),
        Layer.provide(transport),
        Layer.orDie
      )
    )
    const session = Context.get(baanx, TokenSession)
    const now = yield* DateTime.now
    yield* session.start(
      key,
      new TokenSet({
        accessToken,
        refreshToken,
        expiresAt: DateTime.add(now, { hours: 6 }),
        region: "international",
        issuedAt: renewed ? now : DateTime.subtract(now, { hours: 1 })
      })
    )
    return { client: yield* session.httpClient(key) }
  })

const atOnce = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.all(
    Array.from({ length: connections }, () => effect),
    { concurrency: "unbounded" }
  )

/** Fails before the pool's own time limit of 30 seconds. */
const soon = <A, E>(what: string, effect: Effect.Effect<A, E>) =>
  Effect.timeoutFail(effect, { duration: "20 seconds", onTimeout: () => new Error(`${what} takes too long`) })

const whole = (client: HttpClient.HttpClient) =>
  Effect.map(atOnce(Effect.flatMap(client.get("/whole"), ({ json }) => json)), (values) =>
    assert.deepStrictEqual(new Set(values), new Set(["whole"]))
  )

describe("a response that is not read leaves the connection pool intact", () => {
  for (const [name, transport] of all) {
    // Only here: what other transports do with a dropped response is up to them, and Node's can end the process.
    for (const [pattern, sizes, discard] of name === "@effect-baanx/node" ? patterns : []) {
      it.scopedLive.prop(
        `after ${pattern}, through ${name}`,
        [response(sizes, anyStatus)],
        ([dropped]) =>
          Effect.gen(function* () {
            const { client } = yield* world(transport, dropped.send, true)
            const what = `${dropped.status} ${dropped.framing}`
            for (let times = 0; times < 2; times++) yield* soon(what, atOnce(Effect.ignore(discard(client))))
            yield* soon(`a call after ${what}`, whole(client))
          }),
        runs(10)
      )
    }

    it.scopedLive.prop(
      `after a renewal of the session, through ${name}`,
      [response(large, FastCheck.constant(401))],
      ([dropped]) =>
        Effect.gen(function* () {
          const { client } = yield* world(transport, dropped.send, false)
          const statuses = yield* soon(dropped.framing, atOnce(Effect.map(client.execute(get), ({ status }) => status)))
          assert.deepStrictEqual(new Set(statuses), new Set([200]))
          yield* soon(`a call after ${dropped.framing}`, whole(client))
        }),
      runs(20)
    )

    it.scopedLive(`after a renewal of the session, even if the response never ends, through ${name}`, () =>
      Effect.gen(function* () {
        const { client } = yield* world(
          transport,
          (socket) => socket.write("HTTP/1.1 401 No\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n"),
          false
        )
        const statuses = yield* soon("401", atOnce(Effect.map(client.execute(get), ({ status }) => status)))
        assert.deepStrictEqual(new Set(statuses), new Set([200]))
        yield* soon("a call after it", whole(client))
      })
    )
  }
})
