import {
  type AuthorizationGrant,
  Baanx,
  type BaanxError,
  InitiateService,
  LoginService,
  TokenService
} from "@effect-baanx/oauth"
import { HttpClient, HttpClientResponse } from "@effect/platform"
import { Context, Effect, Layer, Redacted, Scope } from "effect"
import { authorize, granted } from "../AuthorizeSuite.js"
import {
  accessToken,
  code,
  codeChallenge,
  codeVerifier,
  email,
  issued,
  loggedIn,
  redirectUri,
  refreshToken,
  secrets,
  state
} from "../Fixtures.js"

const initiated = { token: secrets.sessionToken, url: "https://hosted.example/sign-in" }

export interface Call {
  readonly name: string
  readonly run: Effect.Effect<unknown, BaanxError, Baanx.Baanx>
  /** The secrets that are sent, which Baanx might repeat. */
  readonly sends: ReadonlyArray<keyof typeof secrets>
  /** The members of the JSON response to a call that succeeds. */
  readonly answer: Readonly<Record<string, unknown>>
}

export const authorizeCall: Call & { readonly run: Effect.Effect<AuthorizationGrant, BaanxError, Baanx.Baanx> } = {
  name: "authorize",
  run: authorize(),
  sends: ["clientKey", "sessionToken", "loginToken"],
  answer: granted
}

/** One call of each operation. */
export const calls: ReadonlyArray<Call> = [
  {
    name: "initiate",
    run: Effect.flatMap(InitiateService, (service) => service.initiate({ redirectUri, state, codeChallenge })),
    sends: ["clientKey", "secretKey", "state"],
    answer: initiated
  },
  {
    name: "hostedPage",
    run: Effect.flatMap(InitiateService, (service) => service.hostedPage({ redirectUri, state, codeChallenge })),
    sends: ["clientKey", "secretKey", "state"],
    answer: initiated
  },
  {
    name: "login",
    run: Effect.flatMap(LoginService, (service) =>
      service.login({ email, password: Redacted.make(secrets.password), otp: Redacted.make(secrets.otp) })
    ),
    sends: ["clientKey", "password", "otp"],
    answer: loggedIn
  },
  authorizeCall,
  {
    name: "exchange",
    run: Effect.flatMap(TokenService, (service) => service.exchange({ code, codeVerifier, redirectUri })),
    sends: ["clientKey", "code", "codeVerifier"],
    answer: issued
  },
  {
    name: "refresh",
    run: Effect.flatMap(TokenService, (service) => service.refresh({ refreshToken })),
    sends: ["clientKey", "refreshToken"],
    answer: issued
  },
  {
    name: "revoke",
    run: Effect.flatMap(TokenService, (service) => service.revoke({ accessToken, refreshToken })),
    sends: ["clientKey", "accessToken"],
    answer: { success: true }
  }
]

/** A response as it is sent. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** Holds the response to every further request. */
export class Next extends Context.Tag("Next")<Next, { answer: Answer }>() {}

/** Every service, over a client that returns the response that `Next` holds. */
const services: Context.Context<Baanx.Baanx | Next> = Baanx.layer({
  clientKey: Redacted.make(secrets.clientKey),
  secretKey: Redacted.make(secrets.secretKey)
}).pipe(
  Layer.orDie,
  Layer.provide(
    Layer.effect(
      HttpClient.HttpClient,
      Effect.map(Next, (next) =>
        HttpClient.make((request) =>
          Effect.sync(() => {
            const { body, headers, status } = next.answer
            return HttpClientResponse.fromWeb(
              request,
              new Response(body.slice(), { status, headers: { "content-type": "application/json", ...headers } })
            )
          })
        )
      )
    )
  ),
  Layer.provideMerge(Layer.sync(Next, () => ({ answer: { status: 503, body: new Uint8Array() } }))),
  // Built once and never closed: otherwise a property would build them for each run.
  Layer.buildWithScope(Effect.runSync(Scope.make())),
  Effect.runSync
)

/** Provides those services. */
export const answering: <A, E>(effect: Effect.Effect<A, E, Baanx.Baanx | Next>) => Effect.Effect<A, E> =
  Effect.provide(services)

export const answer = (answer: Answer): Effect.Effect<void, never, Next> =>
  Effect.map(Next, (next) => {
    next.answer = answer
  })
