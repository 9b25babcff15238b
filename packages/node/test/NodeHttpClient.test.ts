import {
  HttpBody,
  HttpClient,
  type HttpClientError,
  HttpClientRequest,
  type HttpClientResponse
} from "@effect/platform"
import { type Deadline, type DeadlineHttpClient, executeWithin } from "@effect-baanx/api/Transport"
import { NodeHttpClient, type NodeHttpClientOptions, NodeTransportFailure } from "@effect-baanx/node"
import { assert, describe, it } from "@effect/vitest"
import {
  Cause,
  Chunk,
  ConfigProvider,
  type Clock,
  Deferred,
  Effect,
  Either,
  Exit,
  FastCheck,
  Fiber,
  Layer,
  Queue,
  Scope,
  Stream,
  TestClock
} from "effect"
import type * as Http from "node:http"
import type * as Net from "node:net"
import * as Util from "node:util"
import * as Zlib from "node:zlib"
import { certificate } from "./Certificate.js"
import * as TestServer from "./TestServer.js"

const { make } = NodeHttpClient

const post = (url: string, body = `{"token":"t"}`) =>
  HttpClientRequest.post(url).pipe(HttpClientRequest.bodyText(body, "application/json"))

const failureOf = (error: HttpClientError.HttpClientError) => {
  assert.instanceOf(error.cause, NodeTransportFailure)
  const { reason, sent } = error.cause
  return { error: error._tag, reason, sent }
}

const ok = (url: string) => (client: HttpClient.HttpClient) =>
  Effect.flatMap(client.execute(post(url)), (response) => response.text)

