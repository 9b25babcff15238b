import { type Deadline, type DeadlineHttpClient, executeWithin } from "@effect-baanx/api/Transport"
import { assert, describe, it } from "@effect/vitest"
import { type Clock, Deferred, Effect, Fiber, Queue, TestClock } from "effect"
import type * as Http from "node:http"
import * as Zlib from "node:zlib"
import { failureOf, make, ok, post } from "./Calls.js"
import * as TestServer from "./TestServer.js"

describe("a timeout", () => {
  it.scoped("for the headers ends a call with endless informational responses", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.net((socket) => {
        const go = (): void => {
          if (!socket.destroyed) socket.write("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n", () => setImmediate(go))
        }
        go()
      })
      const client = yield* make({ headersTimeout: "20 millis", connections: 1 })
      for (let n = 0; n < 2; n++) {
        assert.deepStrictEqual(failureOf(yield* Effect.flip(client.execute(post(server.url)))), {
          error: "RequestError",
          reason: "Timeout",
          sent: true
        })
        yield* Queue.take(server.closed)
      }
    })
  )

  it.scoped("for the headers stops once they have arrived", () =>
    Effect.gen(function* () {
      const go = yield* Deferred.make<void>()
      const server = yield* TestServer.net((socket) => {
        socket.write(`HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nso`)
        Effect.runFork(Effect.andThen(Deferred.await(go), () => socket.write("me")))
      })
      const silent = yield* TestServer.net(() => {})
      const client = yield* make({ headersTimeout: "20 millis" })
      const call = yield* Effect.fork(ok(server.url)(client))
      yield* Queue.take(server.pieces)
      yield* Effect.flip(client.execute(post(silent.url)))
      yield* Deferred.succeed(go, undefined)
      assert.strictEqual(yield* Fiber.join(call), "some")
    })
  )

  it.scoped("ends connecting, waiting for headers, reading a body and keeping a body that is not read", () =>
    Effect.gen(function* () {
      const silent = yield* TestServer.net(() => {})
      const halting = yield* TestServer.net((socket) =>
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nsome")
      )
      const unread = yield* TestServer.net((socket) =>
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\nsome")
      )
      const soon = "20 millis"
      const connect = Effect.flatMap(make({ connectTimeout: soon }), (client) =>
        Effect.flip(client.execute(post(silent.url.replace("http:", "https:"))))
      )
      const headers = Effect.flatMap(make({ headersTimeout: soon }), (client) =>
        Effect.flip(client.execute(post(silent.url)))
      )
      const body = Effect.flatMap(make({ bodyTimeout: soon }), (client) =>
        Effect.flatMap(client.execute(post(halting.url)), (response) => Effect.flip(response.text))
      )
      const nobody = Effect.gen(function* () {
        const response = yield* (yield* make({ bodyTimeout: soon })).execute(post(unread.url))
        yield* Queue.take(unread.closed)
        return yield* Effect.flip(response.text)
      })
      const errors = yield* Effect.all([connect, headers, body, nobody], { concurrency: 4 })
      assert.deepStrictEqual(errors.map(failureOf), [
        { error: "RequestError", reason: "Timeout", sent: false },
        { error: "RequestError", reason: "Timeout", sent: true },
        { error: "ResponseError", reason: "Timeout", sent: true },
        { error: "ResponseError", reason: "Timeout", sent: true }
      ])
    })
  )
})

describe("the timeout of a body that is not read", () => {
  it.scoped("stops once it is read", () =>
    Effect.gen(function* () {
      const go = yield* Deferred.make<void>()
      const slow = yield* TestServer.http((response) => {
        response.write("one ")
        Effect.runFork(Effect.andThen(Deferred.await(go), () => response.end("two")))
      })
      const unread = yield* TestServer.net((socket) =>
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\nsome")
      )
      const client = yield* make({ bodyTimeout: "20 millis" })
      const reader = yield* Effect.fork((yield* client.get(slow.url)).text)
      yield* client.get(unread.url)
      yield* Queue.take(unread.closed)
      yield* Deferred.succeed(go, undefined)
      assert.strictEqual(yield* Fiber.join(reader), "one two")
    })
  )
})

