/** Maintains the SQL stores. */
import type * as Prompt from "@effect/cli/Prompt"
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Terminal from "@effect/platform/Terminal"
import type { MigrationError } from "@effect/sql/Migrator"
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { StoreError } from "@effect-baanx/oauth"
import { generateKey, KeyRing, SqlStores, StoreMigrations } from "@effect-baanx/sql"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import { isOutcome, Misused, Refused } from "./Outcome.js"
import { reportFor, reporting } from "./Reporting.js"
import { requiredSecret } from "./SecretInput.js"
import { withFlags } from "./Setting.js"

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
        text: `Deleted ${count(swept.pendingAuthorizations, "row")} of sign-ins and ${count(swept.sessions, "session")} that are no longer needed.`,
        fields: { ...swept }
      }))
    case "check":
      return Effect.as(SqlStores.health, { text: "The database responds and has the tables.", fields: {} })
    case "rotate-keys":
      return Effect.flatMap(SqlStores.reseal, ({ resealed, unreadable }) =>
        unreadable === 0
          ? Effect.succeed({
              text: `Resealed ${count(resealed, "session")}. In 20 minutes, when no sign-in in progress needs the other keys, you can remove them from BAANX_STORE_KEYS.`,
              fields: { resealed, unreadable }
            })
          : new Refused({
              tag: "UnreadableSessions",
              message: `Resealed ${count(resealed, "session")}, but ${count(unreadable, "session")} cannot be opened with the keys of BAANX_STORE_KEYS. Add the missing key and run this again.`
            })
      ).pipe(Effect.provide(keyRing))
  }
}

const invalidUrl = (why: string) =>
  new Misused({
    tag: "InvalidStoreUrl",
    message: `BAANX_STORE_URL ${why}. Write postgres://… for PostgreSQL, file:… for SQLite.`
  })

/** Without a limit, the driver waits forever for a server that accepts the connection and does not respond. */
const connectTimeout = "5 seconds"

const database = (
  url: Redacted.Redacted<string>
): Effect.Effect<Layer.Layer<SqlClient.SqlClient, SqlError>, Misused> => {
  const text = Redacted.value(url)
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(text)) return invalidUrl("contains a line break or another control character")
  if (/^postgres(?:ql)?:\/\//.test(text)) {
    return Effect.map(
      Effect.promise(() => import("@effect/sql-pg/PgClient")),
      (PgClient) => PgClient.layer({ url, maxConnections: 2, connectTimeout })
    )
  }
  return /^(?:file:|libsql:|:memory:)/.test(text)
    ? Effect.map(
        Effect.promise(() => import("@effect/sql-libsql/LibsqlClient")),
        (LibsqlClient) => LibsqlClient.layer({ url: text })
      )
    : invalidUrl("is not the URL of a database")
}

/** The PostgreSQL driver is part of the command; the SQLite driver, which has a build for each platform, is not. */
const missingDriver = new Misused({
  tag: "MissingDriver",
  message:
    "SQLite needs the package @libsql/client, which does not come with this command. Install it next to the command: `npm install @libsql/client@0.12`, with --global if the command is installed globally."
})

/** What to do about a driver's error code. Its message is not shown: it may quote the URL with its password. */
const advice: ReadonlyArray<readonly [code: RegExp, sentence: string]> = [
  [
    /^ECONNREFUSED$/,
    "Nothing listens at the host and port of BAANX_STORE_URL. Check both, and that PostgreSQL is running"
  ],
  [/^(?:ENOTFOUND|EAI_AGAIN)$/, "The host in BAANX_STORE_URL is unknown. Check its spelling"],
  [/^28/, "PostgreSQL does not accept the user or the password in BAANX_STORE_URL. Check both"],
  [/^3D000$/, "PostgreSQL has no database with the name in BAANX_STORE_URL. Create it, or correct the name"],
  [
    /^42501$/,
    "PostgreSQL does not permit this for the user in BAANX_STORE_URL. Grant the permission, or name another user"
  ],
  [/^SQLITE_NOTADB/, "BAANX_STORE_URL names a file that is not an SQLite database. Name another file"],
  [/^SQLITE_CORRUPT/, "The database file is damaged. Restore it from a backup"],
  [
    /^SQLITE_(?:CANTOPEN|READONLY|PERM|AUTH)/,
    "The database file cannot be opened or written. Check that its folder exists, and that this user may write to both"
  ],
  [/^SQLITE_(?:FULL|IOERR)/, "The database file cannot be written. Check the disk and its free space"],
  [/^SQLITE_(?:BUSY|LOCKED)/, "Another program is using the database file. Run this again when it is done"]
]

