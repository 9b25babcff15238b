/** How a session has to behave over every store when Baanx sends odd responses. */
import { SessionKey, TokenSet } from "@effect-baanx/oauth"
import type { SandboxFaultName } from "@effect-baanx/sandbox"
import { describe, expect, it } from "@effect/vitest"
import { Duration, Effect, Exit, Option, Scope, TestClock } from "effect"
import { afterAll, beforeAll } from "vitest"
import {
  families,
  familyNames,
  hashesOf,
  refreshTokenOf,
  type Stores,
  text,
  toRenewal,
  worldOver,
  type WorldOptions
} from "./SessionWorld.js"
import { signOutSuite } from "./SignOutSuite.js"
import type { Shared } from "./StoreSuite.js"

const refusals: ReadonlyArray<SandboxFaultName> = [
  "refused-as-403",
  "refused-in-capitals",
  "refused-as-text",
  "refused-as-200",
  "refused-as-401-message",
  "refused-as-400-message"
]

const sayNothing: ReadonlyArray<readonly [SandboxFaultName, Readonly<Record<string, unknown>>]> = [
  ["client-key-unknown", { _tag: "UnauthorizedError", code: "invalid_client_key" }],
  ["client-key-missing", { _tag: "UnauthorizedError", code: "missing_client_key" }],
  ["invalid-client", { _tag: "UnauthorizedError", code: "invalid_client" }],
  ["unauthorized-client", { _tag: "InvalidRequestError", code: "unauthorized_client" }],
  ["invalid-request", { _tag: "InvalidRequestError", code: "invalid_request" }],
  ["temporarily-unavailable", { _tag: "ServerError", status: 503 }],
  ["gateway-401", { _tag: "UnexpectedResponseError", status: 401, reason: "Intermediary" }],
  ["gateway-403", { _tag: "UnexpectedResponseError", status: 403, reason: "Intermediary" }],
  ["gateway-503", { _tag: "ServerError", status: 503 }],
  ["retry-after-date", { _tag: "RateLimitedError", retryAfter: Duration.seconds(120) }]
]

