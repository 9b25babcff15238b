import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Either, FastCheck, Fiber, TestClock } from "effect"
import * as Zlib from "node:zlib"
import { authorize, granted, secrets } from "../AuthorizeSuite.js"
import { answer, answering } from "./Calls.js"
import { contained, silent } from "./Contained.js"
import { rawServer } from "./RawServer.js"
import { turnsOf } from "../Size.js"
import { runs } from "./Runs.js"
import { through, transports } from "./Transports.js"

const body = JSON.stringify(granted)
const json = "content-type: application/json"
const length = `content-length: ${body.length}`
const ok = "HTTP/1.1 200 OK"

/** The lines of the head and the body, after which the connection ends. */
interface Attack {
  readonly head: ReadonlyArray<string>
  readonly body?: string | Uint8Array
  /** Whether the call succeeds. Unset where clients may differ: then it only has to end. */
  readonly granted?: boolean
}

const typed = (contentType: string, granted: boolean): Attack => ({
  head: [ok, `content-type: ${contentType}`, length],
  granted
})
const sized = (...lengths: ReadonlyArray<string>): Attack => ({
  head: [ok, json, ...lengths.map((length) => `content-length: ${length}`)]
})
const chunked = (body: string, ...encodings: ReadonlyArray<string>): Attack => ({
  head: [ok, json, ...encodings.map((encoding) => `transfer-encoding: ${encoding}`)],
  body
})
const coded = (encoding: string, body: string | Uint8Array, granted?: boolean): Attack => ({
  head: [ok, json, `content-encoding: ${encoding}`, `content-length: ${body.length}`],
  body,
  ...(granted !== undefined && { granted })
})
const status = (line: string): Attack => ({ head: [line, json, length], granted: false })
const one = `${body.length.toString(16)}\r\n${body}\r\n`

