/**
 * The body of a request: not larger than the cap, of a content type that the endpoint takes, and one object or form whose
 * fields each come once.
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

/** A sender reads no answer before all is sent, so as much more is read and thrown away; then the connection is cut. */
const drainCap = 16 * bodyCap

/** A request without a body has nothing to read; one whose sender went away has nobody to answer. */
const nothing = Effect.succeed(new Uint8Array())

const tooLarge = refuse(new PayloadTooLarge({ message: `The body is larger than ${bodyCap} bytes` }))

const unreadable = (message: string) => refuse(new BadRequest({ message }))

/** The bytes of the body, at most `bodyCap`. */
export const readBody = (request: HttpServerRequest.HttpServerRequest): Effect.Effect<Uint8Array, PayloadTooLarge> =>
  Effect.suspend(() => {
    const length = request.headers["content-length"]
    if (length !== undefined) {
      // Whoever carries the request holds its body to this length.
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

/** The first name that an object of valid JSON text has twice, which `JSON.parse` hides. */
export const doubledName = (json: string): string | undefined => {
  const names = new Set<unknown>()
  let depth = 0
  // Strings with the colon that makes them a name, and brackets; everything else is of no matter.
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

/** The first name that a form or a query has twice. */
export const doubledPair = (pairs: URLSearchParams): string | undefined => {
  const names = [...pairs.keys()]
  return names.find((name, index) => names.indexOf(name) !== index)
}

const formType = "application/x-www-form-urlencoded"

/** A body as it was read. */
export interface ParsedBody {
  readonly contentType: string
  readonly fields: ReadonlyMap<string, unknown>
  /** A name that comes twice, if any does. */
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

/** The request again, with the fields of a body that was read. */
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
