import {
  AuthorizationFlow,
  Baanx,
  PendingAuthorization,
  PendingAuthorizations,
  StoreError,
  TokenStore
} from "@effect-baanx/oauth"
import { Sandbox } from "@effect-baanx/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Layer, Redacted, TestClock } from "effect"
import { visit } from "./Browser.js"
import { inProcess, program, redirectUri, works } from "./FlowProgram.js"

interface Changed {
  readonly callback?: URL
  readonly pending?: PendingAuthorization
}

const changed = (url: URL, name: string): URL => {
  const copy = new URL(url)
  copy.searchParams.set(name, `${copy.searchParams.get(name)}x`)
  return copy
}

describe("a sign-in that is kept in the browser (prepare and resume)", () => {
  const open = Effect.gen(function* () {
    const flow = yield* AuthorizationFlow
    const { browserUrl, pending } = yield* flow.prepare({ redirectUri: yield* redirectUri })
    return { flow, pending, callback: yield* visit(browserUrl, yield* redirectUri) }
  })

  for (const pathFamily of ["oauth", "oauth2"] as const) {
    for (const region of ["international", "us"] as const) {
      it.effect(`returns tokens once and stores nothing before that: ${pathFamily}, ${region}`, () =>
        Effect.gen(function* () {
          const { callback, flow, pending } = yield* open
          assert.strictEqual(
            (yield* Effect.flip(flow.complete(callback)))._tag,
            "UnknownStateError",
            "the store has the state"
          )
          const tokens = yield* flow.resume(callback, pending)
          assert.isTrue(yield* works(tokens.accessToken, region))
          assert.strictEqual((yield* Effect.flip(flow.resume(callback, pending)))._tag, "ReplayedStateError")
        }).pipe(Effect.provide(program({ pathFamily, region })))
      )
    }
  }

  it.effect("accepts the state once, even for many concurrent callbacks", () =>
    Effect.gen(function* () {
      const { callback, flow, pending } = yield* open
      const outcomes = yield* Effect.all(
        Array.from({ length: 10 }, () => Effect.either(flow.resume(callback, pending))),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(outcomes.filter(Either.isRight).length, 1)
      for (const outcome of outcomes.filter(Either.isLeft)) assert.strictEqual(outcome.left._tag, "ReplayedStateError")
    }).pipe(Effect.provide(program()))
  )

  const refusals: ReadonlyArray<
    readonly [title: string, tag: string, change: (sound: { callback: URL; pending: PendingAuthorization }) => Changed]
  > = [
    [
      "another place",
      "RedirectMismatchError",
      ({ callback }) => ({ callback: new URL(`/x${callback.search}`, callback) })
    ],
    [
      "the state of another sign-in",
      "StateMismatchError",
      ({ callback }) => ({ callback: changed(callback, "state") })
    ],
    [
      "a sign-in at another Baanx",
      "StateMismatchError",
      ({ pending }) => ({ pending: new PendingAuthorization({ ...pending, baseUrl: "https://other.example" }) })
    ],
    ["another issuer", "CallbackError", ({ callback }) => ({ callback: changed(callback, "iss") })],
    [
      "an error from Baanx",
      "CallbackError",
      ({ callback, pending }) => ({
        callback: new URL(
          `${callback.origin}${callback.pathname}?error=access_denied&state=${Redacted.value(pending.state)}`
        )
      })
    ],
    ["an unavailable store", "StoreError", () => ({})]
  ]

  for (const [title, tag, change] of refusals) {
    it.effect(`fails with ${tag} without using up the state for ${title}`, () =>
      Effect.gen(function* () {
        let away = tag === "StoreError"
        const memory = yield* Layer.build(PendingAuthorizations.layerMemory)
        const store = Effect.runSync(Effect.provide(PendingAuthorizations, memory))
        const fails = PendingAuthorizations.of({
          ...store,
          accept: (...state) =>
            away ? new StoreError({ store: "PendingAuthorizations", reason: "Unavailable" }) : store.accept(...state)
        })
        const { baseUrl, clientKey } = yield* Sandbox
        yield* Effect.gen(function* () {
          const { callback, flow, pending } = yield* open
          const sound = { callback, pending }
          const wrong = { ...sound, ...change(sound) }
          assert.strictEqual((yield* Effect.flip(flow.resume(wrong.callback, wrong.pending)))._tag, tag)
          away = false
          assert.isTrue(yield* works((yield* flow.resume(callback, pending)).accessToken))
        }).pipe(
          Effect.provide(
            Baanx.layerWithStores({
              baseUrl,
              clientKey: Redacted.make(clientKey),
              pathFamily: "oauth2",
              issuer: baseUrl
            }).pipe(
              Layer.orDie,
              Layer.provide(Layer.merge(Layer.succeed(PendingAuthorizations, fails), TokenStore.layerMemory))
            )
          )
        )
      }).pipe(Effect.scoped, Effect.provide(Layer.orDie(inProcess)))
    )
  }

  it.effect("expires after 10 minutes", () =>
    Effect.gen(function* () {
      const { callback, flow, pending } = yield* open
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual((yield* Effect.flip(flow.resume(callback, pending)))._tag, "ExpiredStateError")
    }).pipe(Effect.provide(program()))
  )
})