/** Attacks by name, and good responses, which must pass. */
const attacks: Readonly<Record<string, Attack>> = {
  "a good response": { head: [ok, json, length], granted: true },
  "content-type in capitals": typed("APPLICATION/JSON", true),
  "content-type with a charset": typed("application/json;charset=utf-8", true),
  "content-type of a JSON dialect": typed("application/problem+json", true),
  "content-type that ends in json": typed("text/json", false),
  "content-type that begins with JSON's": typed("application/jsonp", false),
  "content-type that hides JSON in a parameter": typed("text/html; a=application/json", false),
  "content-type that hides HTML behind JSON": typed("application/json, text/html", false),
  "an empty content-type": typed("", false),
  "content-type of a thousand plus signs": typed(`application/${"+".repeat(1000)}xml`, false),
  "no content-type": { head: [ok, length], granted: false },
  "content-length below zero": sized("-1"),
  "content-length with a plus sign": sized(`+${body.length}`),
  "content-length in hexadecimal": sized(`0x${body.length.toString(16)}`),
  "content-length as a float": sized(`${body.length}.0`),
  "content-length of a list": sized(`${body.length}, ${body.length}`),
  "content-length of 400 digits": sized("9".repeat(400)),
  "content-length twice": sized(String(body.length), String(body.length)),
  "content-length twice, not the same": sized(String(body.length), String(body.length - 1)),
  "content-length too short": { ...sized(String(body.length - 1)), granted: false },
  "content-length too long": { ...sized(String(body.length + 1)), granted: false },
  "content-length of zero": { ...sized("0"), granted: false },
  "content-length beside chunks": {
    head: [ok, json, length, "transfer-encoding: chunked"],
    body: `${one}0\r\n\r\n`
  },
  "a small content-length beside chunks of a megabyte": {
    head: [ok, json, "content-length: 5", "transfer-encoding: chunked"],
    body: `${`10000\r\n${" ".repeat(0x10000)}\r\n`.repeat(16)}0\r\n\r\n`,
    granted: false
  },
  "chunks without an end": { ...chunked(one, "chunked"), granted: false },
  "a chunk of negative size": { ...chunked(`-1\r\n${body}\r\n0\r\n\r\n`, "chunked"), granted: false },
  "a chunk of more than any size": {
    ...chunked(`ffffffffffffffffff\r\n${body}\r\n0\r\n\r\n`, "chunked"),
    granted: false
  },
  "a chunk longer than its size": { ...chunked(`1\r\n${body}\r\n0\r\n\r\n`, "chunked"), granted: false },
  "a chunk with an extension of 100 kB": chunked(
    `${body.length.toString(16)};${"x".repeat(100_000)}\r\n${body}\r\n0\r\n\r\n`,
    "chunked"
  ),
  "trailers that repeat secrets": chunked(`${one}0\r\nx-secret: ${secrets.loginToken}\r\n\r\n`, "chunked"),
  "chunked twice": chunked(`${one}0\r\n\r\n`, "chunked", "chunked"),
  "a transfer-encoding of nonsense": chunked(body, "nonsense"),
  "content-encoding identity": coded("identity", body, true),
  "gzip that is not gzip": coded("gzip", body),
  "gzip five times": coded("gzip, gzip, gzip, gzip, gzip", Zlib.gzipSync(body)),
  "gzip cut short": coded("gzip", Zlib.gzipSync(body).subarray(0, -12)),
  "gzip of 16 MiB": coded("gzip", Zlib.gzipSync(new Uint8Array(1 << 24)), false),
  "brotli of 16 MiB": coded("br", Zlib.brotliCompressSync(new Uint8Array(1 << 24)), false),
  "content-encoding of nonsense": coded("nonsense", body),
  "another protocol": { head: ["220 smtp.example ESMTP"], granted: false },
  "HTTP/0.9": { head: [body], granted: false },
  "HTTP/2.0": { head: ["HTTP/2.0 200 OK", json, length] },
  "a status of four digits": status("HTTP/1.1 2000 OK"),
  "a status of letters": status("HTTP/1.1 abc OK"),
  "a status below 100": status("HTTP/1.1 099 OK"),
  "status 999": status("HTTP/1.1 999 OK"),
  "status 101": status("HTTP/1.1 101 Switching Protocols"),
  "status 204 with a body": status("HTTP/1.1 204 No Content"),
  "status 205 with a body": { head: ["HTTP/1.1 205 Reset Content", json, length] },
  "status 206": { head: ["HTTP/1.1 206 Partial Content", json, length, "content-range: bytes 0-1/9"] },
  "status 304 with a body": status("HTTP/1.1 304 Not Modified"),
  "a reason phrase of 8 kB": status(`HTTP/1.1 401 ${"no ".repeat(2700)}`),
  "100 Continue a thousand times": {
    head: [...Array.from({ length: 1000 }, () => "HTTP/1.1 100 Continue\r\n"), ok, json, length]
  },
  "early hints that redirect": {
    head: ["HTTP/1.1 103 Early Hints", "location: http://127.0.0.1:9/\r\n", ok, json, length]
  },
  "a header of 1 MB": { head: [ok, json, length, `x-long: ${"x".repeat(1_000_000)}`], granted: false },
  "20,000 headers": {
    head: [ok, json, length, ...Array.from({ length: 20_000 }, (_, i) => `x-${i}: x`)],
    granted: false
  },
  "headers named like members of Object.prototype": {
    head: [ok, "__proto__: x", "constructor: x", "toString: x", "hasOwnProperty: x", "__proto__: y", json, length],
    granted: true
  },
  "a header without a name": { head: [ok, json, length, ": x"] },
  "a header without a colon": { head: [ok, json, length, "x"], granted: false },
  "a header over two lines": { head: [ok, "content-type: text/html", " application/json", length], granted: false },
  "a header with NUL": { head: [ok, json, length, "x: a\0b"] },
  "a header with only CR": { head: [ok, json, length, "x: a\rcontent-type: text/html"] },
  "headers that repeat every secret": {
    head: [ok, json, length, ...Object.values(secrets).map((secret) => `set-cookie: a=${secret}; path=/`)],
    granted: true
  },
  "a redirect to nowhere": { head: ["HTTP/1.1 302 Found", "location: http://["], granted: false },
  "a redirect that repeats every secret": {
    head: ["HTTP/1.1 307 Temporary Redirect", `location: http://127.0.0.1:9/?${Object.values(secrets).join("&")}`],
    granted: false
  },
  "a refresh header": { head: [ok, json, length, "refresh: 0; url=http://127.0.0.1:9/"], granted: true }
}

