/** The target of a request (RFC 9112 section 3.2): a path, or an absolute URL as proxies receive it. */
import * as Headers from "@effect/platform/Headers"
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"

/** User info in an `http` URL is an error (RFC 9110 section 4.2.4). */
const absoluteForm = /^https?:\/\/([^/?#@\\]+)((?:[/?].*)?)$/i

/**
 * The request with a path as its target, and the host that an absolute URL names; `undefined` if the target is neither.
 */
export const originForm = (
  request: HttpServerRequest.HttpServerRequest
): HttpServerRequest.HttpServerRequest | undefined => {
  if (request.url.startsWith("/")) return request
  const [, host, target = ""] = absoluteForm.exec(request.url) ?? []
  return host === undefined
    ? undefined
    : request.modify({
        url: target.startsWith("/") ? target : `/${target}`,
        // It takes precedence over `Host` (RFC 9112 section 3.2.2).
        headers: Headers.set(request.headers, "host", host)
      })
}
