import {
  HttpBody,
  HttpClient,
  type HttpClientError,
  HttpClientRequest,
  type HttpClientResponse
} from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Either, FastCheck, Queue, Stream } from "effect"
import type * as Net from "node:net"
import * as Zlib from "node:zlib"
import { failureOf, make, ok, post } from "./Calls.js"
import { certificate } from "./Certificate.js"
import * as TestServer from "./TestServer.js"

describe("an unexpected 100 Continue", () => {
  const continued = "HTTP/1.1 100 Continue\r\n\r\n"
  const hints = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"
  const response = TestServer.json({ a: 1 })

  const send = (socket: Net.Socket, [piece, ...rest]: ReadonlyArray<string>): void => {
    if (piece === undefined) return
    socket.write(piece)
    setImmediate(send, socket, rest)
  }
  const sends = (pieces: ReadonlyArray<string>) => (socket: Net.Socket, text: string) => {
    if (text.endsWith(`{"token":"t"}`)) send(socket, pieces)
  }

  const cases: ReadonlyArray<readonly [title: string, pieces: ReadonlyArray<string>]> = [
    ["by itself", [continued, response]],
    ["in one piece with the response", [continued + response]],
    [
      "with a header, before another informational response",
      [`${continued.slice(0, -2)}a: 1\r\n\r\n${hints}`, response]
    ],
    ["in HTTP/1.0", [continued.replace("1.1", "1.0") + response]],
    ["repeated after another informational response", [continued, hints + continued, response]],
    ["byte by byte", [...(continued + hints + continued + response)]]
  ]
  for (const [title, pieces] of cases) {
    it.scoped(`${title} affects neither the response nor the connection`, () =>
      Effect.gen(function* () {
        for (const listen of [TestServer.net, TestServer.tls]) {
          const server = yield* listen(sends(pieces))
          const client = yield* make({ connections: 1, ca: certificate })
          for (let n = 0; n < 3; n++) assert.strictEqual(yield* ok(server.url)(client), `{"a":1}`)
          assert.strictEqual(server.sockets(), 1)
        }
      })
    )
  }

  for (const [size, length] of [
    ["small", 100],
    ["large", 100_000]
  ] as const) {
    it.scoped(`is plain text in a ${size} body`, () =>
      Effect.gen(function* () {
        const body = continued.repeat(length).slice(0, length)
        const head = `HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n\r\n`
        const server = yield* TestServer.net(
          sends([continued, head, body.slice(0, continued.length), body.slice(continued.length)])
        )
        const client = yield* make({ connections: 1 })
        for (let n = 0; n < 2; n++) assert.isTrue((yield* ok(server.url)(client)) === body)
        const streamed = yield* client.execute(post(server.url))
        assert.isTrue((yield* Stream.mkString(Stream.decodeText(streamed.stream))) === body)
        assert.strictEqual(server.sockets(), 1)
      })
    )
  }
})