const wire = ({ body: sent = body, head }: Attack): Buffer =>
  Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1"), Buffer.from(sent)])

describe("hostile headers", () => {
  for (const [client, [name, transport]] of transports.entries()) {
    it.scoped(`end the call in a grant or a typed error without a secret, through ${name}`, () =>
      Effect.gen(function* () {
        for (const [title, attack] of turnsOf(Object.entries(attacks), client, transports.length)) {
          const server = yield* rawServer((socket) => socket.end(wire(attack)))
          const authorizeService = yield* through(transport, server.baseUrl)
          const end = yield* silent(authorize(), secrets).pipe(Effect.provide(authorizeService))
          if (attack.granted !== undefined) assert.strictEqual(Either.isRight(end), attack.granted, title)
          assert.strictEqual(server.received(), 1, title)
        }
      })
    )

    const endless = [
      ["headers", ok, "x: y\r\n"],
      ["informational responses", "HTTP/1.1 100 Continue\r\n", "HTTP/1.1 100 Continue\r\n\r\n"],
      ["bytes of a body", `${ok}\r\n${json}\r\n`, "x".repeat(1000)],
      ["bytes of a body of another type", `${ok}\r\ncontent-type: text/html\r\n`, "x".repeat(1000)],
      ["bytes of a redirect's body", "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/\r\n", "x".repeat(1000)],
      ["chunks", `${ok}\r\n${json}\r\ntransfer-encoding: chunked\r\n`, "1\r\nx\r\n"]
    ] as const
    for (const [title, head, more] of turnsOf(endless, client, transports.length)) {
      it.scoped(`are cut off: endless ${title}, through ${name}`, () =>
        Effect.gen(function* () {
          const piece = more.repeat(100)
          const server = yield* rawServer((socket) => {
            const go = (): void => {
              if (!socket.destroyed) socket.write(piece, () => setImmediate(go))
            }
            socket.write(`${head}\r\n`)
            go()
          })
          const authorizeService = yield* through(transport, server.baseUrl)
          const call = yield* Effect.fork(contained(authorize(), secrets).pipe(Effect.provide(authorizeService)))
          yield* server.arrival(1)
          if (title === "informational responses") yield* TestClock.adjust("10 seconds")
          assert.isTrue(Either.isLeft(yield* Fiber.join(call)))
          yield* server.idle
          assert.isBelow(server.sent(), 1 << 25)
        })
      )
    }
  }

  it.effect.prop(
    "make retryAfter a finite time or undefined",
    [
      FastCheck.oneof(
        FastCheck.stringMatching(/^[\x20-\x7e]{0,30}$/),
        FastCheck.stringMatching(/^[0-9eE.+-]{0,12}$/),
        FastCheck.integer().map(String),
        FastCheck.constantFrom("Infinity", "NaN", "9".repeat(400), "Fri, 31 Dec 9999 23:59:59 GMT", "1, 2", "٣")
      ),
      FastCheck.constantFrom(429, 503)
    ],
    ([retryAfter, status]) =>
      Effect.gen(function* () {
        const headers = { "retry-after": encodeURI(retryAfter) }
        yield* answer({ status, headers, body: new Uint8Array() })
        const end = yield* contained(authorize(), secrets)
        assert.isTrue(Either.isLeft(end) && "retryAfter" in end.left)
        if (Either.isRight(end) || !("retryAfter" in end.left) || end.left.retryAfter === undefined) return
        assert.isTrue(Duration.isFinite(end.left.retryAfter))
        assert.strictEqual(Duration.toSeconds(end.left.retryAfter), Number(retryAfter))
        assert.match(retryAfter.trim(), /^\d+$/)
      }).pipe(answering),
    runs(40)
  )
})
