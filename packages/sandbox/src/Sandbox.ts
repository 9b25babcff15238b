/**
 * A strict local Baanx for tests and for development, over a socket or in process.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import { HeaderValue } from "./internal/HeaderValue.js"
import { makeEngine, type Engine } from "./internal/Engine.js"
import type { LoggedRequest } from "./LoggedRequest.js"
import { fromHttpApp } from "./internal/InProcessHttpClient.js"
import { SandboxRandom } from "./SandboxRandom.js"
import { SandboxSeed, type SandboxClient, type SandboxSeedInput, type SandboxUser } from "./SandboxSeed.js"
import { serve, type SandboxStartError } from "./SandboxServer.js"

/**
 * What a test needs to know about its sandbox. Every key and password is a public test value.
 *
 * @since 0.1.0
 * @category models
 */
export interface SandboxShape {
  /** What a program in another process needs to know; it can be written as JSON. */
  readonly ready: SandboxReady
  /** The URL at which clients reach it; the `baseUrl` of the options, if that is set. */
  readonly baseUrl: string
  /** The same as `clientKey`. */
  readonly clientId: string
  /** The `x-client-key` of the first client. */
  readonly clientKey: string
  /** The `x-secret-key` of the first client. */
  readonly secretKey: string
  /** The first of the client's registered redirect URIs. */
  readonly redirectUri: string
  readonly clients: ReadonlyArray<SandboxClient>
  readonly users: ReadonlyArray<SandboxUser>
  /** The newest requests, at most 500, oldest first, without secrets. */
  readonly requests: Effect.Effect<ReadonlyArray<LoggedRequest>>
}

/**
 * The description of a running sandbox, as one line of JSON.
 *
 * @since 0.1.0
 * @category models
 */
export interface SandboxReady {
  readonly baseUrl: string
  readonly clientId: string
  readonly clientKey: string
  readonly secretKey: string
  readonly redirectUri: string
  readonly users: ReadonlyArray<Pick<SandboxUser, "email" | "password" | "otp" | "phase" | "disabled" | "locked">>
}

/**
 * The options of a sandbox; each has a default.
 *
 * @since 0.1.0
 * @category models
 */
export interface SandboxOptions extends SandboxSeedInput {
  /** Makes every id, token and code the same on each run; without it, they are cryptographically random. */
  readonly seed?: string | number | undefined
  /**
   * The URL at which clients reach the sandbox, if that is not where it listens. It is used for the issuer and the
   * address of the hosted page, and its host is accepted besides loopback. In process, the default is
   * `http://localhost`.
   */
  readonly baseUrl?: string | undefined
  /** Runs once a request has been handled, for a log of your own; it receives no secrets. */
  readonly onRequest?: ((request: LoggedRequest) => Effect.Effect<void>) | undefined
}

/**
 * The options of a sandbox that listens.
 *
 * @since 0.1.0
 * @category models
 */
export interface SandboxServerOptions extends SandboxOptions {
  /** Default 127.0.0.1. */
  readonly host?: string | undefined
  /** Default: a free one. */
  readonly port?: number | undefined
  /** The maximum number of open connections; further ones are closed. Default 1024. */
  readonly maxConnections?: number | undefined
  /** How long responses in flight may take after the sandbox stops, in real time. Default 0.8 seconds. */
  readonly grace?: Duration.DurationInput | undefined
}

const makeSandbox = ({ log, store }: Engine, seed: SandboxSeed): SandboxShape => {
  const [client] = seed.clients
  const known = {
    baseUrl: store.baseUrl,
    clientId: client.clientKey,
    clientKey: client.clientKey,
    secretKey: client.secretKey,
    redirectUri: client.redirectUris[0]
  }
  const users = seed.users.map((user) => Struct.pick(user, "email", "password", "otp", "phase", "disabled", "locked"))
  return { ...known, ready: { ...known, users }, clients: seed.clients, users: seed.users, requests: log.requests }
}

/** Redirects begin with it, so it has to be valid in a header. */
const BaseUrl = HeaderValue.pipe(Schema.filter((url) => URL.canParse(url) || "an absolute URL"))

const engineOf = (options: SandboxOptions) =>
  Effect.gen(function* () {
    // Invalid options are a mistake in the calling program, so they are a defect.
    const seed = yield* Effect.orDie(Schema.decode(SandboxSeed)(options))
    if (options.baseUrl !== undefined) yield* Effect.orDie(Schema.decode(BaseUrl)(options.baseUrl))
    const random = options.seed === undefined ? SandboxRandom.layer : SandboxRandom.layerSeeded(options.seed)
    return { seed, engine: yield* Effect.provide(makeEngine(seed, options.onRequest), random) }
  })

/**
 * A running sandbox.
 *
 * @since 0.1.0
 * @category services
 */
export class Sandbox extends Context.Tag("@effect-baanx/sandbox/Sandbox")<Sandbox, SandboxShape>() {
  /**
   * A server on 127.0.0.1 that runs until the scope closes, on a free port unless you set one.
   *
   * @since 0.1.0
   */
  static readonly layer = (options: SandboxServerOptions = {}): Layer.Layer<Sandbox, SandboxStartError> =>
    Layer.scoped(
      Sandbox,
      Effect.gen(function* () {
        const { engine, seed } = yield* engineOf(options)
        yield* serve(engine, {
          host: options.host ?? "127.0.0.1",
          port: options.port ?? 0,
          maxConnections: options.maxConnections ?? 1_024,
          graceMillis: Duration.toMillis(options.grace ?? "0.8 seconds"),
          onListen: (baseUrl) => {
            engine.store.baseUrl = options.baseUrl ?? baseUrl
          }
        })
        return makeSandbox(engine, seed)
      })
    )

  /**
   * The same without a socket: requests are handled on the fiber that makes them.
   *
   * @since 0.1.0
   */
  static readonly layerHttpClient = (options: SandboxOptions = {}): Layer.Layer<Sandbox | HttpClient.HttpClient> =>
    Layer.scopedContext(
      Effect.gen(function* () {
        const { engine, seed } = yield* engineOf(options)
        engine.store.baseUrl = options.baseUrl ?? "http://localhost"
        return Context.make(Sandbox, makeSandbox(engine, seed)).pipe(
          Context.add(HttpClient.HttpClient, fromHttpApp(engine.app))
        )
      })
    )
}