describe("a deadline", () => {
  const within = (client: DeadlineHttpClient, url: string, deadline: Deadline) =>
    Effect.flatMap(client[executeWithin](post(url), deadline).effect, (response) => response.text)

  /** One connection, which a call to `/first` holds until `respond`. */
  const busy = Effect.gen(function* () {
    const waiting: Array<Http.ServerResponse> = []
    const server = yield* TestServer.http((response) => void waiting.push(response))
    const client = yield* make({ connections: 1 })
    const first = yield* Effect.fork(ok(`${server.url}/first`)(client))
    yield* Queue.take(server.arrived)
    const respond = () => waiting.shift()?.end("ok")
    return { server, client, first, respond, clock: yield* Effect.clock }
  })

  it.scoped("gives a call its full time from the moment it gets a connection", () =>
    Effect.gen(function* () {
      const { client, clock, respond, server } = yield* busy
      const call = yield* Effect.fork(within(client, server.url, { queueMillis: 1000, millis: 100, clock }))
      yield* Effect.yieldNow()
      yield* TestClock.adjust(999)
      respond()
      yield* Queue.take(server.arrived)
      yield* TestClock.adjust(99)
      respond()
      assert.strictEqual(yield* Fiber.join(call), "ok")
    })
  )

  it.scoped("ends a call whose response takes too long after the request was sent", () =>
    Effect.gen(function* () {
      const { client, clock, respond, server } = yield* busy
      const deadline = { queueMillis: 1000, millis: 100, clock }
      const call = yield* Effect.fork(Effect.flip(within(client, server.url, deadline)))
      respond()
      yield* Queue.take(server.arrived)
      yield* TestClock.adjust(100)
      assert.deepStrictEqual(failureOf(yield* Fiber.join(call)), {
        error: "RequestError",
        reason: "Timeout",
        sent: true
      })
      yield* Queue.take(server.closed)
    })
  )

  it.scoped("ends a call whose body has arrived but is not decompressed yet", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.net((socket) => {
        const body = Zlib.gzipSync("late")
        const head = `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n`
        socket.write(Buffer.concat([Buffer.from(head), body, Buffer.from("\r\n0\r\n\r\n")]))
      })
      const over = yield* Deferred.make<void>()
      // Decompression ends in a later turn of the event loop, and so would a sleep of the test clock.
      const clock: Clock.Clock = { ...(yield* Effect.clock), sleep: () => Deferred.await(over) }
      const client = yield* make()
      const { effect } = client[executeWithin](post(server.url), { queueMillis: 1000, millis: 1000, clock })
      const response = yield* effect
      yield* Deferred.succeed(over, undefined)
      assert.deepStrictEqual(failureOf(yield* Effect.flip(response.text)), {
        error: "ResponseError",
        reason: "Timeout",
        sent: true
      })
    })
  )

  it.scoped("ends a call that waits too long for a connection, and never sends it", () =>
    Effect.gen(function* () {
      const { client, clock, first, respond, server } = yield* busy
      const deadline = { queueMillis: 1000, millis: 5000, clock }
      const second = yield* Effect.fork(Effect.flip(within(client, `${server.url}/second`, deadline)))
      yield* Effect.yieldNow()
      yield* TestClock.adjust(1000)
      assert.deepStrictEqual(failureOf(yield* Fiber.join(second)), {
        error: "RequestError",
        reason: "Timeout",
        sent: false
      })
      const third = yield* Effect.fork(within(client, `${server.url}/third`, deadline))
      respond()
      yield* Fiber.join(first)
      yield* Queue.take(server.arrived)
      respond()
      yield* Fiber.join(third)
      assert.deepStrictEqual(
        server.arrivals.map(({ url }) => url),
        ["/first", "/third"]
      )
      assert.strictEqual(server.sockets(), 1)
    })
  )

  it.scopedLive("also works with the live Clock, both before and after a request is sent", () =>
    Effect.gen(function* () {
      const { client, clock, respond, server } = yield* busy
      const ends = (queueMillis: number, millis: number) =>
        Effect.map(Effect.flip(within(client, server.url, { queueMillis, millis, clock })), failureOf)
      assert.deepStrictEqual(yield* ends(5, 60_000), { error: "RequestError", reason: "Timeout", sent: false })
      respond()
      assert.deepStrictEqual(yield* ends(60_000, 5), { error: "RequestError", reason: "Timeout", sent: true })
    })
  )

  it.scopedLive("counts the time to connect as time before the request is sent", () =>
    Effect.gen(function* () {
      const silent = yield* TestServer.net(() => {})
      const clock = yield* Effect.clock
      const url = silent.url.replace("http:", "https:")
      const error = yield* Effect.flip(within(yield* make(), url, { queueMillis: 20, millis: 60_000, clock }))
      assert.deepStrictEqual(failureOf(error), { error: "RequestError", reason: "Timeout", sent: false })
    })
  )

  it.scopedLive("is met by many calls that queue for longer than one call may take", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http((response) => void setTimeout(() => response.end("ok"), 50))
      const client = yield* make({ connections: 8 })
      const deadline = { queueMillis: 60_000, millis: 400, clock: yield* Effect.clock }
      const texts = yield* Effect.all(
        Array.from({ length: 200 }, () => within(client, server.url, deadline)),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(texts.join(""), "ok".repeat(200))
      assert.strictEqual(server.sockets(), 8)
    })
  )
})
