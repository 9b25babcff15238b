import {
  answerJson,
  AuthorizeService,
  BaanxClient,
  LoginToken,
  MockHttpClient,
  RedirectUri,
  SessionToken,
  State
} from "@effect-baanx/oauth"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Schema } from "effect"

const smoke = AuthorizeService.layer.pipe(
  Layer.provide(BaanxClient.layer({ clientKey: Redacted.make("client-key") })),
  Layer.provideMerge(
    MockHttpClient.layer([
      answerJson(200, {
        url: "https://yourapp.com/callback?state=random_csrf&code=auth_code_xyz",
        code: "auth_code_xyz",
        state: "random_csrf"
      })
    ])
  )
)

describe("AuthorizeService", () => {
  it.effect("smoke", () =>
    Effect.gen(function* () {
      const authorizeService = yield* AuthorizeService
      const mock = yield* MockHttpClient
      const grant = yield* authorizeService.authorize({
        sessionToken: Schema.decodeSync(SessionToken)("aaa.bbb.ccc"),
        loginToken: Schema.decodeSync(LoginToken)("US_b6b9168a"),
        expectedState: Schema.decodeSync(State)("random_csrf"),
        redirectUri: RedirectUri.make("https://yourapp.com/callback")
      })
      console.log(grant, yield* mock.requests)
      assert.strictEqual(Redacted.value(grant.code), "auth_code_xyz")
    }).pipe(Effect.provide(smoke))
  )
})
