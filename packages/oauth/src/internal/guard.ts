/** The last layer above the transport: no request leaves the base URL, and no transport follows a redirect. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { keepsDeadlines, TransportFailure } from "@effect-baanx/api/Transport"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { currentContext, requestError, UndiciOptions, withoutSpans } from "./runtime.js"

/**
 * A dot segment, with what a gateway may cut off after it; or an empty segment, where a gateway may look for a host.
 */
const climbing = /\/\.\.?([/;?#]|$)|^\w+:\/\/[^/]*\/\//

/** An encoded character of one or more bytes, a stray byte, or an escape that only some servers know. */
const escapes = /%[c-f][\da-f](%[89ab][\da-f])*|%[\dab][\da-f]|%u[\da-f]{4}/gi

/**
 * Servers read invalid UTF-8, such as a dot encoded in two bytes, differently, so it counts as climbing; a single stray
 * byte is dropped.
 */
const decode = (escape: string): string => {
  try {
    return decodeURIComponent(escape)
  } catch {
    return escape.length > 3 ? "/../" : ""
  }
}

/**
 * Whether a URL begins with the base URL and no server on its way can read its path as climbing out of it: however
 * often the server decodes it, whichever slashes and dots it knows, and whatever invisible characters it drops.
 */
export const isBelow = (baseUrl: string, url: string): boolean => {
  let before = ""
  let path = url.replace(/[?#].*/s, "")
  // Most paths have nothing to decode.
  while (path !== before && /[^\w:/.-]/.test(path)) {
    before = path
    path = path
      .replace(escapes, decode)
      .normalize("NFKC")
      .replace(/[\s\p{C}]/gu, "")
      .replace(/[\\\u2044\u2215]/g, "/")
  }
  return url.startsWith(`${baseUrl}/`) && !climbing.test(path)
}

const outside = new TransportFailure({ reason: "Outside", sent: true })

/**
 * Rejects requests that would leave the base URL. The error holds neither the URL nor a header, since either may
 * contain secrets.
 */
export const stayBelow = (client: HttpClient.HttpClient, baseUrl: string): HttpClient.HttpClient =>
  HttpClient.transform(client, (sent, { method, url }) =>
    isBelow(baseUrl, url)
      ? sent
      : requestError(HttpClientRequest.make(method)(baseUrl), "InvalidUrl", { cause: outside })
  )

type Services = Context.Context<never>

const valueOf = <Id, A>(services: Services, tag: Context.Tag<Id, A>) =>
  Option.getOrUndefined(Context.getOption(services, tag))

/** The caller's options of fetch and undici, with redirects turned off. */
const manual = (services: Services, layer = services): Services =>
  services.pipe(
    Context.add(FetchHttpClient.RequestInit, {
      ...valueOf(layer, FetchHttpClient.RequestInit),
      ...valueOf(services, FetchHttpClient.RequestInit),
      redirect: "manual"
    }),
    Context.add(UndiciOptions, {
      ...valueOf(layer, UndiciOptions),
      ...valueOf(services, UndiciOptions),
      maxRedirections: 0
    })
  )

/** For a client that might not be built on the guarded one. */
export const withoutRedirects = (client: HttpClient.HttpClient): HttpClient.HttpClient =>
  HttpClient.transformResponse(
    withoutSpans(client),
    Effect.mapInputContext((services: Services) => manual(services))
  )

/** Wraps the transport, below whatever `transformClient` adds. */
export const guard = (client: HttpClient.HttpClient, baseUrl: string): HttpClient.HttpClient => {
  if (keepsDeadlines(client)) return stayBelow(client, baseUrl)
  // Options given to a layer, such as a dispatcher or a fetch, are hidden by those of a call. A request that fails
  // while its URL is built reveals them, and sends nothing.
  let layer: Services | undefined
  const probe = Object.create(HttpClientRequest.get(""), {
    hash: {
      get: () => {
        layer = currentContext()
        throw outside
      }
    }
  })
  const look = Effect.suspend(() => client.execute(probe)).pipe(
    Effect.mapInputContext<never, never>(Context.empty),
    Effect.withTracerEnabled(false),
    Effect.exit
  )
  const guarded = HttpClient.transformResponse(withoutSpans(client), (sent) =>
    Effect.zipRight(
      Effect.suspend(() => (layer === undefined ? look : Effect.void)),
      Effect.mapInputContext(sent, (services: Services) => {
        layer ??= Context.empty()
        const fetch = valueOf(Context.merge(layer, services), FetchHttpClient.Fetch) ?? globalThis.fetch
        return Context.add(manual(services, layer), FetchHttpClient.Fetch, (url, init) =>
          isBelow(baseUrl, String(url)) ? fetch(url, { ...init, redirect: "manual" }) : Promise.reject(outside)
        )
      })
    )
  )
  return stayBelow(guarded, baseUrl)
}
