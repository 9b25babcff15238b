/** Checks where a write comes from: a page of another origin must not act through the developer's browser. */
import type * as Headers from "@effect/platform/Headers"

/** Whether a request comes from no page at all, or from one of this server. */
export const isOwnOrigin = (headers: Headers.Headers): boolean => {
  const site = headers["sec-fetch-site"] ?? "none"
  if (site !== "none" && site !== "same-origin") return false
  const origin = headers["origin"]
  if (origin === undefined) return true
  return URL.canParse(origin) && new URL(origin).host === headers["host"]
}
