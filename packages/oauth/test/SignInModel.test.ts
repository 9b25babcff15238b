/** Random histories of sign-ins, compared with a model of what the module and the sandbox should do. */
import {
  AuthorizationFlow,
  SessionKey,
  TokenService,
  TokenSession,
  type TokenSet,
  TokenStore
} from "@effect-baanx/oauth"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Either, FastCheck, Option, type Redacted, TestClock } from "effect"
import { visit } from "./Browser.js"
import { program, redirectUri, works } from "./FlowProgram.js"
import { full } from "./Size.js"

/** One step of a random history; `which` selects the sign-in. */
const command = FastCheck.record({
  act: FastCheck.constantFrom(
    "begin",
    "visit",
    "cancel",
    "complete",
    "complete",
    "wait a minute",
    "wait for expiry",
    "wait for renewal",
    "access",
    "ask",
    "revoke",
    "signOut"
  ),
  which: FastCheck.nat(2)
})

interface Model {
  readonly begunAt: number
  readonly browserUrl: Redacted.Redacted<URL>
  readonly callback: URL | undefined
  readonly cancelled: boolean
  readonly taken: boolean
  readonly tokens: TokenSet | undefined
  readonly live: boolean
}

describe("a random history of sign-ins", () => {
  for (const pathFamily of ["oauth", "oauth2"] as const) {
    it.effect.prop(
      `has the same outcome in the module, the sandbox and a model, in the ${pathFamily} family`,
      [FastCheck.array(command, { minLength: 5, maxLength: 40 })],
      ([history]) =>
        Effect.gen(function* () {
          const flow = yield* AuthorizationFlow
          const session = yield* TokenSession
          const tokenService = yield* TokenService
          const signIns: Array<Model | undefined> = [undefined, undefined, undefined]
          let now = 0
          const minutes = (count: number) =>
            Effect.zipRight(
              Effect.sync(() => (now += count)),
              TestClock.adjust(Duration.minutes(count))
            )

          for (const { act, which } of history) {
            const key = SessionKey.make(`user-${which}`)
            const model = signIns[which]
            const set = (changes: Partial<Model>) => {
              if (model !== undefined) signIns[which] = { ...model, ...changes }
            }
            if (act === "wait a minute") yield* minutes(1)
            else if (act === "wait for expiry") yield* minutes(10)
            else if (act === "wait for renewal") yield* minutes(356)
            else if (act === "begin") {
              yield* session.signOut(key).pipe(Effect.orDie)
              if (model?.live === true && model.tokens?.pathFamily === "oauth") {
                for (const [index, other] of signIns.entries()) if (other) signIns[index] = { ...other, live: false }
              }
              const { browserUrl } = yield* flow.begin({ redirectUri: yield* redirectUri })
              signIns[which] = {
                begunAt: now,
                browserUrl,
                callback: undefined,
                cancelled: false,
                taken: false,
                tokens: undefined,
                live: false
              }
            } else if (model === undefined) continue
            else if (act === "visit" || act === "cancel") {
              if (model.callback !== undefined || now - model.begunAt >= 10) continue
              const callback = yield* visit(model.browserUrl, yield* redirectUri, { cancel: act === "cancel" })
              set({ callback, cancelled: act === "cancel" })
            } else if (act === "complete") {
              if (model.callback === undefined) continue
              const age = now - model.begunAt
              const result = yield* Effect.either(flow.complete(model.callback))
              const expected =
                age >= 20
                  ? "UnknownStateError"
                  : model.taken
                    ? "ReplayedStateError"
                    : age >= 10
                      ? "ExpiredStateError"
                      : model.cancelled
                        ? "CallbackError"
                        : "tokens"
              assert.strictEqual(Either.isRight(result) ? "tokens" : result.left._tag, expected)
              if (age < 10) set({ taken: true })
              if (Either.isRight(result)) {
                yield* session.start(key, result.right)
                set({ taken: true, tokens: result.right, live: true })
              }
            } else if (act === "access" || act === "ask") {
              const result = yield* Effect.either(
                Effect.flatMap(session.httpClient(key), (client) => client.get("/v1/user"))
              )
              assert.strictEqual(Either.isRight(result) && result.right.status === 200, model.live, `${act} ${which}`)
              const token = yield* Effect.either(session.accessToken(key))
              assert.strictEqual(Either.isRight(token), model.live)
              if (Either.isRight(token)) assert.isTrue(yield* works(token.right))
              if (!model.live) set({ tokens: undefined })
            } else if (act === "revoke") {
              // Revokes the stored tokens without going through the session.
              const stored = yield* Effect.flatMap(TokenStore, (store) => store.get(key))
              if (Option.isNone(stored) || !model.live || !(yield* works(stored.value.tokens.accessToken))) continue
              yield* tokenService.revoke(stored.value.tokens)
              for (const [index, other] of signIns.entries()) {
                if (other && (index === which || pathFamily === "oauth")) signIns[index] = { ...other, live: false }
              }
            } else if (act === "signOut") {
              const live = model.live
              yield* session.signOut(key)
              if (live) {
                for (const [index, other] of signIns.entries()) {
                  if (other && (index === which || pathFamily === "oauth")) signIns[index] = { ...other, live: false }
                }
              }
            }
          }
        }).pipe(Effect.provide(program({ pathFamily }))),
      { fastCheck: { numRuns: full ? 40 : 10 } }
    )
  }
})
