/** The upkeep of the SQL stores. */
import type * as Prompt from "@effect/cli/Prompt"
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Terminal from "@effect/platform/Terminal"
import type { MigrationError } from "@effect/sql/Migrator"
import type * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as LibsqlClient from "@effect/sql-libsql/LibsqlClient"
import * as PgClient from "@effect/sql-pg/PgClient"
import type { StoreError } from "@effect-baanx/oauth"
import { generateKey, KeyRing, SqlStores, StoreMigrations } from "@effect-baanx/sql"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { isOutcome, Misused, Refused } from "./Outcome.js"
import { reportFor, reporting } from "./Reporting.js"
import { requiredSecret } from "./SecretInput.js"

export interface StoreOptions {
  readonly task: "migrate" | "sweep" | "rotate-keys" | "check" | "new-key"
  readonly urlFile: Option.Option<string>
  readonly json: boolean
}

interface Done {
  readonly text: string
  readonly fields: Readonly<Record<string, unknown>>
}

const count = (number: number, what: string) => `${number} ${what}${number === 1 ? "" : "s"}`

const keyRing = Layer.catchAll(KeyRing.layerConfig, (error) =>
  Layer.fail(
    new Misused({
      tag: "InvalidKeyRing",
      message:
        error._tag === "InvalidConfigError"
          ? error.message
          : "BAANX_STORE_KEYS is not set. Set it to the keys of the store, separated by commas; `baanx store new-key` makes one."
    })
  )
)

type DatabaseTask = Exclude<StoreOptions["task"], "new-key">

const run = (
  task: DatabaseTask
): Effect.Effect<Done, Misused | Refused | StoreError | MigrationError | SqlError, SqlClient.SqlClient> => {
  switch (task) {
    case "migrate":
      return Effect.map(StoreMigrations.migrate, (migrations) => ({
        text: `The tables are up to date: ${count(migrations.length, "migration")} run.`,
        fields: { migrations: migrations.map(([, name]) => name) }
      }))
    case "sweep":
      return Effect.map(SqlStores.sweep, (swept) => ({
        text: `Deleted ${count(swept.pendingAuthorizations, "row")} of sign-ins and ${count(swept.sessions, "session")} that nobody needs.`,
        fields: { ...swept }
      }))
    case "check":
      return Effect.as(SqlStores.health, { text: "The database answers and has the tables.", fields: {} })
    case "rotate-keys":
      return Effect.flatMap(SqlStores.reseal, ({ resealed, unreadable }) =>
        unreadable === 0
          ? Effect.succeed({
              text: `Sealed ${count(resealed, "session")} anew. In 20 minutes, when no sign-in is under way that needs them, the other keys can go from BAANX_STORE_KEYS.`,
              fields: { resealed, unreadable }
            })
          : new Refused({
              tag: "UnreadableSessions",
              message: `Sealed ${count(resealed, "session")} anew, but ${count(unreadable, "session")} cannot be opened with the keys of BAANX_STORE_KEYS. Add the key that is missing and run this again.`
            })
      ).pipe(Effect.provide(keyRing))
  }
}

const database = (url: Redacted.Redacted<string>) => {
  const text = Redacted.value(url)
  if (/^postgres(?:ql)?:\/\//.test(text)) return Effect.succeed(PgClient.layer({ url, maxConnections: 2 }))
  return /^(?:file:|libsql:|:memory:)/.test(text)
    ? Effect.succeed(LibsqlClient.layer({ url: text }))
    : new Misused({
        tag: "InvalidStoreUrl",
        message: "BAANX_STORE_URL is no database: it begins with postgres:// for PostgreSQL, or with file: for SQLite."
      })
}

/** A driver's own error may quote the URL with its password. */
const away = new Refused({
  tag: "StoreError",
  message:
    "The database cannot be reached, or has no tables yet. Check BAANX_STORE_URL, and run `baanx store migrate` first."
})

const onDatabase = (options: StoreOptions, task: DatabaseTask) =>
  Effect.gen(function* () {
    const url = yield* requiredSecret(
      { variable: "BAANX_STORE_URL", flag: "url-file", question: "The URL of the database", file: options.urlFile },
      false
    )
    return yield* Effect.provide(run(task), yield* database(url)).pipe(
      Effect.mapError((error) => {
        if (isOutcome(error)) return error
        return error._tag === "StoreError" && error.reason !== "Unavailable"
          ? new Refused({ tag: error._tag, message: error.message })
          : away
      })
    )
  })

export const runStore = (
  options: StoreOptions
): Effect.Effect<void, Refused | Misused | Terminal.QuitException, FileSystem.FileSystem | Prompt.Prompt.Environment> =>
  Effect.flatMap(reportFor(options.json), (report) =>
    Effect.gen(function* () {
      const { task } = options
      if (task === "new-key") {
        const key = Redacted.value(yield* generateKey)
        return yield* report.done(key, { key })
      }
      const { fields, text } = yield* onDatabase(options, task)
      yield* report.done(text, fields)
    }).pipe(reporting(report))
  )
