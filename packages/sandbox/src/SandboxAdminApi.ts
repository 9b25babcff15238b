/**
 * The admin API of the sandbox, under `/_sandbox/api`: a test in any language can control the sandbox through it.
 *
 * @since 0.1.0
 */
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { LoggedRequest } from "./LoggedRequest.js"
import { SandboxFault } from "./SandboxFault.js"
import { SandboxSeed } from "./SandboxSeed.js"
import { SandboxSettings } from "./SandboxSettings.js"

const Region = Schema.Literal("international", "us")
const PathFamily = Schema.Literal("oauth", "oauth2")

/**
 * Nothing has this id.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnknownIdError extends Schema.TaggedError<UnknownIdError>()(
  "UnknownIdError",
  { kind: Schema.String, id: Schema.String },
  HttpApiSchema.annotations({ status: 404 })
) {
  override get message(): string {
    return `There is no ${this.kind} ${this.id}; GET /_sandbox/api/state lists what there is`
  }
}

/**
 * No matching request came in time.
 *
 * @since 0.1.0
 * @category errors
 */
export class WaitTimeoutError extends Schema.TaggedError<WaitTimeoutError>()(
  "WaitTimeoutError",
  { timeoutMillis: Schema.Number },
  HttpApiSchema.annotations({ status: 408 })
) {
  override get message(): string {
    return `No matching request came within ${this.timeoutMillis} ms`
  }
}

/**
 * What the sandbox holds now: the newest 100 of each kind, newest first, without secrets. A token is identified by an
 * id that reveals nothing about it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SandboxState = Schema.Struct({
  now: Schema.DateTimeUtc,
  settings: SandboxSettings,
  clients: Schema.Array(
    Schema.Struct({ clientKey: Schema.String, appId: Schema.String, redirectUris: Schema.Array(Schema.String) })
  ),
  users: Schema.Array(
    Schema.Struct({
      id: Schema.String,
      email: Schema.String,
      /** The user's one-time code, which works once it has been sent. */
      otp: Schema.optional(Schema.String),
      otpSentUntil: Schema.optional(Schema.DateTimeUtc),
      phase: Schema.optional(Schema.String),
      verificationState: Schema.String,
      disabled: Schema.Boolean,
      locked: Schema.Boolean,
      failedLogins: Schema.Int,
      region: Schema.optional(Region)
    })
  ),
  sessions: Schema.Array(
    Schema.Struct({
      id: Schema.String,
      pathFamily: PathFamily,
      clientKey: Schema.String,
      region: Region,
      redirectUri: Schema.String,
      userId: Schema.optional(Schema.String),
      stage: Schema.Literal("started", "signed-in", "code-issued", "exchanged", "denied"),
      startedAt: Schema.DateTimeUtc,
      expiresAt: Schema.DateTimeUtc
    })
  ),
  tokens: Schema.Array(
    Schema.Struct({
      id: Schema.String,
      kind: Schema.Literal("login", "code", "access", "refresh"),
      status: Schema.Literal("live", "spent", "revoked", "expired"),
      userId: Schema.String,
      clientKey: Schema.String,
      region: Region,
      /** Tokens of one grant end together. */
      grantId: Schema.optional(Schema.String),
      expiresAt: Schema.DateTimeUtc
    })
  ),
  faults: Schema.Array(Schema.typeSchema(SandboxFault)),
  /** The number of the oldest request in the log, or of the next one when the log is empty. */
  oldestRequest: Schema.Int,
  snapshots: Schema.Array(Schema.String)
})
export type SandboxState = typeof SandboxState.Type

/**
 * An access or refresh token, listed by its SHA-256: you can look up a token that you have, but learn no other.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SandboxToken = Schema.Struct({
  kind: Schema.Literal("access", "refresh"),
  userId: Schema.String,
  sessionId: Schema.String,
  pathFamily: PathFamily,
  /** The SHA-256 of the token in lower-case hex. */
  sha256: Schema.String,
  expiresAt: Schema.DateTimeUtc,
  /** Neither used up nor expired, and its grant is not revoked. */
  live: Schema.Boolean
})
export type SandboxToken = typeof SandboxToken.Type

