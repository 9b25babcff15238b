/**
 * Undoes the content codings of a body (RFC 9110 section 8.4), which the header lists in the order in which they were
 * applied.
 */
import { constants } from "node:buffer"
import { brotliDecompress, unzip } from "node:zlib"

export type Decoders = ReadonlyArray<typeof unzip>

const known = new Map<string, typeof unzip>([
  ["gzip", unzip],
  ["x-gzip", unzip],
  ["deflate", unzip],
  ["br", brotliDecompress]
])

/** Values that mean no coding; some servers put a charset here. */
const plain = new Set(["", "identity", "none", "utf-8", "utf8"])

/** The maximum number of codings that are undone; an honest server applies one. */
const most = 5

/** In the order of the header; `undefined` if a coding is unknown or there are too many. */
export const decodersOf = (header: string | ReadonlyArray<string>): Decoders | undefined => {
  const codings = String(header)
    .toLowerCase()
    .split(",")
    .map((coding) => coding.trim())
    .filter((coding) => !plain.has(coding))
  const decoders = codings.flatMap((coding) => known.get(coding) ?? [])
  return decoders.length === codings.length && decoders.length <= most ? decoders : undefined
}

/**
 * Runs the last decoder first. `done` receives the body, or an error if a decoder fails or produces more than `max`
 * bytes.
 */
export const decode = (
  body: Buffer,
  decoders: Decoders,
  max: number,
  done: (error: Error | null, body: Buffer) => void
): void => {
  const decoder = decoders.at(-1)
  if (decoder === undefined || body.length === 0) return done(null, body)
  decoder(body, { maxOutputLength: Math.min(max, constants.MAX_LENGTH) }, (error, decoded) =>
    error === null ? decode(decoded, decoders.slice(0, -1), max, done) : done(error, decoded)
  )
}
