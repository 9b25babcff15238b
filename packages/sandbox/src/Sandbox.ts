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
 * What a test needs to know of its sandbox. Every key and password is a public test value.
 *
 * @since 0.1.0
 * @category models
 */
export interface SandboxShape {
  /** What a program in another process needs to know; it can be written as JSON. */
  readonly ready: SandboxReady
  readonly baseUrl: string
  /** The same as `clientKey`. */
  readonly clientId: string
  readonly clientKey: string
  readonly secretKey: string
  /** The first of the client's registered redirect URIs. */
  readonly redirectUri: string
  readonly clients: ReadonlyArray<SandboxClient>
  readonly users: ReadonlyArray<SandboxUser>
  /** The newest requests, oldest first, at most 500, without a secret. */
  readonly requests: Effect.Effect<ReadonlyArray<LoggedRequest>>
}

/**
 * A sandbox as one line of JSON tells of it.
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
 * What a sandbox starts with; everything has a default.
 *
 * @since 0.1.0
 * @category models
 */
export interface SandboxOptions extends SandboxSeedInput {
  /** Makes every id, token and code the same on each run; cryptographic randomness without it. */
  readonly seed?: string | number | undefined
  /**
   * Where its clients reach it, when that is not where it listens: the issuer, the address of the hosted page, and a host
   * that it answers to besides loopback. In process it is `http://localhost` by default.
   */
  readonly baseUrl?: string | undefined
  /** Runs once a request has its response, for a log of your own; nothing in it is secret. */
  readonly onRequest?: ((request: LoggedRequest) => Effect.Effect<void>) | undefined
}

/**
 * A sandbox that listens.
 *
 * @since 0.1.0
 * @category models
 */
export interface SandboxServerOptions extends SandboxOptions {
  /** 127.0.0.1 by default. */
  readonly host?: string | undefined
  /** A free one by default. */
  readonly port?: number | undefined
  /** How many connections may be open at once; another one is closed. 1024 by default. */
  readonly maxConnections?: number | undefined
  /** How long responses in flight may take once the sandbox stops, in real time. 0.8 seconds by default. */
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

/** What browsers are sent to begins with it. */
const BaseUrl = HeaderValue.pipe(Schema.filter((url) => URL.canParse(url) || "an absolute URL"))

const engineOf = (options: SandboxOptions) =>
  Effect.gen(function* () {
    // Options that no sandbox can start with are a mistake in the program that wrote them.
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
   * A server on 127.0.0.1, on a free port unless one is given, until the scope closes.
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
   * The very same without a socket, for a test that needs none: requests are answered on the fiber that makes them.
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