describe("a response of unknown or large size", () => {
  const chunked = TestServer.http((response) => {
    response.write("one ")
    setImmediate(() => response.end("two"))
  })

  it.scoped("can be read as a whole repeatedly", () =>
    Effect.gen(function* () {
      const response = yield* (yield* make()).get((yield* chunked).url)
      assert.deepStrictEqual(yield* Effect.all([response.text, response.text], { concurrency: 2 }), [
        "one two",
        "one two"
      ])
      assert.strictEqual(yield* response.text, "one two")
      assert.strictEqual(yield* Stream.mkString(Stream.decodeText(response.stream)), "one two")
    })
  )

  it.scoped("can be read once as a stream while it arrives", () =>
    Effect.gen(function* () {
      const next = yield* Deferred.make<void>()
      const server = yield* TestServer.http((response) => {
        response.write("one")
        Effect.runFork(Effect.andThen(Deferred.await(next), () => response.end("two")))
      })
      const response = yield* (yield* make()).get(server.url)
      const seen: Array<string> = []
      yield* Stream.runForEach(Stream.decodeText(response.stream), (piece) => {
        seen.push(piece)
        return Deferred.succeed(next, undefined)
      })
      assert.deepStrictEqual(seen, ["one", "two"])
      const again = yield* Effect.flip(response.text)
      assert.strictEqual(again._tag, "ResponseError")
      assert.strictEqual(again.description, "the body was already read as a stream")
      assert.strictEqual((yield* Effect.flip(Stream.runCollect(response.stream))).reason, "Decode")
    })
  )

  it.scoped("releases its connection if the stream is not read to its end", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http((response) => response.write("endless"))
      const response = yield* (yield* make()).get(server.url)
      assert.strictEqual((yield* Stream.runCollect(Stream.take(response.stream, 1))).length, 1)
      yield* Queue.take(server.closed)
    })
  )

  it.scoped("is complete if it arrives in several pieces", () =>
    Effect.gen(function* () {
      const large = "x".repeat(300_000)
      const server = yield* TestServer.http((response) => {
        response.setHeader("content-length", large.length)
        response.end(large)
      })
      const client = yield* make({ connections: 1 })
      assert.isTrue((yield* Effect.flatMap(client.get(server.url), (_) => _.text)) === large)
      const streamed = yield* client.get(server.url)
      assert.isTrue((yield* Stream.mkString(Stream.decodeText(streamed.stream))) === large)
      assert.strictEqual(server.sockets(), 1)
    })
  )

  const encoders = [
    ["gzip", Zlib.gzipSync],
    ["x-gzip", Zlib.gzipSync],
    ["deflate", Zlib.deflateSync],
    ["br", Zlib.brotliCompressSync]
  ] as const
  for (const [encoding, encode] of encoders) {
    it.scoped(`is decompressed from ${encoding}`, () =>
      Effect.gen(function* () {
        const server = yield* TestServer.http((response) => {
          response.setHeader("content-encoding", encoding)
          const body = encode(`{"a":1}`)
          response.setHeader("content-length", body.length)
          response.end(body)
        })
        const response = yield* (yield* make()).get(server.url)
        assert.deepStrictEqual(yield* response.json, { a: 1 })
        assert.strictEqual(yield* Stream.mkString(Stream.decodeText(response.stream)), `{"a":1}`)
      })
    )
  }

  const codings = [
    ["gzip", Zlib.gzipSync],
    ["x-gzip", Zlib.gzipSync],
    ["deflate", Zlib.deflateSync],
    ["br", Zlib.brotliCompressSync],
    ["identity", Buffer.from],
    ["none", Buffer.from],
    ["utf-8", Buffer.from],
    ["utf8", Buffer.from],
    ["", Buffer.from]
  ] as const
  const inSomeCase = (name: string) =>
    FastCheck.mixedCase(FastCheck.constant(name), { toggleCase: (letter) => letter.toUpperCase() })
  const coding = FastCheck.constantFrom(...codings).chain(([name, encode]) =>
    FastCheck.record({
      name: inSomeCase(name),
      encode: FastCheck.constant((body: Uint8Array): Uint8Array => encode(body)),
      separator: FastCheck.constantFrom(",", ", ", " ,\t", ",,", "\r\ncontent-encoding: ")
    })
  )

  it.scoped.prop(
    "is decoded from the codings in its headers, the last one first",
    [FastCheck.array(coding, { maxLength: 5 }), FastCheck.string()],
    ([applied, text]) =>
      Effect.gen(function* () {
        const body = applied.reduce<Uint8Array>((encoded, { encode }) => encode(encoded), Buffer.from(text))
        const names = applied.map(({ name, separator }) => name + separator).join("")
        const server = yield* TestServer.net((socket) =>
          socket.end(
            Buffer.concat([
              Buffer.from(`HTTP/1.1 200 OK\r\ncontent-encoding: ${names}\r\nconnection: close\r\n\r\n`),
              body
            ])
          )
        )
        const response = yield* (yield* make()).get(server.url)
        assert.strictEqual(yield* response.text, text)
        assert.strictEqual(yield* Stream.mkString(Stream.decodeText(response.stream)), text)
      }),
    { fastCheck: { numRuns: 20 } }
  )

  const ofObject = FastCheck.constantFrom(...Object.getOwnPropertyNames(Object.prototype)).chain(inSomeCase)
  const unknown = FastCheck.oneof(ofObject, FastCheck.stringMatching(/^[\w!#$%&'*+.^`|~-]{1,20}$/)).filter(
    (name) => !codings.some(([known]) => known === name.toLowerCase())
  )
  const unreadable = FastCheck.oneof(
    FastCheck.tuple(FastCheck.array(coding), unknown, FastCheck.array(coding)).map(([before, name, after]) =>
      [...before.map(({ name }) => name), name, ...after.map(({ name }) => name)].join()
    ),
    FastCheck.array(FastCheck.constantFrom("gzip", "br"), { minLength: 6 }).map(String)
  )

  it.scoped.prop(
    "fails when it is read if its codings are unknown or too many, and does not affect other responses",
    [FastCheck.array(unreadable, { minLength: 1, maxLength: 10 })],
    ([encodings]) =>
      Effect.gen(function* () {
        const server = yield* TestServer.http((response, { url }) => {
          const encoding = encodings[Number(url?.slice(1))]
          if (encoding !== undefined) response.setHeader("content-encoding", encoding)
          response.end("plain")
        })
        const client = yield* make({ connections: 1 })
        for (const path of encodings.keys()) {
          const response = yield* client.get(`${server.url}/${path}`)
          assert.strictEqual(response.status, 200)
          for (const read of [response.text, Stream.runDrain(response.stream)]) {
            assert.deepStrictEqual(failureOf(yield* Effect.flip(read)), {
              error: "ResponseError",
              reason: "Encoding",
              sent: true
            })
          }
        }
        assert.strictEqual(yield* Effect.flatMap(client.get(`${server.url}/end`), (_) => _.text), "plain")
      }),
    { fastCheck: { numRuns: 10 } }
  )

  it.scoped("ignores the coding of an empty body, and fails if the body is not in its coding", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http((response, { method, url }) => {
        response.setHeader("content-encoding", url?.slice(1) ?? "")
        response.end(method === "POST" ? "" : "plain")
      })
      const client = yield* make()
      assert.strictEqual(yield* Effect.flatMap(client.head(`${server.url}/zstd`), (_) => _.text), "")
      for (const encoding of ["gzip", "br", "br,gzip"]) {
        const url = `${server.url}/${encoding}`
        assert.strictEqual(yield* Effect.flatMap(client.post(url), (_) => _.text), "")
        assert.deepStrictEqual(failureOf(yield* Effect.flip(Effect.flatMap(client.get(url), (_) => _.text))), {
          error: "ResponseError",
          reason: "Protocol",
          sent: true
        })
      }
    })
  )
})