/**
 * Which request to wait for.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AwaitedRequest = Schema.Struct({
  step: Schema.optional(Schema.String),
  status: Schema.optional(Schema.Int),
  /**
   * Only a request with a greater number, so that you do not see the same one twice. Default 0: requests that
   * came before the wait count too.
   */
  after: Schema.optionalWith(Schema.NonNegativeInt, { default: () => 0 }),
  /** By Effect's Clock, which the admin API does not move. Default 10 seconds. */
  timeoutMillis: Schema.optionalWith(Schema.Number.pipe(Schema.between(0, 300_000)), { default: () => 10_000 })
})

const Now = Schema.Struct({ now: Schema.DateTimeUtc })
const Id = Schema.Struct({ id: Schema.NonEmptyString })

/**
 * The endpoints.
 *
 * @since 0.1.0
 * @category groups
 */
export const AdminGroup = HttpApiGroup.make("admin", { topLevel: true })
  .add(HttpApiEndpoint.get("state", "/state").addSuccess(SandboxState))
  .add(
    HttpApiEndpoint.get("tokens", "/tokens")
      .addSuccess(Schema.Array(SandboxToken))
      .annotate(OpenApi.Description, "Every access and refresh token that the sandbox remembers, oldest first")
  )
  .add(
    HttpApiEndpoint.get("requests", "/requests")
      .setUrlParams(Schema.Struct({ after: Schema.optional(Schema.NumberFromString) }))
      .addSuccess(Schema.Array(LoggedRequest))
      .annotate(OpenApi.Description, "The newest 500 requests, oldest first, without secrets")
  )
  .add(
    HttpApiEndpoint.post("waitForRequest", "/requests/wait")
      .setPayload(AwaitedRequest)
      .addSuccess(LoggedRequest)
      .addError(WaitTimeoutError)
  )
  .add(
    HttpApiEndpoint.post("reset", "/reset").annotate(
      OpenApi.Description,
      "Resets the users, clients, settings, faults, clock and log to the seed, and deletes every session and token"
    )
  )
  .add(
    HttpApiEndpoint.post("seed", "/seed")
      .setPayload(SandboxSeed)
      .annotate(OpenApi.Description, "Replaces the seed, in the format of a seed file, and resets to it")
  )
  .add(HttpApiEndpoint.post("takeSnapshot", "/snapshots").addSuccess(Id))
  .add(
    HttpApiEndpoint.post("restoreSnapshot", "/snapshots/restore")
      .setPayload(Id)
      .addError(UnknownIdError)
      .annotate(
        OpenApi.Description,
        "Restores everything, including the clock; a snapshot can be restored any number of times"
      )
  )
  .add(HttpApiEndpoint.get("clock", "/clock").addSuccess(Now))
  .add(HttpApiEndpoint.post("setClock", "/clock/set").setPayload(Now).addSuccess(Now))
  .add(
    HttpApiEndpoint.post("advanceClock", "/clock/advance")
      .setPayload(Schema.Struct({ seconds: Schema.Number.pipe(Schema.between(-1_000_000_000, 1_000_000_000)) }))
      .addSuccess(Now)
  )
  .add(HttpApiEndpoint.post("armFault", "/faults").setPayload(SandboxFault))
  .add(HttpApiEndpoint.del("disarmFaults", "/faults"))
  .add(
    HttpApiEndpoint.get("userPasswords", "/users/passwords")
      .addSuccess(Schema.Array(Schema.Struct({ id: Schema.String, password: Schema.String })))
      .annotate(OpenApi.Description, "The password of each user: a public test value, which the state leaves out")
  )
  .add(
    HttpApiEndpoint.post("lockUser", "/users/lock")
      .setPayload(Schema.Struct({ id: Schema.NonEmptyString, locked: Schema.Boolean }))
      .addError(UnknownIdError)
  )
  .add(
    HttpApiEndpoint.post("expire", "/expire")
      .setPayload(Id)
      .addError(UnknownIdError)
      .annotate(OpenApi.Description, "Expires a session or a token now")
  )
  .add(
    HttpApiEndpoint.post("revoke", "/revoke")
      .setPayload(Id)
      .addError(UnknownIdError)
      .annotate(OpenApi.Description, "Revokes a grant with all its tokens, or a login token")
  )
  .prefix("/_sandbox/api")

/**
 * The admin API as a value: the server, the typed client and the OpenAPI document are built from it.
 *
 * @since 0.1.0
 * @category apis
 */
export class SandboxAdminApi extends HttpApi.make("sandbox")
  .add(AdminGroup)
  .annotate(OpenApi.Title, "Baanx sandbox admin")
  .annotate(OpenApi.Version, "1") {}
