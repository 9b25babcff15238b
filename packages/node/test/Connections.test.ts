import { HttpClientRequest, type HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Deferred, Effect, Exit, Fiber, Queue, Scope, Stream } from "effect"
import * as Util from "node:util"
import { failureOf, make, ok, post } from "./Calls.js"
import { certificate } from "./Certificate.js"
import * as TestServer from "./TestServer.js"

describe("the pool", () => {
  it.scoped("sends successive calls over one socket", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http((response) => response.end("ok"))
      const client = yield* make({ connections: 1 })
      for (let n = 0; n < 20; n++) yield* ok(server.url)(client)
      assert.strictEqual(server.sockets(), 1)
      assert.strictEqual(server.arrivals.length, 20)
    })
  )

  it.scoped("opens no more sockets than its limit", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http((response) => setImmediate(() => response.end("ok")))
      const client = yield* make({ connections: 3 })
      yield* Effect.all(
        Array.from({ length: 30 }, () => ok(server.url)(client)),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(server.sockets(), 3)
      assert.strictEqual(server.arrivals.length, 30)
    })
  )

  it.scoped("closes the socket after each call if pipelining is 0", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http((response) => response.end("ok"))
      const client = yield* make({ pipelining: 0 })
      for (let n = 0; n < 3; n++) yield* ok(server.url)(client)
      assert.strictEqual(server.sockets(), 3)
    })
  )

  it.scoped("closes a socket that was idle for longer than keepAlive", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.net((socket) => socket.write(TestServer.json({})))
      const client = yield* make({ keepAlive: "5 millis" })
      yield* ok(server.url)(client)
      yield* Queue.take(server.closed)
      yield* ok(server.url)(client)
      assert.strictEqual(server.sockets(), 2)
    })
  )

  it.scoped("lets two GETs share a socket if pipelining allows it, but never a POST", () =>
    Effect.gen(function* () {
      const go = yield* Deferred.make<void>()
      const server = yield* TestServer.net((socket, text) => {
        if (!text.startsWith("GET /first")) return
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n")
        Effect.runFork(
          Effect.andThen(Deferred.await(go), () => socket.write("ok" + TestServer.json({}) + TestServer.json({})))
        )
      })
      const client = yield* make({ connections: 1, pipelining: 3 })
      const first = yield* Effect.fork(client.get(`${server.url}/first`))
      assert.include(yield* Queue.take(server.pieces), "GET /first")
      const third = yield* Effect.fork(client.get(`${server.url}/second`))
      assert.include(yield* Queue.take(server.pieces), "GET /second")
      const second = yield* Effect.fork(client.execute(post(server.url)))
      yield* Deferred.succeed(go, undefined)
      yield* Fiber.join(first)
      yield* Fiber.join(third)
      assert.include(yield* Queue.take(server.pieces), "POST /")
      yield* Fiber.interrupt(second)
      assert.strictEqual(server.sockets(), 1)
    })
  )

  it.scoped("ends with its scope, and ends every call", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http((response, { url }) => {
        if (url === "/ok") response.end("ok")
      })
      const scope = yield* Scope.make()
      const client = yield* Scope.extend(make(), scope)
      yield* Effect.all([ok(`${server.url}/ok`)(client), ok(`${server.url}/ok`)(client)], { concurrency: 2 })
      yield* Queue.takeN(server.arrived, 2)
      const fiber = yield* Effect.fork(Effect.flip(client.execute(post(server.url))))
      yield* Queue.take(server.arrived)
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(failureOf(yield* Fiber.join(fiber)), {
        error: "RequestError",
        reason: "Closed",
        sent: true
      })
      while (server.open() > 0) yield* Queue.take(server.closed)
      const afterClose = yield* Effect.flip(client.execute(post(server.url)))
      assert.deepStrictEqual(failureOf(afterClose), { error: "RequestError", reason: "Closed", sent: false })
    })
  )
})

