/** The handlers of the admin API. */
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as Headers from "@effect/platform/Headers"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServer from "@effect/platform/HttpServer"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Cause from "effect/Cause"
import * as Array from "effect/Array"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Struct from "effect/Struct"
import type { Scope } from "effect/Scope"
import { createHash } from "node:crypto"
import {
  SandboxAdminApi,
  UnknownIdError,
  WaitTimeoutError,
  type SandboxState,
  type SandboxToken
} from "../SandboxAdminApi.js"
import { SandboxRandom } from "../SandboxRandom.js"
import type { SandboxSeed } from "../SandboxSeed.js"
import { parseBody, readBody, withFields } from "./checks/Body.js"
import { isOwnOrigin } from "./checks/Origin.js"
import type { RequestLog } from "./RequestLog.js"
import { copyState, makeState, now, Store, Table, type RefreshToken, type State, type Token } from "./Store.js"
import { messageResponse, refusalResponse } from "./WireResponse.js"

/** How many rows of each kind the state shows. */
const shownRows = 100

/** Identifies a token without revealing it. */
const tokenId = (token: string) => sha256(token).slice(0, 12)

const sha256 = (token: string) => createHash("sha256").update(token).digest("hex")

const newest = <Row>(rows: ReadonlyArray<Row>): ReadonlyArray<Row> => Array.reverse(rows.slice(-shownRows))

const statusOf = (row: Ended, time: number): SandboxState["tokens"][number]["status"] => {
  if (row.revoked === true) return "revoked"
  if (row.spent === true) return "spent"
  return row.expiresAt <= time ? "expired" : "live"
}

interface Ended {
  readonly expiresAt: number
  readonly spent?: boolean
  readonly revoked?: boolean
}

const endOf = ({ expiresAt }: Ended) => ({ expiresAt: DateTime.unsafeMake(expiresAt) })

const tokensOf = (state: State, time: number): SandboxState["tokens"] => {
  const ofGrant = (kind: "access" | "refresh", rows: ReadonlyArray<readonly [string, Token]>) =>
    newest(rows).flatMap(([token, row]) => {
      const grant = state.grants.get(row.grantId)
      if (grant === undefined) return []
      const { clientKey, region, revoked, userId } = grant
      const status = statusOf({ ...row, revoked }, time)
      return [{ id: tokenId(token), kind, status, userId, clientKey, region, grantId: row.grantId, ...endOf(row) }]
    })
  return [
    ...newest(state.logins.entries()).map(([token, row]) => ({
      id: tokenId(token),
      kind: "login" as const,
      status: statusOf(row, time),
      userId: row.userId,
      clientKey: row.clientKey,
      region: row.region,
      ...endOf(row)
    })),
    ...newest(state.codes.entries()).map(([code, row]) => ({
      id: tokenId(code),
      kind: "code" as const,
      status: statusOf(row, time),
      userId: row.userId,
      clientKey: row.session.clientKey,
      region: row.session.region,
      grantId: row.grantId,
      ...endOf(row)
    })),
    ...ofGrant("access", state.accessTokens.entries()),
    ...ofGrant("refresh", state.refreshTokens.entries())
  ]
}

const everyToken = (state: State, time: number): ReadonlyArray<SandboxToken> => {
  const ofKind = (kind: SandboxToken["kind"], table: Table<Token> | Table<RefreshToken>) =>
    table.entries().flatMap(([token, row]) => {
      const grant = state.grants.get(row.grantId)
      if (grant === undefined) return []
      const live = statusOf({ ...row, revoked: grant.revoked }, time) === "live"
      return [
        { kind, ...Struct.pick(grant, "userId", "sessionId", "pathFamily"), sha256: sha256(token), ...endOf(row), live }
      ]
    })
  return [...ofKind("access", state.accessTokens), ...ofKind("refresh", state.refreshTokens)]
}

