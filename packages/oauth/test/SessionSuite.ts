/** How a session has to behave over every store when Baanx sends odd responses. */
import { SessionKey, TokenSet, type PathFamily } from "@effect-baanx/oauth"
import type { SandboxFaultName } from "@effect-baanx/sandbox"
import { describe, expect, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Option, Scope, TestClock } from "effect"
import { createHash } from "node:crypto"
import { afterAll, beforeAll } from "vitest"
import {
  gateAfter,
  isRefresh,
  isTo,
  refreshTokenOf,
  type Stores,
  text,
  worldOver,
  type WorldOptions
} from "./SessionWorld.js"
import { leased, minute, stored } from "./StoreFixtures.js"
import type { Shared } from "./StoreSuite.js"

const sha256 = (token: string) => createHash("sha256").update(token).digest("hex")

const hashesOf = (...sets: ReadonlyArray<TokenSet>) =>
  sets.flatMap((tokens) => [sha256(text(tokens.accessToken)), sha256(refreshTokenOf(tokens) ?? "")]).sort()

const families = { oauth: "token", oauth2: "hostedToken" } as const satisfies Record<PathFamily, string>
const familyNames = ["oauth", "oauth2"] as const

/** The requests by which a sign-out can end a session. */
const signOuts = [
  { name: "revoke", step: "revoke", options: { family: "oauth" } },
  { name: "hosted revoke", step: "hostedRevoke", options: { family: "oauth2" } },
  { name: "logout", step: "logout", options: { family: "oauth", signOutBy: "logout" } },
  { name: "logout of the oauth2 family", step: "logout", options: { family: "oauth2", signOutBy: "logout" } }
] as const

const revokeYes: ReadonlyArray<SandboxFaultName> = [
  "revoke-without-body",
  "revoke-204",
  "revoke-ok-text",
  "revoke-empty-object"
]
/** A logout is read like the others. */
const logoutYes = revokeYes.slice(1, 2)

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

