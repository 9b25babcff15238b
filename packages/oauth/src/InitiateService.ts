/**
 * Step 1: a sign-in is opened, for the four steps of API mode or for a browser.
 *
 * @since 0.1.0
 */
import * as Api from "@effect-baanx/api/BaanxApi"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { DecodeError, HttpError } from "./BaanxError.js"
import { BaanxClient } from "./BaanxClient.js"
import type { Region } from "./BaanxConfig.js"
import { SessionToken } from "./Credentials.js"
import { isLoopback, type RedirectUri } from "./RedirectUri.js"
import type { State } from "./State.js"

/**
 * What step 1 needs: the three proofs of a sign-in.
 *
 * @since 0.1.0
 * @category models
 */
export interface InitiateRequest {
  /** As it is registered with Baanx, to the letter. */
  readonly redirectUri: RedirectUri
  /** From `generateState`. */
  readonly state: State
  /** From `generatePkce`: 43 characters of base64url. */
  readonly codeChallenge: string
  /** Default: the region of the configuration. */
  readonly region?: Region | undefined
}

/**
 * Everything that step 1 can end in.
 *
 * @since 0.1.0
 * @category errors
 */
export const InitiateError = Schema.Union(HttpError)

/**
 * @since 0.1.0
 * @category errors
 */
export type InitiateError = typeof InitiateError.Type

/**
 * What `InitiateService` does.
 *
 * @since 0.1.0
 * @category models
 */
export interface InitiateServiceShape {
  /**
   * API mode: `GET /v1/auth/oauth/authorize/initiate?mode=api`. The session token lives 10 minutes. API mode exists in
   * the `oauth` family alone, so this ignores `pathFamily`.
   */
  readonly initiate: (request: InitiateRequest) => Effect.Effect<SessionToken, InitiateError>
  /**
   * Hosted mode: where to send the browser. In the `oauth` family Baanx is asked for the page; in the `oauth2` family
   * the address is built here and nothing is sent.
   */
  readonly hostedPage: (request: InitiateRequest) => Effect.Effect<URL, InitiateError>
}

const sessionToken = Schema.decodeSync(SessionToken)

/**
 * Step 1 over whichever `BaanxClient` is provided.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<InitiateServiceShape, never, BaanxClient> = Effect.map(BaanxClient, (client) => {
  const { config } = client
  const send = client.operation("initiate", Api.initiate, ({ token, url }) => ({
    sessionToken: sessionToken(token),
    page: Redacted.make(url ?? "")
  }))

  const query = (request: InitiateRequest) => ({
    response_type: "code",
    client_id: Redacted.value(config.clientKey),
    redirect_uri: request.redirectUri,
    state: Redacted.value(request.state),
    code_challenge: request.codeChallenge,
    code_challenge_method: "S256"
  })
  const initiate = (request: InitiateRequest) =>
    send({ region: request.region, query: { ...query(request), mode: "api" } })

  return {
    initiate: (request) => Effect.map(initiate(request), (answer) => answer.sessionToken),
    hostedPage: (request) => {
      if (config.pathFamily === "oauth") {
        return Effect.flatMap(initiate(request), (answer) => {
          const url = Redacted.value(answer.page)
          const page = URL.canParse(url) ? new URL(url) : undefined
          return page !== undefined &&
            (page.protocol === "https:" || (page.protocol === "http:" && isLoopback(page.hostname)))
            ? Effect.succeed(page)
            : new DecodeError({ operation: "initiate", path: "url", expected: "the https URL of the hosted page" })
        })
      }
      return Effect.sync(() => {
        const page = new URL(`${config.baseUrl}${Api.hostedPage.path}`)
        const region = (request.region ?? config.region) === "us" ? { region: "us" } : {}
        const parameters = { ...query(request), scope: config.scopes.join(" "), prompt: "consent", ...region }
        for (const [name, value] of Object.entries(parameters)) page.searchParams.set(name, value)
        return page
      })
    }
  }
})

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
  /** @since 0.1.0 */
  static readonly layer: Layer.Layer<InitiateService, never, BaanxClient> = Layer.effect(InitiateService, make)

  /**
   * For tests: a method that is not given dies with a message that names it.
   *
   * @since 0.1.0
   */
  static readonly layerMock = (service: Partial<InitiateServiceShape>): Layer.Layer<InitiateService> =>
    Layer.mock(InitiateService, service)
}
