/**
 * The settings of sign-in.
 *
 * @since 0.1.0
 */
import { InvalidConfigError } from "@effect-baanx/oauth/BaanxError"
import type { RedirectUri } from "@effect-baanx/oauth/RedirectUri"
import { random256 } from "@effect-baanx/oauth/SecureRandom"
import type { Region } from "@effect-baanx/oauth/BaanxConfig"
import type { NonEmptyReadonlyArray } from "effect/Array"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as CookieKeys from "./CookieKeys.js"
import { localPath } from "./ReturnTo.js"

/**
 * The cookies. If a name begins with `__Host-`, browsers require `Secure`, `Path=/` and no `Domain`, so that no other
 * host can set the cookie. All browsers but Safari accept `Secure` cookies from `http` on loopback too.
 *
 * @since 0.1.0
 * @category models
 */
export interface CookieOptions {
  /** Default `__Host-session`, which is always the name in the OpenAPI document of `SignedIn`. */
  readonly session?: string | undefined
  /** The prefix of the name of each sign-in's cookie. Default `__Host-sign-in`. */
  readonly signIn?: string | undefined
  /** `false` for Safari on `http://localhost`, with names that do not begin with `__Host-`. Default `true`. */
  readonly secure?: boolean | undefined
  /**
   * `SameSite` of the session's cookie. With `"strict"`, a user who follows a link from another site appears signed
   * out. Default `"lax"`.
   */
  readonly sameSite?: "lax" | "strict" | undefined
  /** How long the browser keeps the session's cookie. Default: until the browser is closed. */
  readonly maxAge?: Duration.DurationInput | undefined
}

/**
 * The settings of sign-in. Only `redirectUri` is required.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthOptions {
  /** Exactly as registered with Baanx. The callback route has to be at this URI. */
  readonly redirectUri: RedirectUri
  /**
   * The keys that seal sign-ins, of 32 bytes each, in base64. The first one seals, all of them open. Every replica
   * needs the same keys. Default: a new key for this process, so a restart ends the sign-ins in progress.
   */
  readonly keys?: NonEmptyReadonlyArray<Redacted.Redacted<string>> | undefined
  /**
   * The origin of the pages that may sign in and out with a `POST`. Default: that of the redirect URI; if the redirect
   * URI has an app's own scheme, the origin whose host is the request's `Host`.
   */
  readonly origin?: string | URL | undefined
  /** Default: the configured region. */
  readonly region?: Region | undefined
  readonly cookies?: CookieOptions | undefined
  /** Where to redirect after a sign-in that was begun without a `returnTo`. Default `/`. */
  readonly afterSignIn?: string | undefined
  /** Where to redirect after a sign-out from a form. Default `/`. */
  readonly afterSignOut?: string | undefined
  /**
   * What a browser shows when a sign-in or a sign-out fails. `"page"`: a page that says so, with a link to begin again.
   * `"json"`: the error, as any other client gets it. `redirectTo`: a redirect to that path, with the tag of the error
   * as `error`. Default `"page"`.
   */
  readonly failure?: "page" | "json" | { readonly redirectTo: string } | undefined
}

/**
 * The validated settings, with all defaults filled in.
 *
 * @since 0.1.0
 * @category models
 */
export interface ResolvedAuthOptions {
  readonly redirectUri: RedirectUri
  readonly keys: CookieKeys.CookieKeysShape
  readonly origin: string | undefined
  readonly region: Region | undefined
  readonly sessionCookie: string
  readonly signInCookie: string
  readonly secure: boolean
  readonly sameSite: "lax" | "strict"
  readonly maxAge: Duration.Duration | undefined
  readonly afterSignIn: string
  readonly afterSignOut: string
  readonly failure: "page" | "json" | { readonly redirectTo: string }
}

const invalid = (setting: string, reason: string) => new InvalidConfigError({ setting, reason })

/** RFC 6265 section 4.1.1. */
const cookieName = /^[\w!#$%&'*+.^`|~-]+$/

const originOf = ({ origin, redirectUri }: AuthOptions): string | undefined | InvalidConfigError => {
  if (origin === undefined) {
    const own = new URL(redirectUri).origin
    return own === "null" ? undefined : own
  }
  const parsed = URL.canParse(String(origin)) ? new URL(origin).origin : "null"
  return parsed === "null" ? invalid("origin", "it must be an origin such as https://app.example.com") : parsed
}

/**
 * Checks the settings and fills in the defaults.
 *
 * @since 0.1.0
 * @category constructors
 */
export const resolveAuthOptions = (options: AuthOptions): Effect.Effect<ResolvedAuthOptions, InvalidConfigError> =>
  Effect.gen(function* () {
    const { cookies = {}, failure = "page", redirectUri, region } = options
    const { sameSite = "lax", secure = true, session = "__Host-session", signIn = "__Host-sign-in" } = cookies
    for (const [setting, name] of [
      ["cookies.session", session],
      ["cookies.signIn", signIn]
    ] as const) {
      if (!cookieName.test(name))
        return yield* invalid(setting, "it has a character that is not allowed in the name of a cookie")
      if (!secure && /^__(?:Host|Secure)-/i.test(name)) {
        return yield* invalid(setting, "a name with this prefix requires secure cookies")
      }
    }
    const { afterSignIn = "/", afterSignOut = "/" } = options
    for (const [setting, path] of [
      ["afterSignIn", afterSignIn],
      ["afterSignOut", afterSignOut],
      ["failure", typeof failure === "string" ? "/" : failure.redirectTo]
    ] as const) {
      if (localPath(path) === undefined) return yield* invalid(setting, "it must be a path of this backend, such as /")
    }
    const origin = originOf(options)
    if (typeof origin === "object") return yield* origin
    return {
      redirectUri,
      keys: yield* CookieKeys.make(options.keys ?? [Redacted.make(yield* random256)]),
      origin,
      region,
      sessionCookie: session,
      signInCookie: signIn,
      secure,
      sameSite,
      maxAge: cookies.maxAge === undefined ? undefined : Duration.decode(cookies.maxAge),
      afterSignIn,
      afterSignOut,
      failure
    }
  })
