/** What a user of the packages might write; it is compiled and run against the tarballs. */
import { FetchHttpClient, HttpApi, HttpApiEndpoint, HttpApiGroup, OpenApi } from "@effect/platform"
import { BaanxApi } from "@effect-baanx/api/BaanxApi"
import { NodeHttpClient } from "@effect-baanx/node"
import {
  AuthorizationFlow,
  type AuthorizeRequest,
  AuthorizeService,
  Baanx,
  BaanxClient,
  LoginToken,
  RedirectUri,
  SessionKey,
  SessionToken,
  State,
  TokenSession
} from "@effect-baanx/oauth"
import { answerJson, MockHttpClient } from "@effect-baanx/oauth/testing/MockHttpClient"
import { Sandbox } from "@effect-baanx/sandbox"
import { BaanxAuth, SignedIn } from "@effect-baanx/server"
import { KeyRing, SqlStores } from "@effect-baanx/sql"
import { Effect, Layer, Redacted, Schema } from "effect"

const clientKey = Redacted.make("client-key")
const redirectUri = RedirectUri.make("https://yourapp.com/callback")

const request: AuthorizeRequest = {
  sessionToken: Schema.decodeSync(SessionToken)("aa.bb.cc"),
  loginToken: Schema.decodeSync(LoginToken)("US_login"),
  expectedState: Schema.decodeSync(State)("state-of-this-sign-in"),
  redirectUri
}

/** Step 3 with a scripted response. */
const scripted = Effect.gen(function* () {
  const authorizeService = yield* AuthorizeService
  const grant = yield* authorizeService.authorize(request)
  return Redacted.value(grant.code)
}).pipe(
  Effect.provide(AuthorizeService.layer),
  Effect.provide(BaanxClient.layer({ clientKey })),
  Effect.provide(
    MockHttpClient.layer([
      answerJson(200, {
        url: `${redirectUri}?code=the-code&state=state-of-this-sign-in`,
        code: "the-code",
        state: "state-of-this-sign-in"
      })
    ])
  )
)

/** All four steps and the session, against whichever sandbox is provided. */
const signedIn = Effect.gen(function* () {
  const sandbox = yield* Sandbox
  return yield* Effect.gen(function* () {
    const flow = yield* AuthorizationFlow
    const session = yield* TokenSession
    const key = SessionKey.make("user-1")
    yield* session.start(
      key,
      yield* flow.signIn({
        email: "user@example.com",
        password: Redacted.make("sandbox-password"),
        redirectUri: RedirectUri.make(sandbox.redirectUri)
      })
    )
    const client = yield* session.httpClient(key)
    return (yield* client.get("/v1/user")).status
  }).pipe(Effect.provide(Baanx.layer({ baseUrl: sandbox.baseUrl, clientKey: Redacted.make(sandbox.clientKey) })))
})

/** A backend that has mounted sign-in. */
const Backend = HttpApi.make("backend")
  .add(BaanxAuth)
  .add(HttpApiGroup.make("account").add(HttpApiEndpoint.get("me", "/me").middleware(SignedIn)))

const program = Effect.gen(function* () {
  const code = yield* scripted
  const inProcess = yield* Effect.provide(signedIn, Sandbox.layerHttpClient({ seed: "consumer" }))
  const overSocket = yield* Effect.provide(
    signedIn,
    Layer.merge(
      Sandbox.layer({ seed: "consumer" }),
      // Bun replaces undici with its own module, on which NodeHttpClient does not work.
      "Bun" in globalThis ? FetchHttpClient.layer : NodeHttpClient.layer({ connections: 1 })
    )
  )
  const paths = Object.keys(OpenApi.fromApi(BaanxApi).paths)
  return {
    code,
    inProcess,
    overSocket,
    contract: paths.includes("/v1/auth/oauth/authorize"),
    server: {
      paths: Object.keys(OpenApi.fromApi(Backend).paths),
      layer: Layer.isLayer(BaanxAuth.layer(Backend, { redirectUri }))
    },
    stores: Layer.isLayer(SqlStores.layer) && Layer.isLayer(KeyRing.layerConfig)
  }
})

// oxlint-disable-next-line no-console
void Effect.runPromise(program).then((result) => console.log(JSON.stringify(result)))
