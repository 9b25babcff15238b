/** The sign-ins that a browser has in progress, each in its own cookie. */
import { PendingAuthorization, pendingLifetime } from "@effect-baanx/oauth/PendingAuthorizations"
import type { State } from "@effect-baanx/oauth/State"
import type { Cookie } from "@effect/platform/Cookies"
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { ResolvedAuthOptions } from "../AuthOptions.js"
import { claimedExpiry } from "../CookieKeys.js"
import { digest } from "./digest.js"

/** Limits on the number of these cookies and on their total length: the header holds other cookies too. */
const maxCookies = 5
const maxLength = 5000

/** The content of a cookie. */
const Travelling = Schema.parseJson(
  Schema.Struct({ pending: PendingAuthorization, returnTo: Schema.optional(Schema.String) })
)
type Travelling = typeof Travelling.Type

const encode = Schema.encodeSync(Travelling)
const decode = Schema.decodeUnknownOption(Travelling)

type Cookies = Readonly<Record<string, string>>

export const makeSignInCookies = ({ keys, secure, signInCookie }: ResolvedAuthOptions) => {
  const attributes = { path: "/", httpOnly: true, secure, sameSite: "lax" } as const

  /** A short digest of the state, so that each sign-in has its own name and the name does not reveal the state. */
  const nameOf = (state: State): Effect.Effect<string> =>
    Effect.map(digest(Redacted.value(state)), (hash) => `${signInCookie}-${hash.slice(0, 16)}`)

  /** The sign-in cookies of a request, the newest first: browsers send the oldest first. */
  const own = (cookies: Cookies): ReadonlyArray<readonly [name: string, sealed: string]> =>
    Arr.reverse(Object.entries(cookies).filter(([name]) => name.startsWith(`${signInCookie}-`))).sort(
      ([, one], [, other]) => claimedExpiry(other) - claimedExpiry(one)
    )

  const expire = (name: string): CookieToSet => ({ name, value: "", options: { ...attributes, maxAge: 0 } })

  return {
    expire,

    /** The cookie of a new sign-in, and the removal of those that no longer fit. */
    begin: (cookies: Cookies, travelling: Travelling): Effect.Effect<ReadonlyArray<CookieToSet>> =>
      Effect.gen(function* () {
        const { pending } = travelling
        const name = yield* nameOf(pending.state)
        const expires = DateTime.toEpochMillis(pending.expiresAt) / 1000
        const sealed = yield* keys.seal(name, expires, Redacted.make(encode(travelling)))
        let count = 1
        let length = name.length + sealed.length
        const surplus = own(cookies).filter(([name, sealed]) => {
          count += 1
          length += name.length + sealed.length + 3
          return count > maxCookies || length > maxLength
        })
        return [
          { name, value: sealed, options: { ...attributes, maxAge: pendingLifetime } },
          ...surplus.map(([name]) => expire(name))
        ]
      }),

    /** The sign-in of a state, if this browser began it here. */
    find: (cookies: Cookies, state: State): Effect.Effect<Option.Option<Travelling & { readonly name: string }>> =>
      Effect.gen(function* () {
        const name = yield* nameOf(state)
        const sealed = cookies[name]
        if (sealed === undefined) return Option.none()
        const opened = yield* keys.open(name, sealed)
        if (Option.isNone(opened)) {
          yield* Effect.logWarning(
            "A sign-in cannot be opened with the keys of this process. Give every replica the same `keys`"
          )
        }
        return opened.pipe(
          Option.flatMap((value) => decode(Redacted.value(value))),
          Option.map((travelling) => ({ ...travelling, name }))
        )
      })
  }
}

/** A cookie that a response sets. */
export interface CookieToSet {
  readonly name: string
  readonly value: string
  readonly options: NonNullable<Cookie["options"]>
}
