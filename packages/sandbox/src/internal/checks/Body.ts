/**
 * Checks the body of a request: its size, its content type, and that it is one object or form whose fields each come
 * once.
 */
import { BadRequest, PayloadTooLarge } from "@effect-baanx/api/WireError"
import type * as Headers from "@effect/platform/Headers"
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { refuse } from "../Call.js"
import { isTooDeep, maxJsonDepth } from "../JsonDepth.js"

/** The largest body that is read, in bytes. */
export const bodyCap = 64 * 1024

/**
 * A sender reads no response before it has sent everything, so this much more is read and discarded; then the
 * connection is cut.
 */
const drainCap = 16 * bodyCap

/** For a request without a body, and for one whose sender has disconnected and needs no response. */
const nothing = Effect.succeed(new Uint8Array())

const tooLarge = refuse(new PayloadTooLarge({ message: `The body is larger than ${bodyCap} bytes` }))

const unreadable = (message: string) => refuse(new BadRequest({ message }))

/** The bytes of the body, at most `bodyCap`. */
export const readBody = (request: HttpServerRequest.HttpServerRequest): Effect.Effect<Uint8Array, PayloadTooLarge> =>
  Effect.suspend(() => {
    const length = request.headers["content-length"]
    if (length !== undefined) {
      // The transport enforces this length.
      if (Number(length) > bodyCap) return tooLarge
      return request.arrayBuffer.pipe(
        Effect.map((buffer) => new Uint8Array(buffer)),
        Effect.catchTag("RequestError", () => nothing)
      )
    }
    const chunks: Array<Uint8Array> = []
    let size = 0
    return Stream.runForEachWhile(request.stream, (chunk) =>
      Effect.sync(() => {
        size += chunk.length
        if (size <= bodyCap) chunks.push(chunk)
        return size <= drainCap
      })
    ).pipe(
      Effect.catchTag("RequestError", () => Effect.void),
      Effect.flatMap(() => (size > bodyCap ? tooLarge : Effect.succeed(new Uint8Array(Buffer.concat(chunks)))))
    )
  })

const decodeText = (bytes: Uint8Array) =>
  Effect.try({
    try: () => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes),
    catch: () => new BadRequest({ message: "The body is not UTF-8" })
  })

const parseJson = (text: string) =>
  Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: () => new BadRequest({ message: "The body is not JSON" })
  })

/** The first duplicate name in an object of valid JSON text, which `JSON.parse` hides. */
export const doubledName = (json: string): string | undefined => {
  const names = new Set<unknown>()
  let depth = 0
  // Strings, with the colon that makes them names, and brackets; everything else is irrelevant.
  for (const [match, string, colon] of json.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/gs)) {
    if (string === undefined) depth += match === "{" || match === "[" ? 1 : -1
    else if (depth === 1 && colon !== undefined) {
      const name: unknown = JSON.parse(string)
      if (names.has(name)) return String(name)
      names.add(name)
    }
  }
  return undefined
}

/** The first duplicate name in a form or a query. */
export const doubledPair = (pairs: URLSearchParams): string | undefined => {
  const names = [...pairs.keys()]
  return names.find((name, index) => names.indexOf(name) !== index)
}

const formType = "application/x-www-form-urlencoded"

/** A body as it was read. */
export interface ParsedBody {
  readonly contentType: string
  readonly fields: ReadonlyMap<string, unknown>
  /** A duplicate name, if there is one. */
  readonly doubled: string | undefined
}

/** Reads the fields of a body that is not empty. */
export const parseBody = (
  bytes: Uint8Array,
  headers: Headers.Headers,
  allowed: ReadonlyArray<string>
): Effect.Effect<ParsedBody, BadRequest> =>
  Effect.gen(function* () {
    const [mediaType = "", ...parameters] = (headers["content-type"] ?? "").toLowerCase().split(";")
    const contentType = mediaType.trim()
    const utf8 = parameters.every((parameter) => /^\s*(charset="?utf-8"?)?\s*$/.test(parameter))
    if (!allowed.includes(contentType) || !utf8) {
      return yield* unreadable(`The content type must be ${allowed.join(" or ")}`)
    }
    if ((headers["content-encoding"] ?? "identity") !== "identity") {
      return yield* unreadable("The body must not be compressed")
    }
    const text = yield* decodeText(bytes)
    if (contentType === formType) {
      const pairs = new URLSearchParams(text)
      return { contentType, fields: new Map(pairs), doubled: doubledPair(pairs) }
    }
    if (isTooDeep(text)) return yield* unreadable(`The body nests deeper than ${maxJsonDepth} levels`)
    const value = yield* parseJson(text)
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return yield* unreadable("The body is not a JSON object")
    }
    return { contentType, fields: new Map<string, unknown>(Object.entries(value)), doubled: doubledName(text) }
  })

/** The request, with the fields of the parsed body. */
export const withFields = (
  request: HttpServerRequest.HttpServerRequest,
  fields: ReadonlyMap<string, unknown>
): HttpServerRequest.HttpServerRequest =>
  Object.create(request, {
    json: { value: Effect.sync(() => Object.fromEntries(fields)) },
    urlParamsBody: {
      value: Effect.sync(() => Array.from(fields, ([name, value]) => [name, String(value)] as const))
    }
  })
