import { Baanx, type BaanxConfig, type BaanxError } from "@effect-baanx/oauth"
import { answerText, type MockAnswer, MockHttpClient } from "@effect-baanx/oauth/testing/MockHttpClient"
import { assert } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { channels, secretsIn } from "./Channels.js"
import * as Fixtures from "./Fixtures.js"

const { assertFields } = Fixtures
const { clientKey, secretKey } = Fixtures.secrets

/** Provides every service, over a scripted HTTP client. */
export const scripted =
  (script: ReadonlyArray<MockAnswer>, config: Partial<BaanxConfig> = {}) =>
  <A, E>(effect: Effect.Effect<A, E, Baanx.Baanx | MockHttpClient>): Effect.Effect<A, E> =>
    Effect.provide(
      effect,
      Baanx.layer({ clientKey: Redacted.make(clientKey), secretKey: Redacted.make(secretKey), ...config }).pipe(
        Layer.orDie,
        Layer.provideMerge(MockHttpClient.layer(script))
      )
    )

export const requests = Effect.flatMap(MockHttpClient, (mock) => mock.requests)

/** Asserts that the call fails with this error, and that no output shows a secret. */
export const endsIn = <A, E extends BaanxError>(
  call: Effect.Effect<A, E, Baanx.Baanx>,
  answers: ReadonlyArray<MockAnswer>,
  fields: Readonly<Record<string, unknown>>,
  secrets: Readonly<Record<string, string>>
): Effect.Effect<void> =>
  Effect.gen(function* () {
    assertFields(yield* Effect.orDie(Effect.flip(call)), fields)
    assert.deepStrictEqual(secretsIn({ ...secrets, clientKey, secretKey }, yield* channels(call)), [])
  }).pipe(scripted([...answers, ...answers]))

/** Asserts that the call succeeds and that no output shows a secret. */
export const showsNothing = <A, E>(
  call: Effect.Effect<A, E, Baanx.Baanx>,
  answers: ReadonlyArray<MockAnswer>,
  secrets: Readonly<Record<string, string>>
): Effect.Effect<void> =>
  Effect.map(channels(Effect.orDie(call)), (shown) =>
    assert.deepStrictEqual(secretsIn({ ...secrets, clientKey, secretKey }, shown), [])
  ).pipe(scripted(answers))

/** The failures that every HTTP call has in common. Where Baanx writes prose, it quotes the secrets of the call. */
export const commonFailures = (
  secrets: Readonly<Record<string, string>>
): ReadonlyArray<readonly [string, MockAnswer, Readonly<Record<string, unknown>>]> => {
  const quoted = `no, not with ${Object.values(secrets).join(" or ")}`
  const json = (status: number, body: unknown, headers?: Readonly<Record<string, string>>) =>
    answerText(status, JSON.stringify(body), headers)
  return [
    ["403 that quotes secrets", json(403, { message: quoted }), { _tag: "ForbiddenError" }],
    [
      "400 that quotes secrets",
      json(400, { error: "invalid_request", error_description: quoted }),
      { _tag: "InvalidRequestError" }
    ],
    ["422 that quotes secrets", json(422, { message: quoted }), { _tag: "InvalidRequestError" }],
    ["498", json(498, { message: "Invalid client key" }), { _tag: "UnauthorizedError", code: "invalid_client_key" }],
    ["499", json(499, { message: "Missing client key" }), { _tag: "UnauthorizedError", code: "missing_client_key" }],
    ["429 that quotes secrets", json(429, { message: quoted }), { _tag: "RateLimitedError" }],
    ["500 that quotes secrets", json(500, { message: quoted }), { _tag: "ServerError", status: 500 }],
    [
      "302 that quotes secrets",
      answerText(302, "", { location: `https://elsewhere.example/?${quoted}` }),
      { _tag: "UnexpectedResponseError", reason: "Redirect" }
    ],
    [
      "200 with HTML",
      answerText(200, quoted, { "content-type": "text/html" }),
      { _tag: "UnexpectedResponseError", reason: "ContentType" }
    ],
    ["200 with text that is not JSON", answerText(200, quoted), { _tag: "UnexpectedResponseError", reason: "NotJson" }],
    ["200 with a list of secrets", json(200, [quoted]), { _tag: "DecodeError" }],
    [
      "200 with success: false that quotes secrets",
      json(200, { success: false, message: quoted }),
      { _tag: "InvalidRequestError", code: "not_successful" }
    ]
  ]
}
