/**
 * The admin API as a typed client.
 *
 * @since 0.1.0
 */
import * as HttpApiClient from "@effect/platform/HttpApiClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Sandbox } from "./Sandbox.js"
import { SandboxAdminApi } from "./SandboxAdminApi.js"

const makeClient = (baseUrl: string) => HttpApiClient.make(SandboxAdminApi, { baseUrl })

/**
 * One method for each endpoint of `SandboxAdminApi`.
 *
 * @since 0.1.0
 * @category models
 */
export interface SandboxAdminShape extends Effect.Effect.Success<ReturnType<typeof makeClient>> {}

/**
 * Controls a sandbox from a test: moves the clock, arms faults, reads the requests, resets everything.
 *
 * @since 0.1.0
 * @category services
 */
export class SandboxAdmin extends Context.Tag("@effect-baanx/sandbox/SandboxAdmin")<SandboxAdmin, SandboxAdminShape>() {
  /**
   * For the sandbox of this test, through the provided `HttpClient`.
   *
   * @since 0.1.0
   */
  static readonly layer: Layer.Layer<SandboxAdmin, never, Sandbox | HttpClient.HttpClient> = Layer.effect(
    SandboxAdmin,
    Effect.flatMap(Sandbox, ({ baseUrl }) => makeClient(baseUrl))
  )

  /**
   * For a sandbox that runs elsewhere.
   *
   * @since 0.1.0
   */
  static readonly layerAt = (baseUrl: string): Layer.Layer<SandboxAdmin, never, HttpClient.HttpClient> =>
    Layer.effect(SandboxAdmin, makeClient(baseUrl))
}