export const sessionSuite = (name: string, open: Effect.Effect<Shared, never, Scope.Scope>): void => {
  describe(`${name}: sessions`, () => {
    const scope = Effect.runSync(Scope.make())
    let stores: Stores
    beforeAll(async () => {
      const opened = Effect.gen(function* () {
        const shared = yield* open
        return { one: (yield* shared.replica).tokens, other: (yield* shared.replica).tokens, pass: shared.pass }
      })
      stores = await Effect.runPromise(Scope.extend(opened, scope))
    })
    afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))
    const world = (options?: WorldOptions) => Effect.suspend(() => worldOver(stores, options))

    describe("a refresh", () => {
      for (const family of familyNames) {
        it.scoped(`without a new refresh token keeps the old one, repeatedly (${family})`, () =>
          Effect.gen(function* () {
            const { arm, key, live, passTo, refreshes, session, signIn, stored, user } = yield* world({ family })
            let tokens: TokenSet = yield* signIn
            const kept = refreshTokenOf(tokens)
            const { refreshExpiresAt } = tokens
            yield* arm("no-refresh-token", families[family], 3)
            for (const _ of [1, 2, 3]) {
              yield* passTo(tokens)
              expect(yield* user()).toBe(200)
              tokens = Option.getOrThrow(yield* stored)
              expect(refreshTokenOf(tokens)).toBe(kept)
              expect(tokens.refreshExpiresAt).toEqual(refreshExpiresAt)
            }
            yield* passTo(tokens)
            expect(yield* user()).toBe(200)
            expect(refreshTokenOf(Option.getOrThrow(yield* stored))).not.toBe(kept)
            expect(yield* refreshes).toBe(4)
            yield* session.signOut(key)
            expect(yield* live).toEqual([])
          })
        )

        for (const kind of refusals) {
          it.scoped(`with ${kind} ends the session after one request (${family})`, () =>
            Effect.gen(function* () {
              const { arm, key, otherSession, passTo, refreshes, requests, session, signIn, stored } = yield* world({
                family
              })
              yield* passTo(yield* signIn)
              yield* arm(kind, families[family])
              const error = yield* Effect.flip(session.accessToken(key))
              expect(error).toMatchObject({ _tag: "SessionLostError", reason: "RefreshTokenSpent" })
              expect(yield* stored).toEqual(Option.none())
              expect(yield* refreshes).toBe(1)
              const asked = (yield* requests()).length
              for (const { accessToken } of [session, otherSession]) {
                const again = yield* Effect.flip(accessToken(key))
                expect(again).toMatchObject({ _tag: "SessionLostError", reason: "NotFound" })
              }
              yield* session.signOut(key)
              expect((yield* requests()).length).toBe(asked)
            })
          )
        }

        it.scoped(`can return tokens of 9,000 characters, which the store keeps (${family})`, () =>
          Effect.gen(function* () {
            const { arm, key, live, passTo, session, signIn, stored, user } = yield* world({ family })
            yield* passTo(yield* signIn)
            yield* arm("long-tokens", families[family])
            expect(text(yield* session.accessToken(key)).length).toBe(9_000)
            const long = Option.getOrThrow(yield* stored)
            expect(refreshTokenOf(long)?.length).toBe(9_000)
            expect(yield* user()).toBe(200)
            yield* passTo(long)
            expect(yield* user()).toBe(200)
            yield* session.signOut(key)
            expect(yield* live).toEqual([])
          })
        )
      }

      for (const [kind, expected] of sayNothing) {
        it.scoped(`with ${kind} keeps the session`, () =>
          Effect.gen(function* () {
            const { arm, disarm, key, live, pass, refreshes, session, signIn, user } = yield* world()
            const tokens = yield* signIn
            yield* pass(toRenewal)
            yield* arm(kind, "token", 2)
            // The old token is valid for another five minutes.
            expect(text(yield* session.accessToken(key))).toBe(text(tokens.accessToken))
            yield* pass("5 minutes")
            expect(yield* Effect.flip(session.accessToken(key))).toMatchObject(expected)
            expect(yield* refreshes).toBe(2)
            yield* disarm
            yield* pass("2 minutes")
            expect(yield* user()).toBe(200)
            expect(yield* refreshes).toBe(3)
            yield* session.signOut(key)
            expect(yield* live).toEqual([])
          })
        )
      }

      it.scoped("works for a session from an earlier release, without the time of issue or the grant", () =>
        Effect.gen(function* () {
          const { exchange, key, live, pass, refreshes, session, store, stored, user } = yield* world()
          const tokens = yield* exchange
          yield* store.put(key, new TokenSet({ ...tokens, issuedAt: undefined, grantType: undefined }))
          yield* pass("353 minutes")
          expect(text(yield* session.accessToken(key))).toBe(text(tokens.accessToken))
          yield* pass("2 minutes")
          expect(text(yield* session.accessToken(key))).not.toBe(text(tokens.accessToken))
          expect(yield* refreshes).toBe(1)
          expect(Option.getOrThrow(yield* stored)).toMatchObject({ grantType: "refresh_token" })
          expect(yield* user()).toBe(200)
          yield* session.signOut(key)
          expect(yield* live).toEqual([])
        })
      )
    })

    describe("a session without a refresh token", () => {
      for (const family of familyNames) {
        const startWithout = Effect.gen(function* () {
          const baanx = yield* world({ family })
          const tokens = yield* baanx.exchange
          const without = new TokenSet({ ...tokens, refreshToken: undefined, refreshExpiresAt: undefined })
          yield* baanx.session.start(baanx.key, without)
          return { ...baanx, tokens }
        })

        it.scoped(`returns its access token until that expires, then fails with SessionLostError (${family})`, () =>
          Effect.gen(function* () {
            const { key, pass, refreshes, session, stored, tokens } = yield* startWithout
            yield* pass(Duration.subtract(Duration.hours(6), Duration.millis(1)))
            expect(text(yield* session.accessToken(key))).toBe(text(tokens.accessToken))
            yield* pass("1 millis")
            const error = yield* Effect.flip(session.accessToken(key))
            expect(error).toMatchObject({ _tag: "SessionLostError", reason: "NoRefreshToken" })
            expect(yield* stored).toEqual(Option.none())
            expect(yield* refreshes).toBe(0)
          })
        )

        it.scoped(`can be signed out before its access token expires (${family})`, () =>
          Effect.gen(function* () {
            const { key, live, pass, refreshes, session, stored } = yield* startWithout
            yield* pass("5 hours")
            yield* session.signOut(key)
            expect(yield* live).not.toContain("access")
            expect(yield* stored).toEqual(Option.none())
            expect(yield* refreshes).toBe(0)
          })
        )
      }
    })

    signOutSuite(() => stores)

    describe("a start", () => {
      it.scoped("over another session revokes only the replaced tokens (oauth2)", () =>
        Effect.gen(function* () {
          const { asked, exchange, liveTokens, session, signIn, user } = yield* world({ family: "oauth2" })
          yield* signIn
          const elsewhere = yield* exchange
          yield* session.start(SessionKey.make("elsewhere"), elsewhere)
          const next = yield* signIn
          yield* asked("hostedRevoke", 2)
          expect((yield* liveTokens).map(({ sha256 }) => sha256).sort()).toEqual(hashesOf(elsewhere, next))
          expect(yield* user()).toBe(200)
        })
      )

      it.scoped("with the tokens that are stored already revokes nothing (oauth2)", () =>
        Effect.gen(function* () {
          const { key, live, requests, session, signIn, user } = yield* world({ family: "oauth2" })
          yield* session.start(key, yield* signIn)
          expect(yield* user()).toBe(200)
          expect(yield* requests("hostedRevoke")).toEqual([])
          expect(yield* live).toEqual(["access", "refresh"])
        })
      )
    })

    describe("Baanx is not flooded:", () => {
      for (const family of familyNames) {
        it.scoped(`a token of 10 seconds is renewed once in its lifetime (${family})`, () =>
          Effect.gen(function* () {
            const { key, refreshes, session, signIn, user } = yield* world({
              family,
              settings: { accessTokenSeconds: 10 }
            })
            yield* signIn
            for (let second = 1; second <= 10; second++) {
              yield* TestClock.adjust("1 second")
              yield* session.accessToken(key)
            }
            expect(yield* refreshes).toBe(1)
            expect(yield* user()).toBe(200)
          })
        )
      }

      it.scoped(
        "an endpoint that always responds with 401 causes one renewal per minute, for any number of requests",
        () =>
          Effect.gen(function* () {
            const { admin, otherSession, pass, refreshes, signIn, user } = yield* world()
            yield* signIn
            yield* admin.armFault({ payload: { kind: "status", status: 401, step: "user", times: 1_000 } })
            const storm = Effect.gen(function* () {
              const statuses = [
                ...(yield* Effect.replicateEffect(user(), 5, { concurrency: "unbounded" })),
                ...(yield* Effect.replicateEffect(user(otherSession), 5))
              ]
              expect(new Set(statuses)).toEqual(new Set([401]))
            })
            yield* storm
            yield* pass("59 seconds")
            yield* storm
            expect(yield* refreshes).toBe(1)
            yield* pass("1 second")
            yield* storm
            expect(yield* refreshes).toBe(2)
          })
      )

      for (const [title, fault, seconds] of [
        [
          "in seconds",
          { payload: { kind: "status", status: 429, retryAfterSeconds: 90, step: "token", times: 1 } },
          90
        ],
        ["as a date", { payload: { kind: "retry-after-date", step: "token", times: 1 } }, 120]
      ] as const) {
        it.scoped(`every replica waits for Retry-After ${title}`, () =>
          Effect.gen(function* () {
            const { admin, key, otherSession, pass, refreshes, session, signIn } = yield* world({
              settings: { accessTokenSeconds: 60 }
            })
            const { accessToken } = yield* signIn
            yield* admin.armFault(fault)
            yield* pass("50 seconds")
            for (const by of [session, otherSession, session]) {
              expect(text(yield* by.accessToken(key))).toBe(text(accessToken))
            }
            yield* pass("10 seconds")
            for (const by of [session, otherSession]) {
              const error = yield* Effect.flip(by.accessToken(key))
              if (error._tag !== "RateLimitedError") throw new Error(`expected RateLimitedError, got ${error._tag}`)
              const { retryAfter = Duration.zero } = error
              // A database's clock keeps running.
              expect(
                Duration.between(retryAfter, { minimum: `${seconds - 40} seconds`, maximum: `${seconds - 10} seconds` })
              ).toBe(true)
            }
            expect(yield* refreshes).toBe(1)
            yield* pass(Duration.seconds(seconds - 10))
            expect(text(yield* otherSession.accessToken(key))).not.toBe(text(accessToken))
            expect(yield* refreshes).toBe(2)
          })
        )
      }

      it.scoped("an expired refresh token is not sent", () =>
        Effect.gen(function* () {
          const settings = { accessTokenSeconds: 200, refreshTokenSeconds: 100 }
          const { key, pass, refreshes, session, signIn, stored } = yield* world({ settings })
          const tokens = yield* signIn
          yield* pass("199 seconds")
          expect(text(yield* session.accessToken(key))).toBe(text(tokens.accessToken))
          yield* pass("1 second")
          expect(yield* Effect.flip(session.accessToken(key))).toMatchObject({
            _tag: "SessionLostError",
            reason: "RefreshTokenExpired"
          })
          expect(yield* refreshes).toBe(0)
          expect(yield* stored).toEqual(Option.none())
        })
      )
    })
  })
}
