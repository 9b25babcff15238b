import {
  AccessToken,
  AuthorizationCode,
  type AuthorizationGrant,
  Baanx,
  type BaanxError,
  CodeVerifier,
  InitiateService,
  LoginService,
  RefreshToken,
  type RevokeRequest,
  TokenService
} from "@effect-baanx/oauth"
import { HttpClient, HttpClientResponse } from "@effect/platform"
import { Context, Effect, Layer, Redacted, Schema, Scope } from "effect"
import { authorize, granted, redirectUri, request, secrets as ofAuthorize } from "../AuthorizeSuite.js"
import { clientKey, secretKey } from "../StepSuite.js"

/** Every secret that a call sends or that its answer brings, each a text that stands nowhere else. */
export const secrets = {
  ...ofAuthorize,
  clientKey,
  secretKey,
  password: "correct-horse-battery",
  otp: "918273",
  codeVerifier: "verifier-0123456789-abcdefghij-0123456789-x",
  accessToken: "access_token_100a99cf-f4d3-4fa1-9be9-2e9828b20ebc",
  refreshToken: "refresh_token_100a99cf-f4d3-4fa1-9be9-2e9828b20ebd"
}

const tokens: RevokeRequest = {
  accessToken: Schema.decodeSync(AccessToken)(secrets.accessToken),
  refreshToken: Schema.decodeSync(RefreshToken)(secrets.refreshToken)
}

export interface Call {
  readonly name: string
  readonly run: Effect.Effect<unknown, BaanxError, Baanx.Baanx>
  /** The secrets that are sent: what Baanx might repeat. */
  readonly sends: ReadonlyArray<keyof typeof secrets>
  /** What Baanx answers when all is well: names and values as they stand in the JSON. */
  readonly answer: Readonly<Record<string, unknown>>
}

export const authorizeCall: Call & { readonly run: Effect.Effect<AuthorizationGrant, BaanxError, Baanx.Baanx> } = {
  name: "authorize",
  run: authorize(),
  sends: ["clientKey", "sessionToken", "loginToken"],
  answer: granted
}

const tokenAnswer = {
  access_token: secrets.accessToken,
  expires_in: 21600,
  refresh_token: secrets.refreshToken,
  refresh_token_expires_in: 15897600
}

/** One of each operation. */
export const calls: ReadonlyArray<Call> = [
  {
    name: "initiate",
    run: Effect.flatMap(InitiateService, (service) =>
      service.initiate({ redirectUri, state: request.expectedState, codeChallenge: "c".repeat(43) })
    ),
    sends: ["clientKey", "secretKey", "state"],
    answer: { token: secrets.sessionToken, url: "https://hosted.example/sign-in" }
  },
  {
    name: "hostedPage",
    run: Effect.flatMap(InitiateService, (service) =>
      // The page's address has the state in it, where it belongs.
      Effect.as(
        service.hostedPage({ redirectUri, state: request.expectedState, codeChallenge: "c".repeat(43) }),
        "page"
      )
    ),
    sends: ["clientKey", "secretKey", "state"],
    answer: { token: secrets.sessionToken, url: "https://hosted.example/sign-in" }
  },
  {
    name: "login",
    run: Effect.flatMap(LoginService, (service) =>
      service.login({
        email: "user@example.com",
        password: Redacted.make(secrets.password),
        otp: Redacted.make(secrets.otp)
      })
    ),
    sends: ["clientKey", "password", "otp"],
    answer: {
      accessToken: secrets.loginToken,
      userId: "b6b9168c-bb56-4c6a-9c0d-4650ea74f5f9",
      isOtpRequired: false,
      phoneNumber: null,
      phase: null,
      verificationState: "VERIFIED",
      isLinked: false
    }
  },
  authorizeCall,
  {
    name: "exchange",
    run: Effect.flatMap(TokenService, (service) =>
      service.exchange({
        code: Schema.decodeSync(AuthorizationCode)(secrets.code),
        codeVerifier: Schema.decodeSync(CodeVerifier)(secrets.codeVerifier),
        redirectUri
      })
    ),
    sends: ["clientKey", "code", "codeVerifier"],
    answer: tokenAnswer
  },
  {
    name: "refresh",
    run: Effect.flatMap(TokenService, (service) => service.refresh(tokens)),
    sends: ["clientKey", "refreshToken"],
    answer: tokenAnswer
  },
  {
    name: "revoke",
    run: Effect.flatMap(TokenService, (service) => service.revoke(tokens)),
    sends: ["clientKey", "accessToken"],
    answer: { success: true }
  }
]

/** An answer as it stands on the wire. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** Says what every request from now on is answered with. */
export class Next extends Context.Tag("Next")<Next, { answer: Answer }>() {}

/** Every service, over a client that gives the same answer until it is told another. */
const services: Context.Context<Baanx.Baanx | Next> = Baanx.layer({
  clientKey: Redacted.make(clientKey),
  secretKey: Redacted.make(secretKey)
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
  // Once, and never closed: a property would build them for each of its runs.
  Layer.buildWithScope(Effect.runSync(Scope.make())),
  Effect.runSync
)

/** Gives an effect those services. */
export const answering: <A, E>(effect: Effect.Effect<A, E, Baanx.Baanx | Next>) => Effect.Effect<A, E> =
  Effect.provide(services)

export const answer = (answer: Answer): Effect.Effect<void, never, Next> =>
  Effect.map(Next, (next) => {
    next.answer = answer
  })
