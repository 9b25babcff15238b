/**
 * Reads and checks callbacks: the requests with which the browser returns to the redirect URI (RFC 6749 sections 4.1.2
 * and 4.1.2.1).
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import { CallbackError, RedirectMismatchError } from "./BaanxError.js"
import { AuthorizationCode } from "./Credentials.js"
import { noReason } from "./internal/refusal.js"
import { withoutSecrets } from "./internal/withoutSecrets.js"
import type { RedirectUri } from "./RedirectUri.js"
import { State } from "./State.js"

/**
 * A parsed callback, not yet checked against its sign-in.
 *
 * @since 0.1.0
 * @category models
 */
export interface Callback {
  /** As received: a URL, its path and query, or only its query. */
  readonly text: string
  readonly state: State
  /** `iss` (RFC 9207). */
  readonly issuer: string | undefined
  /** `app_id`, which says in which region the user signed in. */
  readonly appId: string | undefined
  /** The code, or the error that came instead. */
  readonly code: Either.Either<AuthorizationCode, CallbackError>
}

/** The base for parsing a path or a query; no callback comes from this host. */
const nowhere = "http://callback.invalid"

const parameters = ["state", "code", "error", "error_description", "iss", "app_id"] as const

/** RFC 6749 section 4.1.2.1, narrowed to the form of known errors. */
const isErrorCode = /^[a-z][a-z_]{0,63}$/

const invalid = (description: string) => Either.left(new CallbackError({ code: "invalid_callback", description }))

/**
 * Parses a callback, which must have one state, and either one code or one error.
 *
 * @since 0.1.0
 * @category constructors
 */
export const readCallback = (callbackUrl: URL | string): Either.Either<Callback, CallbackError> => {
  const text = String(callbackUrl)
  if (!URL.canParse(text, nowhere)) return invalid("it is not a URL")
  const { searchParams } = new URL(text, nowhere)
  if (text.includes("#")) return invalid("it has a fragment")
  const twice = parameters.find((name) => searchParams.getAll(name).length > 1)
  if (twice !== undefined) return invalid(`it has more than one ${twice}`)
  const read = (name: (typeof parameters)[number]) => searchParams.get(name) || undefined

  const state = read("state")
  const code = read("code")
  const error = read("error")
  if (code !== undefined && error !== undefined) return invalid("it has both a code and an error")
  const words = read("error_description")
  const refusal =
    error === undefined
      ? undefined
      : new CallbackError({
          code: isErrorCode.test(error) ? error : "unknown_error",
          description: words === undefined ? noReason : withoutSecrets(words, state === undefined ? [] : [state])
        })
  // A server that has lost the state still reports the error (RFC 6749 section 4.1.2.1).
  if (state === undefined) return refusal === undefined ? invalid("it has no state") : Either.left(refusal)
  const callback = { text, state: State.make(state), issuer: read("iss"), appId: read("app_id") }
  if (refusal !== undefined) return Either.right({ ...callback, code: Either.left(refusal) })
  return code === undefined
    ? invalid("it has neither a code nor an error")
    : Either.right({ ...callback, code: Either.right(AuthorizationCode.make(code)) })
}

/**
 * Checks that a callback came to the redirect URI. A missing origin or path is taken from the redirect URI. If that URI
 * has an app's own scheme and no path, the operating system may add a slash.
 *
 * @since 0.1.0
 * @category guards
 */
export const checkPlace = (
  { text }: Callback,
  redirectUri: RedirectUri
): Either.Either<void, RedirectMismatchError> => {
  if (text.startsWith("?")) return Either.void
  const registered = new URL(redirectUri)
  const place = URL.canParse(text, redirectUri) ? new URL(text, redirectUri) : undefined
  return place !== undefined &&
    place.protocol === registered.protocol &&
    place.host === registered.host &&
    (place.pathname || "/") === (registered.pathname || "/") &&
    place.username === "" &&
    place.password === ""
    ? Either.void
    : Either.left(new RedirectMismatchError({ operation: "authorize", reason: "Location" }))
}

/**
 * Checks the issuer of an `oauth2` callback (RFC 9207). Without an expected issuer, `iss` is ignored.
 *
 * @since 0.1.0
 * @category guards
 */
export const checkIssuer = ({ issuer }: Callback, expected: string | undefined): Either.Either<void, CallbackError> =>
  expected === undefined || issuer === expected
    ? Either.void
    : Either.left(new CallbackError({ code: "issuer_mismatch", description: "it is not from Baanx" }))
