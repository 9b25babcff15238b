/** A session whose Baanx responds by a script, without a sandbox. */
import { Baanx, type BaanxConfig, PendingAuthorizations, TokenStore, type TokenStoreShape } from "@effect-baanx/oauth"
import { answerJson, type MockAnswer, MockHttpClient } from "@effect-baanx/oauth/testing/MockHttpClient"
import { Context, Effect, Layer, Redacted } from "effect"
import { secrets } from "./Fixtures.js"

export const scripted = (
  script: ReadonlyArray<MockAnswer>,
  config: Partial<BaanxConfig> = {},
  store: Layer.Layer<TokenStore> = TokenStore.layerMemory
) =>
  Baanx.layerWithStores({ clientKey: Redacted.make(secrets.clientKey), ...config }).pipe(
    Layer.orDie,
    Layer.provideMerge(Layer.merge(PendingAuthorizations.layerMemory, store)),
    Layer.provideMerge(MockHttpClient.layer(script))
  )

/** The store in memory with other methods in place of some. */
export const storeWith = (change: (memory: TokenStoreShape) => Partial<TokenStoreShape>): Layer.Layer<TokenStore> =>
  Layer.map(TokenStore.layerMemory, (context) => {
    const memory = Context.get(context, TokenStore)
    return Context.make(TokenStore, { ...memory, ...change(memory) })
  })

/** A pair of tokens of 6 hours. */
export const issue = (name: string): MockAnswer =>
  answerJson(200, { access_token: `access_token_${name}`, refresh_token: `refresh_token_${name}`, expires_in: 21_600 })

export const revoked: MockAnswer = answerJson(200, { success: true })

/** The requests so far, by the end of their path: `token`, `revoke` or `logout`. */
export const sent = Effect.flatMap(MockHttpClient, ({ requests }) =>
  Effect.map(requests, (all) => all.map(({ url }) => new URL(url).pathname.replace(/^.*\//, "")))
)

/** Completes once this many requests have been sent; those in the background need a few yields. */
export const sentAtLeast = (count: number) =>
  Effect.repeat(Effect.zipRight(Effect.yieldNow(), sent), {
    until: (requests) => requests.length >= count,
    times: 20_000
  })