describe("a response that is not read", () => {
  const chunked = (pieces: ReadonlyArray<string>) =>
    `transfer-encoding: chunked\r\n\r\n${pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join("")}`
  const small = "x".repeat(60_000)
  const zipped = Zlib.gzipSync(small).toString("latin1")
  const framings = [
    ["in chunks", `${chunked(["one", small])}0\r\n\r\n`],
    ["up to the end of the connection", `connection: close\r\n\r\n${small}`],
    ["with a length, compressed", `content-encoding: gzip\r\ncontent-length: ${zipped.length}\r\n\r\n${zipped}`],
    ["in chunks, compressed", `content-encoding: gzip\r\n${chunked([zipped])}0\r\n\r\n`],
    ["in chunks, in an unknown coding", `content-encoding: constructor\r\n${chunked([small])}0\r\n\r\n`]
  ] as const
  for (const [framing, rest] of framings) {
    it.scoped(`releases its connection: ${framing}`, () =>
      Effect.gen(function* () {
        const server = yield* TestServer.net((socket) => {
          socket.write(`HTTP/1.1 503 Service Unavailable\r\n${rest}`, "latin1")
          if (rest.startsWith("connection: close")) socket.end()
        })
        const client = HttpClient.filterStatusOk(yield* make({ connections: 2 }))
        yield* Effect.all(
          Array.from({ length: 10 }, () => Effect.flip(client.get(server.url))),
          { concurrency: "unbounded" }
        )
      })
    )
  }

  const large = TestServer.http((response) => {
    response.write("x".repeat(900_000))
    response.end()
  })
  const sizeOf: Array<
    (response: HttpClientResponse.HttpClientResponse) => Effect.Effect<number, HttpClientError.ResponseError>
  > = [
    ({ text }) => Effect.map(text, ({ length }) => length),
    ({ stream }) => Stream.runFold(stream, 0, (size, { length }) => size + length)
  ]

  it.scoped("is paused over 64 KiB, and complete if it is read in time", () =>
    Effect.gen(function* () {
      const { url } = yield* large
      const client = yield* make()
      for (const size of sizeOf) assert.strictEqual(yield* Effect.flatMap(client.get(url), size), 900_000)
    })
  )

  it.scoped("times out while it is paused if it is not read in time", () =>
    Effect.gen(function* () {
      for (const size of sizeOf) {
        const server = yield* large
        const client = yield* make({ bodyTimeout: "50 millis" })
        const response = yield* client.get(server.url)
        yield* Queue.take(server.closed)
        assert.strictEqual(failureOf(yield* Effect.flip(size(response))).reason, "Timeout")
      }
    })
  )

  const endings = FastCheck.record({
    size: FastCheck.oneof(FastCheck.nat(10), FastCheck.integer({ min: 65_000, max: 150_000 })),
    version: FastCheck.constantFrom("1.0", "1.1"),
    framing: FastCheck.constantFrom("connection: close", "content-length: 150001", "x: y"),
    isReset: FastCheck.boolean(),
    isStreamed: FastCheck.boolean(),
    pipelining: FastCheck.constantFrom(1, 2)
  })
  it.scoped.prop(
    "keeps the process alive wherever its connection ends",
    [endings],
    ([{ framing, isReset, isStreamed, pipelining, size, version }]) =>
      Effect.gen(function* () {
        const other = yield* TestServer.http((response) => response.end())
        const sockets: Array<Net.Socket> = []
        const server = yield* TestServer.net((socket) => {
          sockets.push(socket)
          socket.write(`HTTP/${version} 200 OK\r\n${framing}\r\n\r\n`, () => socket.write("x".repeat(size)))
        })
        const client = yield* make({ connections: 1, pipelining, bodyTimeout: "50 millis" })
        // By the time these calls return, the client has handled the events of the other connection.
        const later = Effect.replicateEffect(client.get(other.url), 5)
        const end = yield* client.get(server.url).pipe(
          Effect.tap(later),
          Effect.tap(() => sockets.forEach((socket) => (isReset ? socket.resetAndDestroy() : socket.end()))),
          Effect.tap(() => Queue.take(server.closed)),
          Effect.tap(later),
          Effect.flatMap(({ stream, text }) => (isStreamed ? Stream.mkString(Stream.decodeText(stream)) : text)),
          Effect.either
        )
        if (Either.isRight(end)) assert.isAtMost(end.right.length, size)
        else assert.include(["Closed", "Protocol", "Timeout"], failureOf(end.left).reason)
      }),
    { fastCheck: { numRuns: 40 } }
  )

  it.scoped("is returned as soon as its headers have arrived", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http((response) => response.writeHead(503).flushHeaders())
      const response = yield* (yield* make()).get(server.url)
      assert.strictEqual(response.status, 503)
    })
  )
})

