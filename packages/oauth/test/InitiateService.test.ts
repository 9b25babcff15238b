import { InitiateService, type InitiateRequest } from "@effect-baanx/oauth"
import { answerJson } from "@effect-baanx/oauth/testing/MockHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Struct } from "effect"
import { channels, secretsIn } from "./Channels.js"
import * as Fixtures from "./Fixtures.js"
import { commonFailures, endsIn, requests, scripted, showsNothing } from "./StepSuite.js"

const { codeChallenge, redirectUri, state } = Fixtures
const { clientKey, secretKey } = Fixtures.secrets
const secrets = Struct.pick(Fixtures.secrets, "sessionToken", "state")
const request: InitiateRequest = { redirectUri, state, codeChallenge }
const page = "https://ledger-ew1uat.baanxapi.com/onboarding/signup?session=1"
const initiated = answerJson(200, { token: secrets.sessionToken, url: page })

const initiate = Effect.flatMap(InitiateService, (service) => service.initiate(request))
const hostedPage = Effect.flatMap(InitiateService, (service) => service.hostedPage(request))

describe("InitiateService", () => {
  it.effect("sends the documented query and returns the session token", () =>
    Effect.gen(function* () {
      assert.strictEqual(Redacted.value(yield* initiate), secrets.sessionToken)
      const [sent] = yield* requests
      assert.strictEqual(sent?.method, "GET")
      const url = new URL(sent?.url ?? "")
      assert.strictEqual(url.origin + url.pathname, "https://dev.api.baanx.com/v1/auth/oauth/authorize/initiate")
      assert.deepStrictEqual(Object.fromEntries(url.searchParams), {
        response_type: "code",
        client_id: clientKey,
        redirect_uri: "https://yourapp.com/callback",
        state: secrets.state,
        code_challenge: request.codeChallenge,
        code_challenge_method: "S256",
        mode: "api"
      })
      assert.deepStrictEqual(sent?.headers, {
        accept: "application/json",
        "x-client-key": clientKey,
        "x-secret-key": secretKey,
        "x-us-env": "false"
      })
      assert.isUndefined(sent?.body)
    }).pipe(scripted([initiated]))
  )

  it.effect("omits the secret key unless secretKeyOn includes initiate", () =>
    Effect.gen(function* () {
      yield* initiate
      const [sent] = yield* requests
      assert.isUndefined(sent?.headers["x-secret-key"])
    }).pipe(scripted([initiated], { secretKeyOn: ["token"] }))
  )

  it.effect("requests the hosted page from Baanx in the oauth family", () =>
    Effect.gen(function* () {
      assert.strictEqual(Redacted.value(yield* hostedPage).href, page)
      assert.strictEqual((yield* requests).length, 1)
    }).pipe(scripted([initiated]))
  )

  it.effect("builds the URL of the hosted page in the oauth2 family and sends nothing", () =>
    Effect.gen(function* () {
      const url = Redacted.value(yield* hostedPage)
      assert.strictEqual(url.origin + url.pathname, "https://dev.api.baanx.com/v1/auth/oauth2/authorize")
      assert.deepStrictEqual(Object.fromEntries(url.searchParams), {
        response_type: "code",
        client_id: clientKey,
        redirect_uri: "https://yourapp.com/callback",
        state: secrets.state,
        code_challenge: request.codeChallenge,
        code_challenge_method: "S256",
        scope: "openid profile email offline_access",
        prompt: "consent",
        region: "us"
      })
      assert.deepStrictEqual(yield* requests, [])
    }).pipe(scripted([], { pathFamily: "oauth2", region: "us" }))
  )

  it.effect("omits the region from the hosted page's URL for the international backend", () =>
    Effect.map(hostedPage, (url) => assert.isFalse(Redacted.value(url).searchParams.has("region"))).pipe(
      scripted([], { pathFamily: "oauth2" })
    )
  )

  for (const [title, url] of [
    ["no URL", undefined],
    ["null", null],
    ["a path", "/login"],
    ["plain http", "http://evil.example/login"],
    ["plain http on loopback, if Baanx is not there", "http://localhost:3000/login"],
    ["a user name", "https://user@baanx.example/login"],
    ["a password", "https://:word@baanx.example/login"],
    ["a script", "javascript:alert(1)"]
  ] as const) {
    it.effect(`fails with DecodeError rather than send a browser to ${title}`, () =>
      endsIn(
        hostedPage,
        [answerJson(200, { token: secrets.sessionToken, url })],
        { _tag: "DecodeError", path: "url" },
        secrets
      )
    )
  }

  it.effect("never shows the URL of the hosted page", () =>
    showsNothing(
      hostedPage,
      [answerJson(200, { token: secrets.sessionToken, url: `${page}&token=${secrets.sessionToken}` })],
      {
        ...secrets,
        page
      }
    )
  )

  it.effect("never shows the URL of the hosted page in the oauth2 family", () =>
    Effect.map(channels(Effect.orDie(hostedPage)), (shown) =>
      assert.deepStrictEqual(secretsIn({ ...secrets, clientKey, path: "/v1/auth/oauth2/authorize" }, shown), [])
    ).pipe(scripted([], { pathFamily: "oauth2" }))
  )

  for (const [title, answer, fields] of commonFailures(secrets)) {
    it.effect(`${title}: fails with ${fields["_tag"]} and shows no secret`, () =>
      endsIn(initiate, [answer], { operation: "initiate", ...fields }, secrets)
    )
  }

  it.effect("shows no secret when it succeeds", () => showsNothing(initiate, [initiated], secrets))
})