/** The code of an error, or of the one that caused it. */
const codeOf = (error: unknown): string => {
  if (Predicate.hasProperty(error, "code") && typeof error.code === "string" && /^\w+$/.test(error.code))
    return error.code
  return Predicate.hasProperty(error, "cause") ? codeOf(error.cause) : ""
}

const refusedBy = (error: unknown, otherwise: string) => {
  const code = codeOf(error)
  const [, sentence = otherwise] = advice.find(([codes]) => codes.test(code)) ?? []
  return new Refused({ tag: "StoreError", message: `${sentence}${code === "" ? "" : ` (${code})`}.` })
}

const away = (error: unknown) =>
  refusedBy(error, "The database cannot be reached. Check BAANX_STORE_URL, and that the database is running")

const notMigrated = (error: unknown) =>
  refusedBy(
    error,
    "The tables cannot be brought up to date. Check that no other program creates tables with these names, and run this again"
  )

const isMigrationError = Predicate.isTagged("MigrationError")

const isUrlFault = (cause: unknown) => /^(?:URL_|ERR_INVALID_URL$)/.test(codeOf(cause))

const notOpened = new Refused({
  tag: "StoreError",
  message:
    "The database file cannot be opened. Check that BAANX_STORE_URL names a file and not a folder, that its folder exists, and that this user may read and write both."
})

const isMissing = (cause: unknown) => /^(?:ERR_)?MODULE_NOT_FOUND$/.test(codeOf(cause))

const thrown = (defect: unknown): Effect.Effect<never, Misused | Refused> => {
  if (isMissing(defect)) return missingDriver
  return isUrlFault(defect) ? invalidUrl("cannot be read") : notOpened
}

/** If the driver throws, it is not installed, or does not understand the URL, or cannot open the file. */
const connect = (url: Redacted.Redacted<string>) =>
  Effect.flatMap(database(url), (layer) =>
    Layer.build(layer).pipe(
      Effect.mapError((error) => (isUrlFault(error) ? invalidUrl("cannot be read") : away(error))),
      Effect.catchAllDefect(thrown)
    )
  )

/** A store does not say why the database does not respond, so the database is asked directly first. */
const reach = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  sql
    .onDialectOrElse({ pg: () => sql`SELECT 1`, orElse: () => sql`SELECT count(*) FROM sqlite_master` })
    .pipe(Effect.mapError(away))
)

const withoutTables = new Refused({
  tag: "StoreError",
  message:
    "The database has no tables, or those of an earlier release, or can no longer be reached. Run `baanx store migrate` first."
})

const onDatabase = (options: StoreOptions, task: DatabaseTask) =>
  Effect.gen(function* () {
    const url = yield* requiredSecret(
      { variable: "BAANX_STORE_URL", question: "The URL of the database", file: options.urlFile },
      false
    )
    const services = yield* connect(url)
    return yield* Effect.zipRight(reach, run(task)).pipe(
      Effect.provide(services),
      // The migrator dies if a migration fails.
      Effect.catchSomeDefect((defect) =>
        isMigrationError(defect) ? Option.some(Effect.fail(notMigrated(defect))) : Option.none()
      ),
      Effect.mapError((error) => {
        if (isOutcome(error)) return error
        if (error._tag === "MigrationError") return notMigrated(error)
        if (error._tag === "SqlError") return away(error)
        return error.reason === "Unavailable" ? withoutTables : new Refused({ tag: error._tag, message: error.message })
      })
    )
  }).pipe(
    Effect.scoped,
    Effect.mapError((error) => {
      if (error._tag === "QuitException") return error
      const named = { tag: error.tag, message: withFlags(error.message) }
      return error._tag === "Misused" ? new Misused(named) : new Refused(named)
    }),
    // The message includes what the stores log, and standard output is only for the JSON value.
    Logger.withMinimumLogLevel(LogLevel.None)
  )

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