describe("a request and its answer", () => {
  it.scoped("go over the wire as they are", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http((response) => {
        response.writeHead(201, {
          "content-type": "application/json",
          "set-cookie": ["a=1", "b=2"],
          "x-list": ["1", "2"]
        })
        response.end(`{"a":"ü"}`)
      })
      const client = yield* make()
      const request = post(`${server.url}/v1/pay?x=1#part`).pipe(
        HttpClientRequest.setHeader("x-client-key", "key"),
        HttpClientRequest.setUrlParam("y", "2 3")
      )
      const response = yield* client.execute(request)
      assert.strictEqual(response.status, 201)
      assert.strictEqual(response.request, request)
      assert.strictEqual(response.headers["content-type"], "application/json")
      assert.strictEqual(response.headers["x-list"], "1, 2")
      assert.deepStrictEqual(Object.keys(response.cookies.cookies), ["a", "b"])
      assert.deepStrictEqual(yield* response.json, { a: "ü" })
      const [arrival] = server.arrivals
      assert.strictEqual(arrival?.method, "POST")
      assert.strictEqual(arrival?.url, "/v1/pay?x=1&y=2+3")
      assert.strictEqual(arrival?.body, `{"token":"t"}`)
      assert.strictEqual(arrival?.headers["content-type"], "application/json")
      assert.strictEqual(arrival?.headers["x-client-key"], "key")
      assert.isUndefined(arrival?.headers["traceparent"])
    })
  )

  it.scoped("go where each of them says", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http((response) => response.end())
      const client = yield* make()
      for (const urlParams of [{}, { a: "1" }, { a: "2" }, {}]) yield* client.get(`${server.url}/b/../c`, { urlParams })
      assert.deepStrictEqual(
        server.arrivals.map(({ url }) => url),
        ["/c", "/c?a=1", "/c?a=2", "/c"]
      )
    })
  )

  it.scoped("can be read in every form, and again", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http((response) => {
        response.setHeader("content-type", "application/x-www-form-urlencoded")
        response.end("a=1&b=2")
      })
      const client = yield* make()
      const response = yield* client.get(server.url)
      for (const _ of [1, 2]) {
        assert.strictEqual(yield* response.text, "a=1&b=2")
        assert.strictEqual(Buffer.from(yield* response.arrayBuffer).toString(), "a=1&b=2")
        assert.deepStrictEqual(yield* response.urlParamsBody, [
          ["a", "1"],
          ["b", "2"]
        ])
        assert.strictEqual((yield* response.formData).get("b"), "2")
        assert.strictEqual(yield* Stream.mkString(Stream.decodeText(response.stream)), "a=1&b=2")
        assert.strictEqual((yield* Effect.flip(response.json)).reason, "Decode")
      }
    })
  )

  it.scoped("drop a byte order mark, and take an empty body for null", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http((response, { url }) =>
        response.end(url === "/bom" ? Buffer.from(`\uFEFF{"a":1}`) : "")
      )
      const client = yield* make()
      assert.deepStrictEqual(yield* Effect.flatMap(client.get(`${server.url}/bom`), (_) => _.json), { a: 1 })
      const empty = yield* client.get(server.url)
      assert.isNull(yield* empty.json)
      assert.strictEqual(yield* empty.text, "")
      assert.strictEqual(Chunk.size(yield* Stream.runCollect(empty.stream)), 0)
    })
  )

  it.scoped("have no body with HEAD, 204 and 304", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http((response, { url }) => {
        const status = Number(url?.slice(1))
        response.writeHead(status, status === 200 ? { "content-length": "99999999" } : {})
        response.end()
      })
      const client = yield* make({ connections: 1 })
      const head = yield* client.head(`${server.url}/200`)
      assert.strictEqual(head.headers["content-length"], "99999999")
      assert.strictEqual(yield* head.text, "")
      for (const status of [204, 304]) {
        const response = yield* client.get(`${server.url}/${status}`)
        assert.strictEqual(response.status, status)
        assert.strictEqual(yield* response.text, "")
      }
    })
  )

  it.scoped("pass over an informational answer", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.net((socket) => {
        socket.write("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\ncontent-length: 99999999\r\n\r\n")
        socket.write(TestServer.json({ a: 1 }))
      })
      const response = yield* (yield* make()).get(server.url)
      assert.strictEqual(response.status, 200)
      assert.isUndefined(response.headers["link"])
      assert.deepStrictEqual(yield* response.json, { a: 1 })
    })
  )

  it.scoped("carry every kind of body, each with its length", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http((response) => response.end())
      const client = yield* make()
      const form = new FormData()
      form.append("name", "value")
      const text = new TextEncoder().encode("text")
      const bodies: Array<[HttpBody.HttpBody, string]> = [
        [HttpBody.empty, ""],
        [HttpBody.text("text"), "text"],
        [HttpBody.uint8Array(text), "text"],
        [HttpBody.stream(Stream.make(text, text)), "texttext"],
        [HttpBody.raw("text"), "text"],
        [HttpBody.raw(new Blob(["text"])), "text"],
        [HttpBody.raw(new URLSearchParams({ a: "1" })), "a=1"],
        [HttpBody.formData(form), "value"]
      ]
      for (const [body, expected] of bodies) {
        yield* client.execute(HttpClientRequest.post(server.url).pipe(HttpClientRequest.setBody(body)))
        const arrival = yield* Queue.take(server.arrived)
        assert.include(arrival.body, expected)
        assert.strictEqual(arrival.headers["content-length"], String(arrival.body.length))
        assert.isUndefined(arrival.headers["transfer-encoding"])
        if (body._tag === "FormData")
          assert.match(arrival.headers["content-type"] ?? "", /^multipart\/form-data; boundary=/)
      }
    })
  )

  it.scoped("fail before a byte leaves where HTTP cannot carry the request", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http((response) => response.end())
      const client = yield* make()
      const fails = (request: HttpClientRequest.HttpClientRequest) => Effect.flip(client.execute(request))
      const broken = yield* fails(
        HttpClientRequest.post(server.url).pipe(HttpClientRequest.bodyStream(Stream.fail(new Error("secret"))))
      )
      assert.strictEqual(broken.reason, "Encode")
      assert.deepStrictEqual(failureOf(broken), { error: "RequestError", reason: "Invalid", sent: false })
      const unknown = yield* fails(HttpClientRequest.post(server.url).pipe(HttpClientRequest.setBody(HttpBody.raw(42))))
      assert.strictEqual(unknown.reason, "Encode")
      const header = yield* fails(post(server.url).pipe(HttpClientRequest.setHeader("x-a", "a\r\nb: c")))
      assert.deepStrictEqual(failureOf(header), { error: "RequestError", reason: "Invalid", sent: false })
      for (const url of ["", "/relative", "http://"]) {
        assert.strictEqual((yield* fails(post(url))).reason, "InvalidUrl")
      }
      assert.deepStrictEqual(failureOf(yield* fails(post("ftp://127.0.0.1/"))), {
        error: "RequestError",
        reason: "Invalid",
        sent: false
      })
      assert.strictEqual(server.sockets(), 0)
    })
  )
})

