/** Everything that a sandbox remembers. Rows never change in place, so a copy of the tables is a snapshot. */
import type { HttpServerResponse } from "@effect/platform/HttpServerResponse"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { SandboxFault } from "../SandboxFault.js"
import type { SandboxRandomShape } from "../SandboxRandom.js"
import type { SandboxClient, SandboxSeed, SandboxUser } from "../SandboxSeed.js"
import type { SandboxSettings } from "../SandboxSettings.js"

/** The two environments of Baanx, which share nothing. */
export type Region = "international" | "us"

/** The two generations of endpoints. */
export type PathFamily = "oauth" | "oauth2"

/** A user, with what has happened since the seed. */
export interface User extends SandboxUser {
  readonly id: string
  readonly failedLogins: number
  readonly sentOtp: { readonly expiresAt: number; readonly attempts: number } | undefined
}

/**
 * One run through the steps, from initiate on. `expiresAt` is in milliseconds of the sandbox's clock, here and below.
 */
export interface Session {
  readonly id: string
  readonly pathFamily: PathFamily
  readonly clientKey: string
  readonly region: Region
  readonly redirectUri: string
  readonly state: string | undefined
  readonly codeChallenge: string
  readonly scope: string | undefined
  readonly startedAt: number
  readonly expiresAt: number
  readonly stage: "started" | "signed-in" | "code-issued" | "exchanged" | "denied"
  readonly userId: string | undefined
}

/** What a login token stands for. */
export interface Login {
  readonly userId: string
  readonly clientKey: string
  readonly region: Region
  readonly expiresAt: number
}

/** A session on the hosted pages whose user has entered the password. */
export interface Interaction {
  readonly sessionId: string
  readonly userId: string
  readonly otpPassed: boolean
}

/** What an authorization code stands for. `grantId` is set once the code has been exchanged. */
export interface Code {
  readonly session: Session
  readonly userId: string
  readonly expiresAt: number
  readonly spent: boolean
  readonly grantId: string | undefined
}

/** All tokens that descend from one code; they are revoked together. */
export interface Grant {
  readonly id: string
  readonly sessionId: string
  readonly userId: string
  readonly clientKey: string
  readonly region: Region
  readonly pathFamily: PathFamily
  readonly scope: string | undefined
  readonly revoked: boolean
}

/** An access token. `spent` is true once it has been revoked or replaced. */
export interface Token {
  readonly grantId: string
  readonly expiresAt: number
  readonly spent: boolean
}

/** A refresh token, with the access token that came with it. `spent` is true once it has been used. */
export interface RefreshToken extends Token {
  readonly accessToken: string
}

/** Rows by key. When the table is full, the oldest row makes room for a new one, so that a sandbox can run forever. */
export class Table<Row> {
  private readonly rows: Map<string, Row>
  private readonly capacity: number
  constructor(capacity: number, rows: Iterable<readonly [string, Row]> = []) {
    this.capacity = capacity
    this.rows = new Map(rows)
  }
  get(key: string): Row | undefined {
    return this.rows.get(key)
  }
  set(key: string, row: Row): void {
    if (!this.rows.has(key) && this.rows.size >= this.capacity) {
      for (const oldest of this.rows.keys()) {
        this.rows.delete(oldest)
        break
      }
    }
    this.rows.set(key, row)
  }
  /** Changes a row if it exists. */
  update(key: string, change: Partial<Row>): void {
    const row = this.rows.get(key)
    if (row !== undefined) this.rows.set(key, { ...row, ...change })
  }
  delete(key: string): void {
    this.rows.delete(key)
  }
  entries(): ReadonlyArray<readonly [string, Row]> {
    return Array.from(this.rows)
  }
  keys(): ReadonlyArray<string> {
    return Array.from(this.rows.keys())
  }
  copy(): Table<Row> {
    return new Table(this.capacity, this.rows)
  }
}

/** How many rows each table keeps. */
export const tableCapacity = 2_000

/** The tables. */
export interface State {
  readonly settings: SandboxSettings
  readonly clients: Table<SandboxClient>
  readonly users: Table<User>
  readonly sessions: Table<Session>
  readonly interactions: Table<Interaction>
  readonly logins: Table<Login>
  readonly codes: Table<Code>
  readonly grants: Table<Grant>
  readonly accessTokens: Table<Token>
  readonly refreshTokens: Table<RefreshToken>
  readonly rateWindows: Table<{ readonly startedAt: number; readonly requests: number }>
  readonly faults: ReadonlyArray<SandboxFault>
  /** The last successful response of each step, for a fault that replays it. */
  readonly answers: Table<HttpServerResponse>
  /** How far the clock of the sandbox is ahead of Effect's, in milliseconds. */
  readonly clockOffset: number
}

/** The state that a seed describes. */
export const makeState = (seed: SandboxSeed, random: SandboxRandomShape): Effect.Effect<State> =>
  Effect.gen(function* () {
    const users = new Table<User>(Infinity)
    for (const user of seed.users) {
      const id = user.id ?? (yield* random.uuid)
      users.set(id, { ...user, id, failedLogins: 0, sentOtp: undefined })
    }
    return {
      settings: seed.settings,
      clients: new Table(
        Infinity,
        seed.clients.map((client) => [client.clientKey, client])
      ),
      users,
      sessions: new Table(tableCapacity),
      interactions: new Table(tableCapacity),
      logins: new Table(tableCapacity),
      codes: new Table(tableCapacity),
      grants: new Table(tableCapacity),
      accessTokens: new Table(tableCapacity),
      refreshTokens: new Table(tableCapacity),
      rateWindows: new Table(tableCapacity),
      faults: seed.faults,
      answers: new Table(tableCapacity),
      clockOffset: 0
    }
  })

/** A copy that later requests do not change. */
export const copyState = (state: State): State => ({
  ...state,
  clients: state.clients.copy(),
  users: state.users.copy(),
  sessions: state.sessions.copy(),
  interactions: state.interactions.copy(),
  logins: state.logins.copy(),
  codes: state.codes.copy(),
  grants: state.grants.copy(),
  accessTokens: state.accessTokens.copy(),
  refreshTokens: state.refreshTokens.copy(),
  rateWindows: state.rateWindows.copy(),
  answers: state.answers.copy()
})

/** The memory of an engine, which its requests share. */
export interface StoreShape {
  /** The current tables; a restore replaces them. */
  state: State
  /** What a reset returns to. */
  seed: SandboxSeed
  /** Known once the server listens. */
  baseUrl: string
  /** Signs the session tokens. */
  readonly signingKey: Uint8Array
}

/** The memory of one sandbox. */
export class Store extends Context.Tag("@effect-baanx/sandbox/Store")<Store, StoreShape>() {}

/** The time of the sandbox, in milliseconds: Effect's Clock, shifted as set through the admin API. */
export const now: Effect.Effect<number, never, Store> = Effect.zipWith(
  Store,
  Clock.currentTimeMillis,
  (store, millis) => millis + store.state.clockOffset
)
