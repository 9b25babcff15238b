/** How a sign-out has to behave over every store; part of `SessionSuite.ts`. */
import type { SandboxFaultName } from "@effect-baanx/sandbox"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Option } from "effect"
import {
  families,
  familyNames,
  gateAfter,
  hashesOf,
  isRefresh,
  isTo,
  refreshTokenOf,
  type Stores,
  text,
  toRenewal,
  worldOver,
  type WorldOptions
} from "./SessionWorld.js"
import { leased, minute, stored } from "./StoreFixtures.js"

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
/** One is enough: the response to a logout is read the same way. */
const logoutYes = revokeYes.slice(1, 2)

export const signOutSuite = (stores: () => Stores): void => {
  const world = (options?: WorldOptions) => Effect.suspend(() => worldOver(stores(), options))

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

    it.scoped("also ends a session that started during an earlier sign-out", () =>
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
        const { version } = stored(yield* stores().other.get(key))
        const { fence } = leased(yield* stores().other.lease(key, version, minute))
        const signingOut = yield* Effect.fork(session.signOut(key))
        yield* Effect.repeatN(pass("2 seconds"), 2)
        expect(Option.isNone(yield* Fiber.poll(signingOut))).toBe(true)
        expect(yield* requests("revoke")).toEqual([])
        yield* stores().other.release(key, fence, false)
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
            const { version } = stored(yield* stores().other.get(key))
            yield* stores().other.lease(key, version, minute)
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

    it.scoped("does not renew an access token that ended early if each token is revoked separately (oauth2)", () =>
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
}