describe("a connection that breaks", () => {
  const once = (text: string, part: string) => assert.strictEqual(text.split(part).length, 2, part)

  it.scoped("before it is established: nothing was sent", () =>
    Effect.gen(function* () {
      const { url } = yield* Effect.scoped(TestServer.http((response) => response.end()))
      const error = yield* Effect.flip((yield* make()).execute(post(url)))
      assert.deepStrictEqual(failureOf(error), { error: "RequestError", reason: "Connect", sent: false })
    })
  )

  it.scoped("after the request: it may have arrived, and is not sent again", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.net((socket, text) =>
        text.includes("second") ? socket.destroy() : socket.write(TestServer.json({}))
      )
      const client = yield* make({ connections: 1 })
      yield* ok(server.url)(client)
      const error = yield* Effect.flip(client.execute(post(server.url, "second")))
      assert.deepStrictEqual(failureOf(error), { error: "RequestError", reason: "Closed", sent: true })
      yield* ok(server.url)(client)
      once(server.text(), "second")
      assert.strictEqual(server.sockets(), 2)
    })
  )

  it.scoped("with a second GET on it: neither is sent again", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.net((socket, text) => {
        if (text.includes("second")) socket.destroy()
        else if (text.includes("first")) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n")
        else socket.write(TestServer.json({}))
      })
      const client = yield* make({ connections: 1, pipelining: 2 })
      const first = yield* Effect.fork(client.get(`${server.url}/first`))
      yield* Queue.take(server.pieces)
      const second = yield* Effect.flip(client.get(`${server.url}/second`))
      assert.deepStrictEqual(failureOf(second), { error: "RequestError", reason: "Closed", sent: true })
      assert.deepStrictEqual(failureOf(yield* Effect.flip((yield* Fiber.join(first)).text)), {
        error: "ResponseError",
        reason: "Closed",
        sent: true
      })
      yield* client.get(`${server.url}/third`)
      once(server.text(), "first")
      once(server.text(), "second")
      once(server.text(), "third")
    })
  )

  it.scoped("on the server's side after a response: the next call opens a new one", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.net((socket) => {
        socket.write(TestServer.json({ a: 1 }))
        socket.end()
      })
      const client = yield* make()
      yield* ok(server.url)(client)
      yield* Queue.take(server.closed)
      assert.strictEqual(yield* ok(server.url)(client), `{"a":1}`)
      assert.strictEqual(server.sockets(), 2)
    })
  )

  for (const [kind, head] of [
    ["small", "content-length: 10"],
    ["large", "content-length: 200000"],
    ["chunked", "transfer-encoding: chunked"]
  ] as const) {
    it.scoped(`in the middle of a ${kind} response: reading the body fails with Closed`, () =>
      Effect.gen(function* () {
        const server = yield* TestServer.net((socket) => {
          socket.write(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n4\r\nsome\r\n`)
          socket.end()
        })
        const client = yield* make()
        const whole = yield* client.execute(post(server.url))
        assert.strictEqual(whole.status, 200)
        assert.deepStrictEqual(failureOf(yield* Effect.flip(whole.text)), {
          error: "ResponseError",
          reason: "Closed",
          sent: true
        })
        const streamed = yield* client.execute(post(server.url))
        assert.deepStrictEqual(failureOf(yield* Effect.flip(Stream.runDrain(streamed.stream))), {
          error: "ResponseError",
          reason: "Closed",
          sent: true
        })
      })
    )
  }

  it.scoped("with a response that is not HTTP: fails with Protocol", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.net((socket) => socket.write("SSH-2.0-OpenSSH_9.6 secret\r\n"))
      const error = yield* Effect.flip((yield* make()).execute(post(server.url)))
      assert.deepStrictEqual(failureOf(error), { error: "RequestError", reason: "Protocol", sent: true })
      assert.notInclude(Util.inspect(error, { depth: 9, showHidden: true }), "OpenSSH")
    })
  )
})

describe("interruption", () => {
  it.scoped("closes a connection that waits for a response", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http(() => {})
      const client = yield* make()
      const fiber = yield* Effect.fork(client.execute(post(server.url)))
      yield* Queue.take(server.arrived)
      yield* Fiber.interrupt(fiber)
      yield* Queue.take(server.closed)
    })
  )

  it.scoped("closes a connection whose body is being read", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http((response) => response.write("endless"))
      const client = yield* make()
      for (const read of [
        (response: HttpClientResponse.HttpClientResponse) => Effect.asVoid(response.text),
        (response: HttpClientResponse.HttpClientResponse) => Stream.runDrain(response.stream)
      ]) {
        const response = yield* client.execute(post(server.url))
        const fiber = yield* Effect.fork(read(response))
        yield* Effect.yieldNow()
        yield* Fiber.interrupt(fiber)
        yield* Queue.take(server.closed)
        assert.strictEqual((yield* Effect.flip(response.text)).reason, "Decode")
      }
    })
  )

  it.scoped("of a call that waits for a socket sends nothing and keeps the socket open", () =>
    Effect.gen(function* () {
      const go = yield* Deferred.make<void>()
      const server = yield* TestServer.http((response) => {
        Effect.runFork(Effect.andThen(Deferred.await(go), () => response.end("ok")))
      })
      const client = yield* make({ connections: 1 })
      const first = yield* Effect.fork(ok(`${server.url}/first`)(client))
      yield* Queue.take(server.arrived)
      const second = yield* Effect.fork(ok(`${server.url}/second`)(client))
      const third = yield* Effect.fork(ok(`${server.url}/third`)(client))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(second)
      yield* Deferred.succeed(go, undefined)
      yield* Fiber.join(first)
      yield* Fiber.join(third)
      assert.deepStrictEqual(
        server.arrivals.map(({ url }) => url),
        ["/first", "/third"]
      )
      assert.strictEqual(server.sockets(), 1)
    })
  )

  it.scoped("of one call in twenty leaks no socket and causes no warning", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http((response) => response.end("ok"))
      const scope = yield* Scope.make()
      const client = yield* Scope.extend(make({ connections: 10 }), scope)
      const warnings: Array<Error> = []
      const warn = (warning: Error) => warnings.push(warning)
      process.on("warning", warn)
      let responses = 0
      yield* Effect.forEach(
        Array.from({ length: 2000 }, (_, n) => n),
        (n) =>
          n % 20 === 0
            ? Effect.gen(function* () {
                const fiber = yield* Effect.fork(ok(server.url)(client))
                yield* Effect.yieldNow()
                yield* Fiber.interrupt(fiber)
              })
            : Effect.map(ok(server.url)(client), () => void responses++),
        { concurrency: 50, discard: true }
      )
      process.off("warning", warn)
      assert.strictEqual(responses, 1900)
      assert.isAtMost(server.arrivals.length, 2000)
      assert.isAtMost(server.open(), 10)
      yield* Scope.close(scope, Exit.void)
      while (server.open() > 0) yield* Queue.take(server.closed)
      assert.deepStrictEqual(warnings, [])
    })
  )
})

describe("TLS", () => {
  const secret = (socket: { write: (text: string) => void }) => socket.write(TestServer.json({ a: 1 }))

  it.scoped("trusts a certificate only if its CA is configured", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.tls(secret)
      const error = yield* Effect.flip((yield* make()).execute(post(server.url)))
      assert.deepStrictEqual(failureOf(error), { error: "RequestError", reason: "Tls", sent: false })
      assert.strictEqual(server.text(), "")
      assert.strictEqual(yield* ok(server.url)(yield* make({ ca: certificate })), `{"a":1}`)
      assert.strictEqual(yield* ok(server.url)(yield* make({ ca: [certificate] })), `{"a":1}`)
    })
  )

  it.scoped("checks the host name", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.tls(secret)
      const error = yield* Effect.flip(
        (yield* make({ ca: certificate })).execute(post(server.url.replace("127.0.0.1", "127.0.0.2")))
      )
      // Some systems have no loopback address but 127.0.0.1.
      assert.include(["Tls", "Connect"], failureOf(error).reason)
      const named = yield* ok(server.url.replace("127.0.0.1", "localhost"))(yield* make({ ca: certificate }))
      assert.strictEqual(named, `{"a":1}`)
    })
  )

  it.scoped("cannot be turned off by an environment variable", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.tls(secret)
      yield* Effect.acquireRelease(
        Effect.sync(() => {
          process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0"
        }),
        () =>
          Effect.sync(() => {
            delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"]
          })
      )
      const error = yield* Effect.flip((yield* make()).execute(post(server.url)))
      assert.deepStrictEqual(failureOf(error), { error: "RequestError", reason: "Tls", sent: false })
      assert.strictEqual(server.text(), "")
    })
  )

  it.scoped("fails with Tls if the server does not speak it", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.net((socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"))
      const error = yield* Effect.flip((yield* make()).execute(post(server.url.replace("http:", "https:"))))
      assert.deepStrictEqual(failureOf(error), { error: "RequestError", reason: "Tls", sent: false })
    })
  )
})

describe("a proxy from the environment", () => {
  const env = (entries: Record<string, string>) =>
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(entries))))

  it.scoped("is used if enabled, for http and https, except for the hosts of no_proxy", () =>
    Effect.gen(function* () {
      const plain = yield* TestServer.http((response) => response.end("ok"))
      const secure = yield* TestServer.tls((socket) => socket.write(TestServer.json({})))
      const proxy = yield* TestServer.proxy()
      const options = { proxyFromEnvironment: true, ca: certificate }
      const client = yield* make(options).pipe(
        env({ http_proxy: proxy.url, HTTPS_PROXY: proxy.url, no_proxy: "localhost" })
      )
      yield* ok(plain.url)(client)
      yield* ok(secure.url)(client)
      assert.deepStrictEqual(proxy.targets, [`127.0.0.1:${plain.port}`, `127.0.0.1:${secure.port}`])
      yield* ok(secure.url.replace("127.0.0.1", "localhost"))(client)
      assert.strictEqual(proxy.targets.length, 2)
      const unasked = yield* make().pipe(env({ http_proxy: proxy.url }))
      yield* ok(plain.url)(unasked)
      const unset = yield* make(options).pipe(env({}))
      yield* ok(plain.url)(unset)
      assert.strictEqual(proxy.targets.length, 2)
    })
  )

  it.scoped("does not add a Host header to the empty headers that requests share", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http((response) => response.end("ok"))
      const proxy = yield* TestServer.proxy()
      const client = yield* make({ proxyFromEnvironment: true }).pipe(env({ http_proxy: proxy.url }))
      yield* Effect.scoped(client.execute(HttpClientRequest.get(server.url)))
      assert.deepStrictEqual(Object.keys(HttpClientRequest.get("https://other.example").headers), [])
    })
  )

  it.scoped("is read to the end of a large response without pausing", () =>
    Effect.gen(function* () {
      const large = "x".repeat(900_000)
      const server = yield* TestServer.net((socket) => {
        socket.end(`HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n${large}`)
      })
      const proxy = yield* TestServer.proxy()
      const options = { proxyFromEnvironment: true, bodyTimeout: "5 seconds" } as const
      const client = yield* make(options).pipe(env({ http_proxy: proxy.url }))
      const response = yield* client.get(server.url)
      yield* Queue.take(proxy.closed)
      assert.strictEqual((yield* Stream.mkString(Stream.decodeText(response.stream))).length, large.length)
    })
  )

  it.scoped("that refuses the tunnel fails the call with Connect", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http((response) => response.end("ok"))
      const proxy = yield* TestServer.proxy({ refuse: 407 })
      const client = yield* make({ proxyFromEnvironment: true }).pipe(env({ http_proxy: proxy.url }))
      const error = yield* Effect.flip(client.execute(post(server.url)))
      assert.deepStrictEqual(failureOf(error), { error: "RequestError", reason: "Connect", sent: false })
      assert.strictEqual(server.sockets(), 0)
    })
  )

  it.scoped("that is not a URL fails the layer", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(make({ proxyFromEnvironment: true }).pipe(env({ http_proxy: "http://" })))
      assert.include(String(error), "proxyFromEnvironment")
    })
  )
})
