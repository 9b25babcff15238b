import type { BaanxError } from "@effect-baanx/oauth"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, FastCheck } from "effect"
import * as Zlib from "node:zlib"
import { authorize, granted, secrets } from "../AuthorizeSuite.js"
import { contained } from "./Contained.js"
import { rawServer } from "./RawServer.js"
import { runs } from "./Runs.js"
import { through, transports } from "./Transports.js"

const body = Buffer.from(JSON.stringify(granted))

/** Names that a lookup in a plain object finds on its prototype, and others, in any case. */
const name = FastCheck.oneof(
  FastCheck.constantFrom(...Object.getOwnPropertyNames(Object.prototype)),
  FastCheck.stringMatching(/^[\w!#$%&'*+.^`|~-]{1,20}$/)
).chain((name) => FastCheck.mixedCase(FastCheck.constant(name), { toggleCase: (letter) => letter.toUpperCase() }))

/** Headers that frame a response are left to other tests. */
const header = FastCheck.tuple(
  name.filter((name) => !/^(content-|transfer-|connection$|upgrade$|trailer$)/i.test(name)),
  FastCheck.oneof(name, FastCheck.stringMatching(/^[\x21-\x7e]{0,20}$/))
).map(([name, value]) => `${name}: ${value}`)

const encoders = new Map<string, (body: Uint8Array) => Uint8Array>([
  ["gzip", Zlib.gzipSync],
  ["x-gzip", Zlib.gzipSync],
  ["deflate", Zlib.deflateSync],
  ["br", Zlib.brotliCompressSync]
])

interface Attack {
  readonly headers: ReadonlyArray<string>
  readonly codings: ReadonlyArray<string>
  readonly separator: string
  readonly isEncoded: boolean
  /** How the bytes are changed: cut, changed at one place, followed by others, repeated, replaced, or not at all. */
  readonly spoil: (body: Uint8Array) => Uint8Array
}

const spoil = FastCheck.oneof(
  FastCheck.constant((body: Uint8Array) => body),
  FastCheck.nat(200).map((at) => (body: Uint8Array) => body.subarray(0, at)),
  FastCheck.tuple(FastCheck.nat(200), FastCheck.nat(255)).map(
    ([at, byte]) =>
      (body: Uint8Array) =>
        body.map((before, index) => (index === at ? byte : before))
  ),
  FastCheck.uint8Array({ minLength: 1, maxLength: 20 }).map(
    (more) => (body: Uint8Array) => Buffer.concat([body, more])
  ),
  FastCheck.integer({ min: 2, max: 50 }).map(
    (times) => (body: Uint8Array) => Buffer.concat(Array.from({ length: times }, () => body))
  ),
  FastCheck.constant(() => Zlib.gzipSync(new Uint8Array(1 << 22)))
)

const coding = FastCheck.oneof(FastCheck.constantFrom("", "identity", ...encoders.keys()), name)

const attack: FastCheck.Arbitrary<Attack> = FastCheck.record({
  headers: FastCheck.array(header, { maxLength: 5 }),
  codings: FastCheck.oneof(FastCheck.tuple(coding), FastCheck.array(coding, { maxLength: 8 })),
  separator: FastCheck.constantFrom(",", ", ", " ,", "\r\ncontent-encoding: "),
  isEncoded: FastCheck.boolean(),
  spoil
})

const wire = ({ codings, headers, isEncoded, separator, spoil }: Attack, announced: boolean): Buffer => {
  const encoded = codings.reduce<Uint8Array>((body, coding) => encoders.get(coding)?.(body) ?? body, body)
  const sent = spoil(isEncoded ? encoded : body)
  const head = [
    "HTTP/1.1 200 OK",
    "content-type: application/json",
    ...headers,
    ...(codings.length === 0 ? [] : [`content-encoding: ${codings.join(separator)}`]),
    announced ? `content-length: ${sent.length}` : "connection: close"
  ]
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1"), sent])
}

const isTimeout = (error: BaanxError): boolean => error._tag === "TransportError" && error.reason === "Timeout"

describe("header names and content codings from Object.prototype", () => {
  for (const [client, transport] of transports) {
    // With `@effect-baanx/node` the clock stands still, so that nothing can wait for the deadline. Node's fetch needs
    // the deadline: a brotli body that is cut short never ends there.
    const tester = client === "@effect-baanx/node" ? it.scoped : it.scopedLive
    tester.prop(
      `end in a grant or a typed error before the deadline, through ${client}`,
      [FastCheck.array(FastCheck.tuple(attack, FastCheck.boolean()), { minLength: 20, maxLength: 30 })],
      ([attacks]) =>
        Effect.gen(function* () {
          const server = yield* rawServer((socket, index) => {
            const next = attacks[index]
            if (next !== undefined) socket.end(wire(...next))
          })
          const authorizeService = yield* through(transport, server.baseUrl, "200 millis")
          const ends = yield* Effect.forEach(attacks, () =>
            contained(authorize(), secrets).pipe(Effect.provide(authorizeService))
          )
          // On a busy machine, the deadline may come before a request has arrived.
          const late = ends.filter((end) => Either.isLeft(end) && isTimeout(end.left)).length
          assert.isAtMost(server.received(), attacks.length)
          assert.isAtLeast(server.received(), attacks.length - late)
        }),
      runs(client === "@effect-baanx/node" ? 50 : 10)
    )

    it.scoped.prop(
      `do not affect a good response, through ${client}`,
      [FastCheck.array(FastCheck.array(header, { maxLength: 20 }), { minLength: 1, maxLength: 5 })],
      ([heads]) =>
        Effect.gen(function* () {
          const plain = { codings: [], separator: ",", isEncoded: false, spoil: (body: Uint8Array) => body }
          const server = yield* rawServer((socket, index) =>
            socket.end(wire({ ...plain, headers: heads[index] ?? [] }, true))
          )
          const authorizeService = yield* through(transport, server.baseUrl)
          for (const _ of heads) {
            const end = yield* contained(authorize(), secrets).pipe(Effect.provide(authorizeService))
            assert.isTrue(Either.isRight(end))
          }
        }),
      runs(20)
    )
  }
})
