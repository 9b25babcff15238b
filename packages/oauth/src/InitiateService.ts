/**
 * Step 1: opens a sign-in, for API mode or for a browser.
 *
 * @since 0.1.0
 */
import * as Api from "@effect-baanx/api/Initiate"
import type { HostedPageQuery } from "@effect-baanx/api/Initiate"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { DecodeError, HttpError } from "./BaanxError.js"
import { BaanxClient } from "./BaanxClient.js"
import type { Region } from "./BaanxConfig.js"
import type { SessionToken } from "./Credentials.js"
import { plainText } from "./internal/plainText.js"
import { notMocked } from "./internal/notMocked.js"
import { isLoopback, type RedirectUri } from "./RedirectUri.js"
import type { State } from "./State.js"

/**
 * The input of step 1.
 *
 * @since 0.1.0
 * @category models
 */
export interface InitiateRequest {
  /** Exactly as registered with Baanx. */
  readonly redirectUri: RedirectUri
  /** From `generateState`. */
  readonly state: State
  /** From `generatePkce`: 43 characters of base64url. */
  readonly codeChallenge: string
  /** Default: the configured region. */
  readonly region?: Region | undefined
}

/**
 * Every error of step 1.
 *
 * @since 0.1.0
 * @category errors
 */
export const InitiateError = HttpError
export type InitiateError = typeof InitiateError.Type

/**
 * The methods of `InitiateService`.
 *
 * @since 0.1.0
 * @category models
 */
export interface InitiateServiceShape {
  /**
   * API mode: `GET /v1/auth/oauth/authorize/initiate?mode=api`. The session token is valid for 10 minutes. Only the
   * `oauth` family has API mode, so this ignores `pathFamily`.
   */
  readonly initiate: (request: InitiateRequest) => Effect.Effect<SessionToken, InitiateError>
  /**
   * Hosted mode: returns the URL to send the browser to. In the `oauth` family, Baanx is asked for it; in the `oauth2`
   * family, it is built here and nothing is sent. The URL holds the session token or the state.
   */
  readonly hostedPage: (request: InitiateRequest) => Effect.Effect<Redacted.Redacted<URL>, InitiateError>
}

/**
 * Step 1 through the provided `BaanxClient`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<InitiateServiceShape, never, BaanxClient> = Effect.map(BaanxClient, (client) => {
  const { config } = client
  const send = client.operation("initiate", Api.initiate)

  const proofs = ({ codeChallenge, redirectUri, state }: InitiateRequest) => ({
    response_type: "code" as const,
    client_id: Redacted.value(config.clientKey),
    redirect_uri: redirectUri,
    state,
    code_challenge: codeChallenge,
    code_challenge_method: "S256" as const
  })
  const initiate = (request: InitiateRequest) =>
    send({ region: request.region, urlParams: { ...proofs(request), mode: "api" } })

  return {
    initiate: (request) => Effect.map(initiate(request), ({ token }) => token),
    hostedPage: (request) => {
      if (config.pathFamily === "oauth") {
        return Effect.flatMap(initiate(request), ({ url }) => {
          const page = url == null ? undefined : parsePage(Redacted.value(url), config.baseUrl)
          return page === undefined
            ? new DecodeError({ operation: "initiate", path: "url", expected: "the https URL of the hosted page" })
            : Effect.succeed(Redacted.make(page))
        })
      }
      const query: typeof HostedPageQuery.Type = {
        ...proofs(request),
        scope: config.scopes.join(" "),
        prompt: "consent",
        region: (request.region ?? config.region) === "us" ? "us" : undefined
      }
      return Effect.sync(() => {
        const page = new URL(`${config.baseUrl}${Api.hostedPage.path}`)
        page.search = new URLSearchParams(plainText(query)).toString()
        return Redacted.make(page)
      })
    }
  }
})

/** Plain http is allowed only if Baanx itself is on loopback. */
const parsePage = (text: string, baseUrl: string): URL | undefined => {
  const page = URL.canParse(text) ? new URL(text) : undefined
  if (page === undefined || page.username + page.password !== "") return undefined
  const isLocal = page.protocol === "http:" && isLoopback(page.hostname) && baseUrl.startsWith("http:")
  return page.protocol === "https:" || isLocal ? page : undefined
}

/**
 * Step 1.
 *
 * @since 0.1.0
 * @category services
 */
export class InitiateService extends Context.Tag("@effect-baanx/oauth/InitiateService")<
  InitiateService,
  InitiateServiceShape
>() {
  /**
   * Sends its requests through the provided `BaanxClient`.
   *
   * @since 0.1.0
   */
  static readonly layer: Layer.Layer<InitiateService, never, BaanxClient> = Layer.effect(InitiateService, make)

  /**
   * For tests. Calling a method you did not mock dies with an error that names it.
   *
   * @since 0.1.0
   */
  static readonly layerMock = (service: Partial<InitiateServiceShape>): Layer.Layer<InitiateService> =>
    Layer.succeed(InitiateService, {
      initiate: notMocked(InitiateService.key, "initiate"),
      hostedPage: notMocked(InitiateService.key, "hostedPage"),
      ...service
    })
}