describe("an unasked 100 Continue", () => {
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
    ["with a header, and before another interim response", [`${continued.slice(0, -2)}a: 1\r\n\r\n${hints}`, response]],
    ["in HTTP/1.0", [continued.replace("1.1", "1.0") + response]],
    ["again, after another interim response", [continued, hints + continued, response]],
    ["byte by byte", [...(continued + hints + continued + response)]]
  ]
  for (const [title, pieces] of cases) {
    it.scoped(`${title} costs neither the response nor the connection`, () =>
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
    it.scoped(`is text like any other in a ${size} body`, () =>
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

describe("a redirect", () => {
  for (const status of [301, 302, 303, 307, 308]) {
    it.scoped(`of ${status} is an answer like any other`, () =>
      Effect.gen(function* () {
        const second = yield* TestServer.http((response) => response.end())
        const first = yield* TestServer.http((response) => {
          response.writeHead(status, { location: `${second.url}/stolen` })
          response.end()
        })
        const response = yield* (yield* make()).execute(post(first.url))
        assert.strictEqual(response.status, status)
        assert.strictEqual(response.headers["location"], `${second.url}/stolen`)
        assert.strictEqual(first.arrivals.length, 1)
        assert.strictEqual(second.sockets(), 0)
      })
    )
  }
})

describe("an answer of unknown or large size", () => {
  const chunked = TestServer.http((response) => {
    response.write("one ")
    setImmediate(() => response.end("two"))
  })

  it.scoped("is read whole as often as asked", () =>
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

  it.scoped("comes as a stream while it arrives, once", () =>
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

  it.scoped("frees its connection where the stream is left early", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http((response) => response.write("endless"))
      const response = yield* (yield* make()).get(server.url)
      assert.strictEqual(Chunk.size(yield* Stream.runCollect(Stream.take(response.stream, 1))), 1)
      yield* Queue.take(server.closed)
    })
  )

  it.scoped("is larger than a piece and yet whole", () =>
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
    "is decoded from the codings that its headers list, the last one first",
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
    "fails in codings that are not known or too many, once it is read, and spoils nothing else",
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

  it.scoped("has no coding without a body, and is refused where it is not in its coding", () =>
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

describe("an answer that nobody reads", () => {
  const chunked = (pieces: ReadonlyArray<string>) =>
    `transfer-encoding: chunked\r\n\r\n${pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join("")}`
  const small = "x".repeat(60_000)
  const zipped = Zlib.gzipSync(small).toString("latin1")
  const framings = [
    ["in chunks", `${chunked(["one", small])}0\r\n\r\n`],
    ["up to the end of the connection", `connection: close\r\n\r\n${small}`],
    ["with a length, compressed", `content-encoding: gzip\r\ncontent-length: ${zipped.length}\r\n\r\n${zipped}`],
    ["in chunks, compressed", `content-encoding: gzip\r\n${chunked([zipped])}0\r\n\r\n`],
    ["in chunks, in a coding that is not known", `content-encoding: constructor\r\n${chunked([small])}0\r\n\r\n`]
  ] as const
  for (const [framing, rest] of framings) {
    it.scoped(`gives its connection back: ${framing}`, () =>
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

  it.scoped("is held once it grows over 64 KiB, and whole if it is read in time", () =>
    Effect.gen(function* () {
      const { url } = yield* large
      const client = yield* make()
      for (const size of sizeOf) assert.strictEqual(yield* Effect.flatMap(client.get(url), size), 900_000)
    })
  )

  it.scoped("is given up where it is held and not read in time", () =>
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
    "survives the end of its connection, wherever that ends",
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
        // What has come on another connection is seen by the time that these have been answered.
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

  it.scoped("has its headers handed on at once", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http((response) => response.writeHead(503).flushHeaders())
      const response = yield* (yield* make()).get(server.url)
      assert.strictEqual(response.status, 503)
    })
  )
})

describe("a size cap", () => {
  it.scoped("stops a request of any kind before it leaves", () =>
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
    it.scoped(`ends an answer that goes over it, read as ${form}`, () =>
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

describe("the cap on headers", () => {
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

  it.scoped("ends a response that goes over it", () =>
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

describe("the pool", () => {
  it.scoped("sends one call after another over one socket", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http((response) => response.end("ok"))
      const client = yield* make({ connections: 1 })
      for (let n = 0; n < 20; n++) yield* ok(server.url)(client)
      assert.strictEqual(server.sockets(), 1)
      assert.strictEqual(server.arrivals.length, 20)
    })
  )

  it.scoped("opens no more sockets than it may", () =>
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

  it.scoped("closes a socket after each call with a pipelining of 0", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http((response) => response.end("ok"))
      const client = yield* make({ pipelining: 0 })
      for (let n = 0; n < 3; n++) yield* ok(server.url)(client)
      assert.strictEqual(server.sockets(), 3)
    })
  )

  it.scoped("closes a socket that was idle for too long", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.net((socket) => socket.write(TestServer.json({})))
      const client = yield* make({ keepAlive: "5 millis" })
      yield* ok(server.url)(client)
      yield* Queue.take(server.closed)
      yield* ok(server.url)(client)
      assert.strictEqual(server.sockets(), 2)
    })
  )

  it.scoped("lets two GETs share a socket where asked, and never a POST", () =>
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

  it.scoped("closes with its scope, and every call with it", () =>
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
      const late = yield* Effect.flip(client.execute(post(server.url)))
      assert.deepStrictEqual(failureOf(late), { error: "RequestError", reason: "Closed", sent: false })
    })
  )
})

describe("a connection that dies", () => {
  const once = (text: string, part: string) => assert.strictEqual(text.split(part).length, 2, part)

  it.scoped("before it is there: nothing was sent", () =>
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

  it.scoped("under a GET that shares it: that is not sent again either", () =>
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

  it.scoped("by half after an answer: the next call takes a new one", () =>
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
    it.scoped(`in the middle of a ${kind} answer: the body fails, typed`, () =>
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

  it.scoped("with an answer that is not HTTP: protocol", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.net((socket) => socket.write("SSH-2.0-OpenSSH_9.6 secret\r\n"))
      const error = yield* Effect.flip((yield* make()).execute(post(server.url)))
      assert.deepStrictEqual(failureOf(error), { error: "RequestError", reason: "Protocol", sent: true })
      assert.notInclude(Util.inspect(error, { depth: 9, showHidden: true }), "OpenSSH")
    })
  )
})

describe("interruption", () => {
  it.scoped("closes a connection that waits for an answer", () =>
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

  it.scoped("of a call that waits for a socket sends nothing and spares the socket", () =>
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

  it.scoped("of one call in twenty leaves nothing behind", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http((response) => response.end("ok"))
      const scope = yield* Scope.make()
      const client = yield* Scope.extend(make({ connections: 10 }), scope)
      const warnings: Array<Error> = []
      const warn = (warning: Error) => warnings.push(warning)
      process.on("warning", warn)
      let answered = 0
      yield* Effect.forEach(
        Array.from({ length: 2000 }, (_, n) => n),
        (n) =>
          n % 20 === 0
            ? Effect.gen(function* () {
                const fiber = yield* Effect.fork(ok(server.url)(client))
                yield* Effect.yieldNow()
                yield* Fiber.interrupt(fiber)
              })
            : Effect.map(ok(server.url)(client), () => void answered++),
        { concurrency: 50, discard: true }
      )
      process.off("warning", warn)
      assert.strictEqual(answered, 1900)
      assert.isAtMost(server.arrivals.length, 2000)
      assert.isAtMost(server.open(), 10)
      yield* Scope.close(scope, Exit.void)
      while (server.open() > 0) yield* Queue.take(server.closed)
      assert.deepStrictEqual(warnings, [])
    })
  )
})

describe("a time-out", () => {
  it.scoped("ends headers that come after interim responses without end", () =>
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

  it.scoped("for the headers ends with them", () =>
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

  it.scoped("ends connect, headers, body and a body that nobody reads", () =>
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

describe("the time-out of a body that nobody reads", () => {
  it.scoped("does not count once somebody does", () =>
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

  it.scoped("leaves a call its full time from the moment it gets a connection", () =>
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

  it.scoped("ends a call whose response takes longer, once it has left", () =>
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

  it.scoped("ends a call whose body has come and is not decompressed yet", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.net((socket) => {
        const body = Zlib.gzipSync("late")
        const head = `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n`
        socket.write(Buffer.concat([Buffer.from(head), body, Buffer.from("\r\n0\r\n\r\n")]))
      })
      const over = yield* Deferred.make<void>()
      // Decompression ends in a later turn of the event loop; that of a test clock would be as late.
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

  it.scoped("ends a call that waits too long for a connection, which then never leaves", () =>
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

  it.scopedLive("is kept by the live clock too, both before a call leaves and after", () =>
    Effect.gen(function* () {
      const { client, clock, respond, server } = yield* busy
      const ends = (queueMillis: number, millis: number) =>
        Effect.map(Effect.flip(within(client, server.url, { queueMillis, millis, clock })), failureOf)
      assert.deepStrictEqual(yield* ends(5, 60_000), { error: "RequestError", reason: "Timeout", sent: false })
      respond()
      assert.deepStrictEqual(yield* ends(60_000, 5), { error: "RequestError", reason: "Timeout", sent: true })
    })
  )

  it.scopedLive("counts the time to connect as time before the call leaves", () =>
    Effect.gen(function* () {
      const silent = yield* TestServer.net(() => {})
      const clock = yield* Effect.clock
      const url = silent.url.replace("http:", "https:")
      const error = yield* Effect.flip(within(yield* make(), url, { queueMillis: 20, millis: 60_000, clock }))
      assert.deepStrictEqual(failureOf(error), { error: "RequestError", reason: "Timeout", sent: false })
    })
  )

  it.scopedLive("is met by each of many calls that queue for longer than one may take", () =>
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

describe("TLS", () => {
  const secret = (socket: { write: (text: string) => void }) => socket.write(TestServer.json({ a: 1 }))

  it.scoped("trusts nobody but whom it was told to", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.tls(secret)
      const error = yield* Effect.flip((yield* make()).execute(post(server.url)))
      assert.deepStrictEqual(failureOf(error), { error: "RequestError", reason: "Tls", sent: false })
      assert.strictEqual(server.text(), "")
      assert.strictEqual(yield* ok(server.url)(yield* make({ ca: certificate })), `{"a":1}`)
      assert.strictEqual(yield* ok(server.url)(yield* make({ ca: [certificate] })), `{"a":1}`)
    })
  )

  it.scoped("checks the name", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.tls(secret)
      const error = yield* Effect.flip(
        (yield* make({ ca: certificate })).execute(post(server.url.replace("127.0.0.1", "127.0.0.2")))
      )
      // Nobody listens on 127.0.0.2 where the loopback is one address only.
      assert.include(["Tls", "Connect"], failureOf(error).reason)
      const named = yield* ok(server.url.replace("127.0.0.1", "localhost"))(yield* make({ ca: certificate }))
      assert.strictEqual(named, `{"a":1}`)
    })
  )

  it.scoped("cannot be turned off from outside", () =>
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

  it.scoped("says so where the other side does not speak it", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.net((socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"))
      const error = yield* Effect.flip((yield* make()).execute(post(server.url.replace("http:", "https:"))))
      assert.deepStrictEqual(failureOf(error), { error: "RequestError", reason: "Tls", sent: false })
    })
  )
})

describe("a proxy of the environment", () => {
  const env = (entries: Record<string, string>) =>
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(entries))))

  it.scoped("is used where asked, for http and https, except for the hosts of no_proxy", () =>
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

  it.scoped("leaves the headers alone that requests share: the next one has no Host of another server", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http((response) => response.end("ok"))
      const proxy = yield* TestServer.proxy()
      const client = yield* make({ proxyFromEnvironment: true }).pipe(env({ http_proxy: proxy.url }))
      yield* Effect.scoped(client.execute(HttpClientRequest.get(server.url)))
      assert.deepStrictEqual(Object.keys(HttpClientRequest.get("https://other.example").headers), [])
    })
  )

  it.scoped("has large responses read on, not held", () =>
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

  it.scoped("that refuses is a connection that failed", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http((response) => response.end("ok"))
      const proxy = yield* TestServer.proxy({ refuse: 407 })
      const client = yield* make({ proxyFromEnvironment: true }).pipe(env({ http_proxy: proxy.url }))
      const error = yield* Effect.flip(client.execute(post(server.url)))
      assert.deepStrictEqual(failureOf(error), { error: "RequestError", reason: "Connect", sent: false })
      assert.strictEqual(server.sockets(), 0)
    })
  )

  it.scoped("that is no URL makes the layer fail", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(make({ proxyFromEnvironment: true }).pipe(env({ http_proxy: "http://" })))
      assert.include(String(error), "proxyFromEnvironment")
    })
  )
})

describe("the options", () => {
  it.scoped("make the layer fail where they cannot work", () =>
    Effect.gen(function* () {
      const bad: ReadonlyArray<NodeHttpClientOptions> = [
        { connections: 0 },
        { connections: 1.5 },
        { pipelining: -1 },
        { keepAlive: 0 },
        { connectTimeout: "0 seconds" },
        { headersTimeout: Number.POSITIVE_INFINITY },
        { bodyTimeout: Number.NaN },
        { maxRequestSize: -1 },
        { maxResponseSize: 0 },
        { maxHeaderSize: 0 },
        { ca: "-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----" }
      ]
      for (const options of bad) {
        const exit = yield* Effect.exit(Layer.build(NodeHttpClient.layer(options)))
        assert.isTrue(Exit.isFailure(exit), Util.inspect(options))
        if (Exit.isFailure(exit)) assert.include(Cause.pretty(exit.cause), Object.keys(options).join())
      }
    })
  )

  it.scoped("come from the configuration too", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http((response, { body }) => {
        if (body === "long head") response.setHeader("x-long", "x".repeat(1000))
        setImmediate(() => response.end("ok"))
      })
      const provider = ConfigProvider.fromMap(
        new Map([
          ["BAANX_HTTP_CONNECTIONS", "2"],
          ["BAANX_HTTP_KEEP_ALIVE", "3 seconds"],
          ["BAANX_HTTP_MAX_REQUEST_SIZE", "20"],
          ["BAANX_HTTP_MAX_HEADER_SIZE", "1000"]
        ]),
        { pathDelim: "_" }
      )
      const all = Effect.gen(function* () {
        const client = yield* HttpClient.HttpClient
        yield* Effect.all(
          Array.from({ length: 10 }, () => ok(server.url)(client)),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(server.sockets(), 2)
        return [
          yield* Effect.flip(client.execute(post(server.url, "x".repeat(21)))),
          yield* Effect.flip(client.execute(post(server.url, "long head")))
        ]
      })
      const errors = yield* all.pipe(
        Effect.provide(Layer.provide(NodeHttpClient.layerConfig, Layer.setConfigProvider(provider)))
      )
      assert.deepStrictEqual(errors.map(failureOf), [
        { error: "RequestError", reason: "TooLarge", sent: false },
        { error: "RequestError", reason: "TooLarge", sent: true }
      ])
      const wrong = Layer.setConfigProvider(
        ConfigProvider.fromMap(new Map([["BAANX_HTTP_PIPELINING", "many"]]), { pathDelim: "_" })
      )
      assert.isTrue(Exit.isFailure(yield* Effect.exit(Layer.build(Layer.provide(NodeHttpClient.layerConfig, wrong)))))
    })
  )
})

describe("a secret", () => {
  it.scoped("shows in no form of an error or an answer", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.net((socket, text) => {
        if (text.includes("/die")) socket.destroy()
        else if (text.includes("/broken"))
          socket.end("HTTP/1.1 200 OK\r\nx-a: s3cret\r\ncontent-length: 20\r\n\r\ns3cret")
        else
          socket.write(
            "HTTP/1.1 200 OK\r\nx-a: s3cret\r\ncontent-type: application/json\r\ncontent-length: 8\r\n\r\n{s3cret}"
          )
      })
      const client = yield* make()
      const request = (path: string) =>
        post(`http://s3cret:s3cret@127.0.0.1:${server.port}/${path}?code=s3cret#s3cret`, `{"token":"s3cret"}`).pipe(
          HttpClientRequest.setHeader("x-client-key", "s3cret"),
          HttpClientRequest.setUrlParam("state", "s3cret"),
          HttpClientRequest.bearerToken("s3cret")
        )
      const answer = yield* client.execute(request("ok"))
      const broken = yield* client.execute(request("broken"))
      const errors = [
        yield* Effect.flip(client.execute(request("die"))),
        yield* Effect.flip(client.execute(post("http://s3cret:s3cret@/?s3cret"))),
        yield* Effect.flip(answer.json),
        yield* Effect.flip(broken.text)
      ]
      assert.strictEqual(yield* answer.text, "{s3cret}")
      const printed = [answer, ...errors].flatMap((value) => [
        String(value),
        JSON.stringify(value),
        Util.inspect(value, { depth: 9, showHidden: true }),
        ...(value instanceof Error
          ? [value.stack ?? "", value.message, Cause.pretty(Cause.fail(value), { renderErrorCause: true })]
          : [])
      ])
      for (const text of printed) assert.notInclude(text, "s3cret")
      assert.include(printed.join(), "/die")
    })
  )
})