describe("a size limit", () => {
  it.scoped("stops any kind of request before it is sent", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http((response) => response.end())
      const client = yield* make({ maxRequestSize: 10 })
      const large = "x".repeat(11)
      const form = new FormData()
      form.append("name", large)
      const bodies = [
        HttpBody.text(large),
        HttpBody.raw(large),
        HttpBody.stream(Stream.make(new TextEncoder().encode(large.slice(1)), new Uint8Array(1))),
        HttpBody.formData(form)
      ]
      for (const body of bodies) {
        const error = yield* Effect.flip(
          client.execute(HttpClientRequest.post(server.url).pipe(HttpClientRequest.setBody(body)))
        )
        assert.strictEqual(error.reason, "Encode")
        assert.deepStrictEqual(failureOf(error), { error: "RequestError", reason: "TooLarge", sent: false })
      }
      assert.strictEqual(server.sockets(), 0)
      yield* client.execute(post(server.url, large.slice(1)))
      assert.strictEqual(server.arrivals.length, 1)
    })
  )

  const reads: Array<
    [string, (response: HttpClientResponse.HttpClientResponse) => Effect.Effect<unknown, HttpClientError.ResponseError>]
  > = [
    ["text", (response) => Effect.asVoid(response.text)],
    ["stream", (response) => Stream.runDrain(response.stream)]
  ]
  for (const [form, read] of reads) {
    it.scoped(`ends a response that exceeds it, read as ${form}`, () =>
      Effect.gen(function* () {
        const server = yield* TestServer.http((response, { url }) => {
          const large = "x".repeat(1001)
          if (url === "/announced") {
            response.setHeader("content-length", large.length)
            response.flushHeaders()
            return
          }
          if (url === "/zip") response.setHeader("content-encoding", "gzip")
          response.write(url === "/zip" ? Zlib.gzipSync("x".repeat(5_000_000).slice(0, 900_000)) : large)
          response.end()
        })
        const client = yield* make({ maxResponseSize: 1000 })
        for (const path of ["announced", "unannounced", "zip"]) {
          const response = yield* client.get(`${server.url}/${path}`)
          assert.strictEqual(response.status, 200)
          assert.deepStrictEqual(failureOf(yield* Effect.flip(read(response))), {
            error: "ResponseError",
            reason: "TooLarge",
            sent: true
          })
        }
      })
    )
  }
})

describe("the size limit of headers", () => {
  const padded = TestServer.http((response) => {
    for (let n = 0; n < 20; n++) response.setHeader(`x-${n}`, "x".repeat(1024))
    response.end("ok")
  })

  it.scoped("lets 20 KiB pass", () =>
    Effect.gen(function* () {
      const server = yield* padded
      const response = yield* (yield* make()).execute(post(server.url))
      assert.strictEqual(response.headers["x-19"], "x".repeat(1024))
      assert.strictEqual(yield* response.text, "ok")
    })
  )

  it.scoped("ends a response that exceeds it", () =>
    Effect.gen(function* () {
      const server = yield* padded
      const client = yield* make({ maxHeaderSize: 20 * 1024 })
      assert.deepStrictEqual(failureOf(yield* Effect.flip(client.execute(post(server.url)))), {
        error: "RequestError",
        reason: "TooLarge",
        sent: true
      })
    })
  )
})