const viewOf = (state: State, time: number, snapshots: ReadonlyArray<string>, oldestRequest: number): SandboxState => ({
  now: DateTime.unsafeMake(time),
  settings: state.settings,
  // Fields that are not named here are secret or of no interest.
  clients: state.clients.entries().map(([, client]) => Struct.pick(client, "appId", "clientKey", "redirectUris")),
  users: state.users.entries().map(([, user]) => ({
    ...Struct.pick(user, "id", "email", "otp", "phase", "verificationState"),
    ...Struct.pick(user, "disabled", "locked", "failedLogins", "region"),
    otpSentUntil: user.sentOtp === undefined ? undefined : DateTime.unsafeMake(user.sentOtp.expiresAt)
  })),
  sessions: newest(state.sessions.entries()).map(([, session]) => ({
    ...Struct.pick(session, "id", "pathFamily", "clientKey", "region", "redirectUri", "userId", "stage"),
    startedAt: DateTime.unsafeMake(session.startedAt),
    expiresAt: DateTime.unsafeMake(session.expiresAt)
  })),
  tokens: tokensOf(state, time),
  faults: state.faults,
  oldestRequest,
  snapshots: snapshots
})

/** Expires the session or token with this id, of whichever kind. */
const expireRow = (state: State, id: string, time: number): boolean => {
  if (state.sessions.get(id) !== undefined) {
    state.sessions.update(id, { expiresAt: time })
    return true
  }
  const end = <Row extends { readonly expiresAt: number }>(table: Table<Row>, change: Partial<Row>) => {
    const key = table.entries().find(([token]) => tokenId(token) === id)?.[0]
    if (key !== undefined) table.update(key, change)
    return key !== undefined
  }
  const change = { expiresAt: time }
  return (
    end(state.logins, change) ||
    end(state.codes, change) ||
    end(state.accessTokens, change) ||
    end(state.refreshTokens, change)
  )
}

const revokeRow = (state: State, id: string): boolean => {
  if (state.grants.get(id) !== undefined) {
    state.grants.update(id, { revoked: true })
    return true
  }
  const login = state.logins.entries().find(([token]) => tokenId(token) === id)?.[0]
  if (login !== undefined) state.logins.delete(login)
  return login !== undefined
}

/** How many snapshots are kept; the oldest is dropped first. */
const snapshotCapacity = 16

const known = (found: boolean, kind: string, id: string) =>
  found ? Effect.void : Effect.fail(new UnknownIdError({ kind, id }))

const changeState = (change: (state: State) => Partial<State>) =>
  Effect.map(Store, (store) => {
    store.state = { ...store.state, ...change(store.state) }
  })

/** The clock stays within four-digit years, so that every expiry is a valid date. */
const lastMoment = Date.UTC(9999, 0)

const moveClock = (offset: (state: State, time: number) => number) =>
  Effect.gen(function* () {
    const time = yield* Clock.currentTimeMillis
    yield* changeState((state) => ({
      clockOffset: Math.min(Math.max(offset(state, time), -time), lastMoment - time)
    }))
    return { now: DateTime.unsafeMake(yield* now) }
  })

const resetTo = (seed: SandboxSeed, log: RequestLog) =>
  Effect.gen(function* () {
    const store = yield* Store
    store.seed = seed
    store.state = yield* makeState(seed, yield* SandboxRandom)
    yield* log.clear
  })

