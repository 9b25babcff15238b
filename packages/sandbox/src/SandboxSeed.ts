/**
 * What a sandbox starts with: clients, users, settings and faults, from code or from a JSON file.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { HeaderValue } from "./internal/HeaderValue.js"
import { isTooDeep, maxJsonDepth } from "./internal/JsonDepth.js"
import { SandboxFault } from "./SandboxFault.js"
import { SandboxSettings } from "./SandboxSettings.js"

/**
 * A redirect URI that can be registered: absolute, without a fragment (RFC 6749 section 3.1.2), and with plain `http`
 * only for loopback.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RegisteredRedirectUri = Schema.String.pipe(
  Schema.filter(
    (uri) => {
      if (!URL.canParse(uri)) return "an absolute URI"
      // `URL` drops line breaks and encodes other characters, but the browser is sent to the original text.
      if (!/^[!-~]+$/.test(uri)) return "a URI of ASCII characters without whitespace"
      if (uri.includes("#")) return "a URI without a fragment"
      const { hostname, protocol } = new URL(uri)
      // It ends up in the content security policy of the hosted pages, where a ; or a , would end the rule.
      if (/^https?:$/.test(protocol) && !/^(?:[\w.-]+|\[[\da-f:.]+\])$/.test(hostname)) return "a URI with a host name"
      return protocol !== "http:" || ["localhost", "127.0.0.1", "[::1]"].includes(hostname)
        ? undefined
        : "https, a custom scheme, or http on loopback"
    },
    { jsonSchema: { format: "uri" } }
  )
)

/**
 * A tenant of Baanx.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SandboxClient = Schema.Struct({
  /** `x-client-key`, and the `client_id`. */
  clientKey: HeaderValue,
  secretKey: HeaderValue,
  redirectUris: Schema.NonEmptyArray(RegisteredRedirectUri),
  /** What the `oauth2` family adds to the redirect; the US region appends `_US`. */
  appId: Schema.optionalWith(Schema.NonEmptyString, { default: () => "SANDBOX" })
})
export type SandboxClient = typeof SandboxClient.Type

/**
 * A user of Baanx. Every value is a public test value: do not use a real person's password.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SandboxUser = Schema.Struct({
  /** A UUID; random by default. */
  id: Schema.optional(Schema.UUID),
  email: Schema.String.pipe(Schema.pattern(/^[^\s@]+@[^\s@]+$/)),
  password: Schema.NonEmptyString,
  /** The six digits of every one-time code; absent for a user without one-time codes. */
  otp: Schema.optional(Schema.String.pipe(Schema.pattern(/^[0-9]{6}$/))),
  phoneNumber: Schema.optional(Schema.NonEmptyString),
  /** Where the onboarding of this user stopped, such as `PERSONAL_INFORMATION`; absent when it is done. */
  phase: Schema.optional(Schema.NonEmptyString),
  verificationState: Schema.optionalWith(Schema.Literal("VERIFIED", "UNVERIFIED", "PENDING", "REJECTED"), {
    default: () => "VERIFIED"
  }),
  disabled: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  /** Locked, as after too many wrong passwords. */
  locked: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  isLinked: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  /** The user's region; absent for both. */
  region: Schema.optional(Schema.Literal("international", "us"))
})
export type SandboxUser = typeof SandboxUser.Type

/**
 * The contents of a seed file. Omitted values keep their defaults.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SandboxSeed = Schema.Struct({
  clients: Schema.optionalWith(Schema.NonEmptyArray(SandboxClient), { default: () => defaultClients() }),
  users: Schema.optionalWith(Schema.Array(SandboxUser), { default: () => defaultUsers() }),
  settings: Schema.optionalWith(SandboxSettings, { default: () => SandboxSettings.make({}) }),
  faults: Schema.optionalWith(Schema.Array(SandboxFault), { default: () => [] })
})
export type SandboxSeed = typeof SandboxSeed.Type

/**
 * A seed from the text of a seed file.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SandboxSeedFile: Schema.Schema<SandboxSeed, string> = Schema.compose(
  Schema.String.pipe(
    Schema.filter((text) => (isTooDeep(text) ? `JSON that nests deeper than ${maxJsonDepth} levels` : undefined))
  ),
  Schema.parseJson(SandboxSeed)
)

/**
 * A seed as you write it, with values omitted.
 *
 * @since 0.1.0
 * @category models
 */
export interface SandboxSeedInput extends Schema.Schema.Encoded<typeof SandboxSeed> {}

const redirectUris = ["http://localhost:3000/callback", "https://app.example.com/callback"] as const

const defaultClients = (): readonly [SandboxClient, SandboxClient] => [
  { clientKey: "sandbox-client-key", secretKey: "sandbox-secret-key", redirectUris, appId: "SANDBOX" },
  { clientKey: "other-client-key", secretKey: "other-secret-key", redirectUris, appId: "SANDBOX" }
]

const defaultUser = (email: string, differences: Partial<SandboxUser> = {}): SandboxUser => ({
  email,
  password: "sandbox-password",
  verificationState: "VERIFIED",
  disabled: false,
  locked: false,
  isLinked: false,
  ...differences
})

const defaultUsers = (): ReadonlyArray<SandboxUser> => [
  defaultUser("user@example.com"),
  defaultUser("otp@example.com", { otp: "123456", phoneNumber: "+447700900225" }),
  defaultUser("onboarding@example.com", { phase: "PERSONAL_INFORMATION", verificationState: "UNVERIFIED" }),
  defaultUser("disabled@example.com", { disabled: true }),
  defaultUser("locked@example.com", { locked: true })
]
