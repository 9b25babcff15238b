/**
 * The redirect URI that is registered with Baanx, and the check that a response leads there and nowhere else.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { type Operation, RedirectMismatchError } from "./BaanxError.js"
import type { AuthorizationCode } from "./Credentials.js"
import { constantTimeEquals } from "./internal/constantTimeEquals.js"
import type { State } from "./State.js"

// URL parsers drop or rewrite these characters, so different parsers read the same text differently.
// oxlint-disable-next-line no-control-regex
const ambiguous = /[\u0000-\u0020\u007f-\uffff\\^`{|}<>"]/

const script = new Set(["javascript:", "data:", "vbscript:", "blob:", "file:", "about:"])

/**
 * True for `localhost` and for the loopback literals 127.0.0.0/8 and [::1], in the form of `URL.hostname`.
 *
 * @since 0.1.0
 * @category guards
 */
export const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname)

const parse = (text: string): URL | undefined =>
  ambiguous.test(text) || !URL.canParse(text) ? undefined : new URL(text)

const isRedirectUri = (text: string): boolean => {
  const url = parse(text)
  if (url === undefined || text.includes("#") || url.username !== "") return false
  // Rejects a host that a parser has to work out first, as in https:yourapp.com, https://:@yourapp.com or
  // https://0x7f.1.
  const start = `${url.protocol}//${url.hostname}`.toLowerCase()
  const spelledOut = text.toLowerCase().startsWith(start) && /^[:/?]?$/.test(text.charAt(start.length))
  if (url.hostname !== "" && !spelledOut) return false
  if (url.searchParams.has("code") || url.searchParams.has("state") || url.searchParams.has("error")) return false
  return url.protocol === "http:" ? isLoopback(url.hostname) : !script.has(url.protocol)
}

/**
 * A redirect URI: absolute, with `https`, `http` on loopback only, or an app's own scheme, and without a fragment, user
 * info or its own `code`, `state` or `error` (RFC 6749 section 3.1.2, RFC 8252). It must be exactly the one registered
 * with Baanx.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RedirectUri = Schema.String.pipe(
  Schema.filter(isRedirectUri, {
    message: () =>
      "expected an absolute redirect URI: https (or http on loopback, or an app's own scheme), without fragment, user info, code, state or error"
  }),
  Schema.brand("RedirectUri")
)
export type RedirectUri = typeof RedirectUri.Type

const withoutQuery = (text: string): string => text.replace(/\?.*/, "")

/** Exact match (RFC 9700 section 4.1.3), in the registered spelling or in that of the URL standard. */
const sameLocation = (text: string, redirectUri: RedirectUri): boolean => {
  const place = withoutQuery(text)
  return place === withoutQuery(redirectUri) || place === withoutQuery(new URL(redirectUri).href)
}

/** Parameters that the `oauth2` family adds to code and state. */
const optional = new Set(["iss", "app_id"])

/**
 * Checks a redirect URL against the registered redirect URI, the code and the state: the same location, the registered
 * parameters once each, exactly one `code` and one `state` with the given values, and no other parameter except `iss`
 * and `app_id`.
 *
 * @since 0.1.0
 * @category guards
 */
export const checkRedirectUrl = (
  operation: Operation,
  expected: {
    readonly redirectUri: RedirectUri
    readonly code: AuthorizationCode
    readonly state: State
  },
  redirectUrl: Redacted.Redacted<string>
): Either.Either<void, RedirectMismatchError> => {
  const reason = mismatch(expected, Redacted.value(redirectUrl))
  return reason === undefined ? Either.void : Either.left(new RedirectMismatchError({ operation, reason }))
}

const unreserved = /^[A-Za-z0-9._~-]+$/

/** Recognizes the exact URL that the documentation shows; any other has to be parsed. */
const isAsDocumented = (redirectUri: RedirectUri, code: string, state: string, text: string): boolean =>
  !redirectUri.includes("?") &&
  unreserved.test(code) &&
  unreserved.test(state) &&
  (constantTimeEquals(`${redirectUri}?state=${state}&code=${code}`, text) ||
    constantTimeEquals(`${redirectUri}?code=${code}&state=${state}`, text))

const mismatch = (
  expected: { readonly redirectUri: RedirectUri; readonly code: AuthorizationCode; readonly state: State },
  text: string
): RedirectMismatchError["reason"] | undefined => {
  const code = Redacted.value(expected.code)
  const state = Redacted.value(expected.state)
  if (isAsDocumented(expected.redirectUri, code, state, text)) return undefined
  const url = parse(text)
  if (url === undefined) return "NotAUrl"
  if (text.includes("#")) return "Fragment"
  if (!sameLocation(text, expected.redirectUri)) return "Location"

  const own = [...new URL(expected.redirectUri).searchParams]
  const seen = new Map<string, number>()
  for (const [name, value] of url.searchParams) {
    const index = own.findIndex(([ownName, ownValue]) => ownName === name && ownValue === value)
    if (index >= 0) {
      own.splice(index, 1)
      continue
    }
    seen.set(name, (seen.get(name) ?? 0) + 1)
    if (name === "code") {
      if (!constantTimeEquals(code, value)) return "Code"
    } else if (name === "state") {
      if (!constantTimeEquals(state, value)) return "State"
    } else if (!optional.has(name)) return "UnknownParameter"
  }
  if (own.length > 0) return "MissingParameter"
  if (seen.get("code") !== 1) return "Code"
  if (seen.get("state") !== 1) return "State"
  for (const name of optional) if ((seen.get(name) ?? 0) > 1) return "UnknownParameter"
  return undefined
}