const group = (log: RequestLog, snapshots: Table<State>) =>
  HttpApiBuilder.group(SandboxAdminApi, "admin", (handlers) =>
    handlers
      .handle("state", () =>
        Effect.gen(function* () {
          const { state } = yield* Store
          return viewOf(state, yield* now, snapshots.keys(), yield* log.oldest)
        })
      )
      .handle("tokens", () => Effect.zipWith(Store, now, ({ state }, time) => everyToken(state, time)))
      .handle("requests", ({ urlParams: { after = 0 } }) =>
        Effect.map(log.requests, (requests) => requests.filter(({ number }) => number > after))
      )
      .handle("waitForRequest", ({ payload: { after, status, step, timeoutMillis } }) =>
        log
          .waitFor(
            (request) =>
              request.number > after &&
              request.step === (step ?? request.step) &&
              request.status === (status ?? request.status)
          )
          .pipe(
            Effect.timeoutFail({ duration: timeoutMillis, onTimeout: () => new WaitTimeoutError({ timeoutMillis }) })
          )
      )
      .handle("reset", () => Effect.flatMap(Store, ({ seed }) => resetTo(seed, log)))
      .handle("seed", ({ payload }) => resetTo(payload, log))
      .handle("takeSnapshot", () =>
        Effect.gen(function* () {
          const id = yield* (yield* SandboxRandom).uuid
          snapshots.set(id, copyState((yield* Store).state))
          return { id }
        })
      )
      .handle("restoreSnapshot", ({ payload: { id } }) =>
        Effect.gen(function* () {
          const store = yield* Store
          const snapshot = snapshots.get(id)
          if (snapshot !== undefined) store.state = copyState(snapshot)
          yield* known(snapshot !== undefined, "snapshot", id)
        })
      )
      .handle("clock", () => Effect.map(now, (millis) => ({ now: DateTime.unsafeMake(millis) })))
      .handle("setClock", ({ payload }) => moveClock((_, time) => DateTime.toEpochMillis(payload.now) - time))
      .handle("advanceClock", ({ payload }) => moveClock(({ clockOffset }) => clockOffset + payload.seconds * 1000))
      .handle("armFault", ({ payload }) =>
        changeState(({ faults }) => ({ faults: [...faults, payload].slice(-shownRows) }))
      )
      .handle("disarmFaults", () => changeState(() => ({ faults: [] })))
      .handle("userPasswords", () =>
        Effect.map(Store, ({ state }) => state.users.entries().map(([, user]) => Struct.pick(user, "id", "password")))
      )
      .handle("lockUser", ({ payload: { id, locked } }) =>
        Effect.gen(function* () {
          const { users } = (yield* Store).state
          users.update(id, { locked, failedLogins: 0 })
          yield* known(users.get(id) !== undefined, "user", id)
        })
      )
      .handle("expire", ({ payload: { id } }) =>
        Effect.gen(function* () {
          const { state } = yield* Store
          yield* known(expireRow(state, id, yield* now), "session or token", id)
        })
      )
      .handle("revoke", ({ payload: { id } }) =>
        Effect.gen(function* () {
          const { state } = yield* Store
          yield* known(revokeRow(state, id), "grant or login token", id)
        })
      )
  )

/** The body is read here, since `HttpApiBuilder` dies on one that is not JSON. */
const adminRequest = <R>(app: HttpApp.Default<never, R>, log: RequestLog) =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    if (request.method === "GET" || request.method === "HEAD") return yield* app
    if (!isOwnOrigin(request.headers)) return messageResponse(403, "Another site may not do this")
    const bytes = yield* readBody(request)
    const fields =
      bytes.length === 0 ? new Map() : (yield* parseBody(bytes, request.headers, ["application/json"])).fields
    const json = request.modify({ headers: Headers.set(request.headers, "content-type", "application/json") })
    const answer = Effect.provideService(app, HttpServerRequest.HttpServerRequest, withFields(json, fields))
    return yield* Effect.zipLeft(answer, log.tell)
  }).pipe(Effect.catchAll((refusal) => Effect.succeed(refusalResponse(refusal))))

const isRouteNotFound = Predicate.isTagged("RouteNotFound")

const notFound = messageResponse(404, "The admin API has no such endpoint; GET /_sandbox/api/openapi.json lists them")

/** The admin API as an app. */
export const adminApp = (log: RequestLog): Effect.Effect<HttpApp.Default, never, Store | SandboxRandom | Scope> =>
  Effect.gen(function* () {
    const Api = HttpApiBuilder.api(SandboxAdminApi).pipe(Layer.provide(group(log, new Table(snapshotCapacity))))
    const services = yield* Layer.build(
      Layer.mergeAll(Api, HttpApiBuilder.Router.Live, HttpApiBuilder.Middleware.layer, HttpServer.layerContext)
    )
    const app = Effect.catchAllCause(yield* Effect.provide(HttpApiBuilder.httpApp, services), (cause) =>
      isRouteNotFound(Cause.squash(cause)) ? Effect.succeed(notFound) : Effect.failCause(cause)
    )
    return adminRequest(Effect.provide(app, services), log)
  })
