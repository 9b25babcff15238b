import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Fiber, TestClock } from "effect"
import { authorize, granted, secrets } from "../AuthorizeSuite.js"
import { contained } from "./Contained.js"
import { rawServer } from "./RawServer.js"
import { some, turnsOf } from "../Size.js"
import { through, transports } from "./Transports.js"

const body = JSON.stringify(granted)
const half = body.length >> 1

/** The same good response in every framing of HTTP/1.1. */
const responses = [
  ["with a length", `content-length: ${body.length}\r\n\r\n${body}`],
  [
    "in chunks",
    `transfer-encoding: chunked\r\n\r\n${half.toString(16)}\r\n${body.slice(0, half)}\r\n` +
      `${(body.length - half).toString(16)}\r\n${body.slice(half)}\r\n0\r\n\r\n`
  ],
  ["up to the end of the connection", `connection: close\r\n\r\n${body}`]
].map(([name, rest]) => [name, `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${rest}`] as const)

/** The numbers of bytes to stop after: all of them with `FULL=1`, otherwise this client's share. */
const stops = (whole: number, client: number): ReadonlyArray<number> =>
  some(
    turnsOf(
      Array.from({ length: whole }, (_, bytes) => bytes),
      client,
      transports.length
    )
  )

describe("a response that is cut after any byte", () => {
  for (const [client, [name, transport]] of transports.entries()) {
    for (const [shift, [framing, wire]] of responses.entries()) {
      it.scoped(`fails with a typed error: ${framing}, through ${name}`, () =>
        Effect.gen(function* () {
          const all = stops(wire.length, (client + shift) % transports.length)
          const server = yield* rawServer((socket, index) => {
            // Alternates between closing and resetting connections.
            const cut = () => (index % 2 === 0 ? socket.end() : socket.resetAndDestroy())
            const sent = wire.slice(0, all[index])
            if (sent === "") cut()
            else socket.write(sent, cut)
          })
          const authorizeService = yield* through(transport, server.baseUrl)
          for (const bytes of all) {
            const end = yield* contained(authorize(), secrets).pipe(Effect.provide(authorizeService))
            assert.isTrue(Either.isLeft(end), `${bytes} bytes`)
            if (Either.isLeft(end) && end.left._tag === "TransportError") assert.isTrue(end.left.sent)
          }
          assert.strictEqual(server.received(), all.length)
        })
      )
    }
  }
})

describe("a response that stops after any byte", () => {
  for (const [client, [name, transport]] of transports.entries()) {
    it.scoped(`times out after 10 seconds, through ${name}`, () =>
      Effect.gen(function* () {
        const [, wire = ""] = responses[0] ?? []
        const all = stops(wire.length, client)
        const server = yield* rawServer((socket, index) => socket.write(wire.slice(0, all[index])))
        const authorizeService = yield* through(transport, server.baseUrl)
        for (const [index, bytes] of all.entries()) {
          const call = yield* Effect.fork(contained(authorize(), secrets).pipe(Effect.provide(authorizeService)))
          yield* server.arrival(index + 1)
          yield* TestClock.adjust("10 seconds")
          const end = yield* Fiber.join(call)
          assert.isTrue(
            Either.isLeft(end) && end.left._tag === "TransportError" && end.left.reason === "Timeout",
            `${bytes} bytes`
          )
        }
        yield* server.idle
      })
    )
  }
})

describe("a response in pieces of one byte", () => {
  for (const [name, transport] of transports) {
    for (const [framing, wire] of responses) {
      it.scoped(`is read as a whole: ${framing}, through ${name}`, () =>
        Effect.gen(function* () {
          const server = yield* rawServer((socket) => {
            let at = 0
            const go = (): void => {
              if (at < wire.length) socket.write(wire.charAt(at++), () => setImmediate(go))
              else socket.end()
            }
            go()
          })
          const authorizeService = yield* through(transport, server.baseUrl)
          const end = yield* contained(authorize(), secrets).pipe(Effect.provide(authorizeService))
          assert.isTrue(Either.isRight(end))
        })
      )
    }
  }
})
