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
 * The cookies. Browsers hold one whose name begins with `__Host-` to `Secure`, `Path=/` and no `Domain`, so that no other
 * host can set it. They take `Secure` cookies from `http` on loopback too, except Safari.
 *
 * @since 0.1.0
 * @category models
 */
export interface CookieOptions {
  /** Default `__Host-session`, which is the name in the OpenAPI document of `SignedIn` whatever this says. */
  readonly session?: string | undefined
  /** What the name of the cookie of each sign-in begins with. Default `__Host-sign-in`. */
  readonly signIn?: string | undefined
  /** `false` for Safari on `http://localhost`, with names that do not begin with `__Host-`. Default `true`. */
  readonly secure?: boolean | undefined
  /** Of the session's cookie. `"strict"` leaves a user who follows a link from elsewhere signed out. Default `"lax"`. */
  readonly sameSite?: "lax" | "strict" | undefined
  /** How long the browser keeps the session's cookie. Default: until it is closed. */
  readonly maxAge?: Duration.DurationInput | undefined
}

/**
 * The settings of sign-in. Only `redirectUri` has no default.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthOptions {
  /** As it is registered with Baanx, to the letter. The route of the callback has to be there. */
  readonly redirectUri: RedirectUri
  /**
   * What sign-ins are sealed under: keys of 32 bytes each, in base64. The first one seals, all of them open. Every replica
   * needs the same. Default: a new key, for one process; a sign-in does not outlive it.
   */
  readonly keys?: NonEmptyReadonlyArray<Redacted.Redacted<string>> | undefined
  /**
   * The origin of the pages that may sign in and out with a `POST`. Default: that of the redirect URI; if that has a scheme
   * of an app's own, the origin whose host is the request's `Host`.
   */
  readonly origin?: string | URL | undefined
  /** Default: the region of the configuration. */
  readonly region?: Region | undefined
  readonly cookies?: CookieOptions | undefined
  /** The path that a sign-in leads to unless it was begun with a `returnTo`. Default `/`. */
  readonly afterSignIn?: string | undefined
  /** The path that a sign-out from a form leads to. Default `/`. */
  readonly afterSignOut?: string | undefined
  /**
   * What a browser shows when a sign-in or a sign-out fails. `"page"`: a page that says so, with a link to begin again.
   * `"json"`: the error, as every other client gets it. A path: a redirect there, with the tag of the error as `error`.
   * Default `"page"`.
   */
  readonly failure?: "page" | "json" | { readonly redirectTo: string } | undefined
}

/**
 * The settings with every default filled in and everything checked.
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
  return parsed === "null" ? invalid("origin", "it has to be one such as https://app.example.com") : parsed
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
      if (!cookieName.test(name)) return yield* invalid(setting, "it has a character that no name of a cookie has")
      if (!secure && /^__(?:Host|Secure)-/i.test(name)) {
        return yield* invalid(setting, "a name with this prefix needs cookies that are secure")
      }
    }
    const { afterSignIn = "/", afterSignOut = "/" } = options
    for (const [setting, path] of [
      ["afterSignIn", afterSignIn],
      ["afterSignOut", afterSignOut],
      ["failure", typeof failure === "string" ? "/" : failure.redirectTo]
    ] as const) {
      if (localPath(path) === undefined)
        return yield* invalid(setting, "it has to be a path of this backend, such as /")
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
