import { HttpBody, HttpClient, HttpClientRequest } from "@effect/platform"
import { NodeHttpClient, type NodeHttpClientOptions } from "@effect-baanx/node"
import { assert, describe, it } from "@effect/vitest"
import { Cause, ConfigProvider, Effect, Exit, Layer, Queue, Stream } from "effect"
import * as Util from "node:util"
import { failureOf, make, ok, post } from "./Calls.js"
import * as TestServer from "./TestServer.js"

describe("a request and its response", () => {
  it.scoped("are transmitted unchanged", () =>
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

  it.scoped("have the URL and parameters of their own call", () =>
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

  it.scoped("can be read in every form, repeatedly", () =>
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

  it.scoped("drop a byte order mark, and read an empty body as null", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.http((response, { url }) =>
        response.end(url === "/bom" ? Buffer.from(`\uFEFF{"a":1}`) : "")
      )
      const client = yield* make()
      assert.deepStrictEqual(yield* Effect.flatMap(client.get(`${server.url}/bom`), (_) => _.json), { a: 1 })
      const empty = yield* client.get(server.url)
      assert.isNull(yield* empty.json)
      assert.strictEqual(yield* empty.text, "")
      assert.strictEqual((yield* Stream.runCollect(empty.stream)).length, 0)
    })
  )

  it.scoped("have an empty body with HEAD, 204 and 304", () =>
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

  it.scoped("ignore an informational response", () =>
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

  it.scoped("carry every kind of body with its content-length", () =>
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

  it.scoped("fail before a byte is sent if HTTP cannot carry the request", () =>
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

describe("a redirect", () => {
  for (const status of [301, 302, 303, 307, 308]) {
    it.scoped(`of ${status} is returned and not followed`, () =>
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

describe("the options", () => {
  it.scoped("fail the layer if they cannot work, with an error that names the option", () =>
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

  it.scoped("can be read from BAANX_HTTP_… variables", () =>
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
  it.scoped("shows in no form of an error or a response", () =>
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
      const response = yield* client.execute(request("ok"))
      const broken = yield* client.execute(request("broken"))
      const errors = [
        yield* Effect.flip(client.execute(request("die"))),
        yield* Effect.flip(client.execute(post("http://s3cret:s3cret@/?s3cret"))),
        yield* Effect.flip(response.json),
        yield* Effect.flip(broken.text)
      ]
      assert.strictEqual(yield* response.text, "{s3cret}")
      const printed = [response, ...errors].flatMap((value) => [
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
