/** Keeps states and codes out of the spans of a server. */
import type { HttpServerRequest } from "@effect/platform/HttpServerRequest"
import type * as Layer from "effect/Layer"
import { withoutTracer } from "./runtime.js"

/** A path as a router reads it: in lower case, decoded, without double or trailing slashes. */
const canonical = (path: string): string => {
  let decoded = path
  try {
    decoded = decodeURIComponent(path)
  } catch {}
  return decoded
    .toLowerCase()
    .replace(/\/+/g, "/")
    .replace(/(?!^)\/$/, "")
}

/**
 * Disables the server's spans for the routes whose URL or `Location` has a state or a code, because a span records
 * both. Applies to any server that the layer is provided to.
 */
export const untraced = (paths: ReadonlyArray<string>): Layer.Layer<never> => {
  const own = new Set(paths.map(canonical))
  const isOwn = ({ url }: HttpServerRequest) => {
    const [path = ""] = url.split("?", 1)
    return own.has(canonical(path))
  }
  return withoutTracer(isOwn)
}