/** Five minutes before an access token expires, when it is renewed at the latest. */
const toRenewal = Duration.minutes(355)

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

      it.scoped("works for a session from an earlier release, without the time of issue and the grant", () =>
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

    describe("a sign-out", () => {
      for (const kind of ["client-key-unknown", "client-key-missing", "invalid-client"] as const) {
        it.scoped(`with ${kind} fails and keeps the session`, () =>
          Effect.gen(function* () {
            const { arm, key, live, refreshes, session, signIn, stored } = yield* world()
            yield* signIn
            yield* arm(kind, "revoke")
            expect(yield* Effect.flip(session.signOut(key))).toMatchObject({ _tag: "UnauthorizedError" })
            expect(Option.isSome(yield* stored)).toBe(true)
            expect(yield* live).toEqual(["access", "refresh"])
            expect(yield* refreshes).toBe(0)
            yield* session.signOut(key)
            expect(yield* live).toEqual([])
          })
        )
      }

      it.scoped("renews an access token once if it ended early at Baanx, and revokes everything", () =>
        Effect.gen(function* () {
          const { arm, key, live, refreshes, requests, session, signIn, stored } = yield* world()
          yield* signIn
          yield* arm("access-ends-early", "revoke")
          yield* session.signOut(key)
          expect((yield* requests("revoke")).map(({ status }) => status)).toEqual([401, 200])
          expect(yield* refreshes).toBe(1)
          expect(yield* live).toEqual([])
          expect(yield* stored).toEqual(Option.none())
        })
      )

      it.scoped("renews an access token once if it has expired, and revokes everything", () =>
        Effect.gen(function* () {
          const { key, live, passTo, refreshes, requests, session, signIn, stored } = yield* world()
          yield* passTo(yield* signIn)
          yield* session.signOut(key)
          expect((yield* requests("revoke")).map(({ status }) => status)).toEqual([200])
          expect(yield* refreshes).toBe(1)
          expect(yield* live).toEqual([])
          expect(yield* stored).toEqual(Option.none())
        })
      )

      it.scoped("that is refused twice keeps the session", () =>
        Effect.gen(function* () {
          const { arm, key, live, refreshes, requests, session, signIn, stored } = yield* world()
          yield* signIn
          yield* arm("access-ends-early", "revoke", 2)
          expect(yield* Effect.flip(session.signOut(key))).toMatchObject({ _tag: "UnauthorizedError" })
          expect((yield* requests("revoke")).map(({ status }) => status)).toEqual([401, 401])
          expect(yield* refreshes).toBe(1)
          expect(Option.isSome(yield* stored)).toBe(true)
          yield* session.signOut(key)
          expect(yield* live).toEqual([])
          expect(yield* stored).toEqual(Option.none())
        })
      )

      for (const family of familyNames) {
        it.scoped(`waits for a renewal in flight and revokes the new tokens (${family})`, () =>
          Effect.gen(function* () {
            const gate = yield* gateAfter(isRefresh)
            const { key, live, pass, refreshes, session, signIn, stored } = yield* world({ family, ...gate })
            yield* signIn
            yield* pass(toRenewal)
            const renewal = yield* Effect.fork(session.accessToken(key))
            yield* gate.reached
            const signingOut = yield* Effect.fork(session.signOut(key))
            yield* Effect.yieldNow()
            yield* gate.open
            yield* Fiber.join(renewal)
            yield* Fiber.join(signingOut)
            expect(yield* refreshes).toBe(1)
            expect(yield* live).toEqual([])
            expect(yield* stored).toEqual(Option.none())
          })
        )

        it.scoped(`does not affect a session that starts under the same key meanwhile (${family})`, () =>
          Effect.gen(function* () {
            const gate = yield* gateAfter(isTo("/revoke"))
            const { asked, exchange, key, liveTokens, session, signIn, stored, user } = yield* world({
              family,
              ...gate
            })
            yield* signIn
            const signingOut = yield* Effect.fork(session.signOut(key))
            yield* gate.reached
            const next = yield* exchange
            yield* session.start(key, next)
            yield* gate.open
            yield* Fiber.join(signingOut)
            expect(Option.map(yield* stored, refreshTokenOf)).toEqual(Option.some(refreshTokenOf(next)))
            expect(yield* user()).toBe(200)
            // In the oauth2 family, the start revokes the replaced tokens as well.
            if (family === "oauth2") yield* asked("hostedRevoke", 4)
            expect((yield* liveTokens).map(({ sha256 }) => sha256).sort()).toEqual(hashesOf(next))
          })
        )

        it.scoped(`works while the session waits for Retry-After (${family})`, () =>
          Effect.gen(function* () {
            const { arm, key, live, pass, refreshes, session, signIn, stored } = yield* world({ family })
            const tokens = yield* signIn
            yield* pass(toRenewal)
            yield* arm("retry-after-date", families[family])
            expect(text(yield* session.accessToken(key))).toBe(text(tokens.accessToken))
            yield* session.signOut(key)
            expect(yield* refreshes).toBe(1)
            expect(yield* live).toEqual([])
            expect(yield* stored).toEqual(Option.none())
          })
        )
      }

      it.scoped("that has to renew does not affect a session that starts under the same key meanwhile", () =>
        Effect.gen(function* () {
          const gate = yield* gateAfter(isRefresh)
          const { exchange, key, passTo, requests, session, signIn, stored, user } = yield* world(gate)
          yield* passTo(yield* signIn)
          const signingOut = yield* Effect.fork(session.signOut(key))
          yield* gate.reached
          const next = yield* exchange
          yield* session.start(key, next)
          yield* gate.open
          yield* Fiber.join(signingOut)
          expect(Option.map(yield* stored, refreshTokenOf)).toEqual(Option.some(refreshTokenOf(next)))
          expect(yield* user()).toBe(200)
          expect(yield* requests("revoke")).toEqual([])
        })
      )

      it.scoped("ends a session that started during an earlier sign-out as well", () =>
        Effect.gen(function* () {
          const gate = yield* gateAfter(isTo("/revoke"))
          const { exchange, key, live, session, signIn, stored } = yield* world(gate)
          yield* signIn
          const first = yield* Effect.fork(session.signOut(key))
          yield* gate.reached
          yield* session.start(key, yield* exchange)
          const second = yield* Effect.fork(session.signOut(key))
          yield* Effect.yieldNow()
          yield* gate.open
          yield* Fiber.joinAll([first, second])
          expect(yield* live).toEqual([])
          expect(yield* stored).toEqual(Option.none())
        })
      )

      it.scoped("is sent once for concurrent calls on every replica", () =>
        Effect.gen(function* () {
          const gate = yield* gateAfter(isTo("/revoke"))
          const { key, live, otherSession, pass, requests, session, signIn, stored } = yield* world(gate)
          yield* signIn
          const here = yield* Effect.fork(Effect.all([session.signOut(key), session.signOut(key)], { concurrency: 2 }))
          yield* gate.reached
          const there = yield* Effect.fork(otherSession.signOut(key))
          yield* pass("1 second")
          expect(Option.isNone(yield* Fiber.poll(there))).toBe(true)
          yield* gate.open
          yield* Fiber.join(here)
          yield* Effect.raceFirst(Fiber.join(there), Effect.forever(pass("200 millis")))
          expect((yield* requests("revoke")).length).toBe(1)
          expect(yield* live).toEqual([])
          expect(yield* stored).toEqual(Option.none())
        })
      )

      it.scoped("waits for a lease that another replica holds", () =>
        Effect.gen(function* () {
          const { key, live, pass, requests, session, signIn } = yield* world()
          yield* signIn
          const { version } = stored(yield* stores.other.get(key))
          const { fence } = leased(yield* stores.other.lease(key, version, minute))
          const signingOut = yield* Effect.fork(session.signOut(key))
          yield* Effect.repeatN(pass("2 seconds"), 2)
          expect(Option.isNone(yield* Fiber.poll(signingOut))).toBe(true)
          expect(yield* requests("revoke")).toEqual([])
          yield* stores.other.release(key, fence, false)
          yield* Effect.raceFirst(Fiber.join(signingOut), Effect.forever(pass("200 millis")))
          expect(yield* live).toEqual([])
        })
      )

      for (const { name, options, step } of signOuts) {
        for (const kind of step === "logout" ? logoutYes : revokeYes) {
          it.scoped(`succeeds with ${kind} (${name})`, () =>
            Effect.gen(function* () {
              const { arm, key, live, session, signIn, stored } = yield* world(options)
              yield* signIn
              yield* arm(kind, step, 2)
              yield* session.signOut(key)
              expect(yield* live).toEqual([])
              expect(yield* stored).toEqual(Option.none())
            })
          )
        }

        it.scoped(`fails with revoke-refused, and keeps the session (${name})`, () =>
          Effect.gen(function* () {
            const { arm, disarm, key, live, session, signIn, stored, user } = yield* world(options)
            yield* signIn
            yield* arm("revoke-refused", step, 2)
            expect(yield* Effect.flip(session.signOut(key))).toMatchObject({
              _tag: "InvalidRequestError",
              code: "not_successful"
            })
            expect(Option.isSome(yield* stored)).toBe(true)
            expect(yield* user()).toBe(200)
            yield* disarm
            yield* session.signOut(key)
            expect(yield* live).toEqual([])
          })
        )

        it.scoped(`leaves no token alive after the access token has expired (${name})`, () =>
          Effect.gen(function* () {
            const { key, live, passTo, refreshes, session, signIn, stored } = yield* world(options)
            yield* passTo(yield* signIn)
            yield* session.signOut(key)
            // Revoking a single token needs no bearer.
            expect(yield* refreshes).toBe(step === "hostedRevoke" ? 0 : 1)
            expect(yield* live).toEqual([])
            expect(yield* stored).toEqual(Option.none())
          })
        )

        it.scoped(
          `that failed can be replaced by forget, which sends nothing and leaves the tokens alive (${name})`,
          () =>
            Effect.gen(function* () {
              const { arm, key, live, requests, session, signIn, stored: now } = yield* world(options)
              yield* signIn
              yield* arm("gateway-503", step, 2)
              expect(yield* Effect.flip(session.signOut(key))).toMatchObject({ _tag: "ServerError" })
              // Not even a lease prevents it.
              const { version } = stored(yield* stores.other.get(key))
              yield* stores.other.lease(key, version, minute)
              const asked = (yield* requests()).length
              yield* session.forget(key)
              expect((yield* requests()).length).toBe(asked)
              expect(yield* now).toEqual(Option.none())
              expect(yield* live).toEqual(["access", "refresh"])
            })
        )
      }

      it.scoped("revokes the access token even if the refresh token could not be revoked (oauth2)", () =>
        Effect.gen(function* () {
          const { arm, key, live, requests, session, signIn, stored } = yield* world({ family: "oauth2" })
          yield* signIn
          yield* arm("revoke-refused", "hostedRevoke")
          expect(yield* Effect.flip(session.signOut(key))).toMatchObject({ _tag: "InvalidRequestError" })
          const hints = (yield* requests("hostedRevoke")).map(({ body }) => body["token_hint"])
          expect(hints).toEqual(["refresh_token", "access_token"])
          expect(yield* live).not.toContain("access")
          expect(Option.isSome(yield* stored)).toBe(true)
          yield* session.signOut(key)
          expect(yield* live).toEqual([])
        })
      )

      it.scoped("does not renew an access token that ended early if each token is revoked by itself (oauth2)", () =>
        Effect.gen(function* () {
          const { arm, key, live, refreshes, session, signIn } = yield* world({ family: "oauth2" })
          yield* signIn
          yield* arm("access-ends-early", "hostedRevoke")
          yield* session.signOut(key)
          expect(yield* refreshes).toBe(0)
          expect(yield* live).toEqual([])
        })
      )

      for (const signOutBy of ["revoke", "logout"] as const) {
        it.scoped(`of expired tokens needs no request (${signOutBy})`, () =>
          Effect.gen(function* () {
            const settings = { accessTokenSeconds: 60, refreshTokenSeconds: 100 }
            const { key, pass, requests, session, signIn, stored } = yield* world({ settings, signOutBy })
            yield* signIn
            const asked = (yield* requests()).length
            yield* pass("100 seconds")
            yield* session.signOut(key)
            expect((yield* requests()).length).toBe(asked)
            expect(yield* stored).toEqual(Option.none())
          })
        )
      }
    })

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
