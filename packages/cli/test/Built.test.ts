/** The built command in its own process: standard output, standard error and exit status. */
import { Sandbox } from "@effect-baanx/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { spawn, type SpawnOptions } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { get } from "node:http"
import { connect, createServer } from "node:net"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"

const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url))

interface Options {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

const start = (command: string, args: ReadonlyArray<string>, options: SpawnOptions = {}) => {
  const child = spawn(command, [...args], { ...options, env: options.env ?? {}, stdio: ["ignore", "pipe", "pipe"] })
  return { child, exit: once(child, "exit") }
}

const ended = Schema.decodeUnknownSync(Schema.Tuple(Schema.NullOr(Schema.Number), Schema.NullOr(Schema.String)))

const baanx = (args: ReadonlyArray<string>, { env = {} }: Options = {}) =>
  Effect.promise(async () => {
    const { child, exit } = start(process.execPath, [bin, ...args], { env })
    const [out, err, result] = await Promise.all([text(child.stdout), text(child.stderr), exit])
    return { out, err, status: ended(result)[0] }
  })

/** Runs a line in the shell, with the command as `$BAANX`. */
const inShell = (line: string, env: Readonly<Record<string, string>> = {}) =>
  Effect.promise(async () => {
    const { child, exit } = start("/bin/sh", ["-c", line], {
      env: { ...env, PATH: process.env["PATH"] ?? "", BAANX: `${process.execPath} ${bin}` }
    })
    const [out, err, result] = await Promise.all([text(child.stdout), text(child.stderr), exit])
    return { out, err, status: ended(result)[0] }
  })

const Failure = Schema.parseJson(
  Schema.Struct({
    ok: Schema.Literal(false),
    error: Schema.Struct({ tag: Schema.NonEmptyString, message: Schema.NonEmptyString })
  })
)

const environment = Effect.map(Sandbox, (sandbox) => ({
  BAANX_BASE_URL: sandbox.baseUrl,
  BAANX_CLIENT_KEY: sandbox.clientKey,
  BAANX_PASSWORD: "sandbox-password",
  BAANX_REDIRECT_URI: sandbox.redirectUri,
  BAANX_EMAIL: "user@example.com"
}))

const withSandbox = Effect.provide(Sandbox.layer({ seed: "built" }))

describe("--json", () => {
  const misuses: ReadonlyArray<ReadonlyArray<string>> = [
    ["authorize", "--json"],
    ["--json", "nonsense"],
    ["store", "--json"],
    ["sandbox", "--json", "--port", "65536"]
  ]
  it.effect("prints one JSON value for wrong usage, with status 2", () =>
    Effect.forEach(
      misuses,
      (args) =>
        Effect.map(baanx(args), ({ err, out, status }) => {
          assert.deepStrictEqual([status, err], [2, ""], args.join(" "))
          const { error } = Schema.decodeSync(Failure)(out)
          assert.notMatch(error.message, /\n/)
        }),
      { concurrency: 3, discard: true }
    )
  )

  it.effect("prints one JSON value for a refusal, with status 1", () =>
    Effect.gen(function* () {
      const refused = yield* baanx(["authorize", "--json"], { env: { ...(yield* environment), BAANX_PASSWORD: "x" } })
      assert.deepStrictEqual([refused.status, refused.err], [1, ""])
      assert.strictEqual(Schema.decodeSync(Failure)(refused.out).error.tag, "InvalidCredentialsError")
    }).pipe(withSandbox)
  )

  it.effect("prints one JSON value with the text of --help", () =>
    Effect.gen(function* () {
      const Text = Schema.parseJson(Schema.Struct({ ok: Schema.Literal(true), text: Schema.NonEmptyString }))
      const help = yield* baanx(["authorize", "--help", "--json"])
      assert.deepStrictEqual([help.status, help.err], [0, ""])
      assert.include(Schema.decodeSync(Text)(help.out).text, "--redirect-uri")
    })
  )

  it.live("prints one JSON value when a signal stops the command, with status 130", () =>
    Effect.gen(function* () {
      const env = yield* environment
      const server = createServer()
      const connected = once(server, "connection")
      yield* Effect.promise(() => once(server.listen(0, "127.0.0.1"), "listening"))
      const address = server.address()
      const port = typeof address === "object" ? address?.port : undefined
      const { child, exit } = start(process.execPath, [bin, "authorize", "--json"], {
        env: { ...env, BAANX_BASE_URL: `http://127.0.0.1:${port}` }
      })
      yield* Effect.promise(() => connected)
      child.kill("SIGINT")
      const [out, result] = yield* Effect.promise(() => Promise.all([text(child.stdout), exit]))
      server.close()
      assert.strictEqual(ended(result)[0], 130)
      assert.strictEqual(Schema.decodeSync(Failure)(out).error.tag, "Interrupted")
    }).pipe(withSandbox)
  )
})

describe("--help", () => {
  it.effect("fits 80 columns and has no escape sequences when it is piped", () =>
    Effect.forEach(
      [[], ["authorize"]],
      (command) =>
        Effect.map(baanx([...command, "--help"]), ({ err, out, status }) => {
          assert.deepStrictEqual([status, err], [0, ""])
          for (const line of out.split("\n")) assert.isAtMost(line.length, 80, line)
          // oxlint-disable-next-line no-control-regex
          assert.notMatch(out, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
          assert.include(out, `$ ${["baanx", ...command].join(" ")}`)
        }),
      { concurrency: 3, discard: true }
    )
  )
})

describe("the built command", () => {
  it.effect("ends without a stack trace when the reader of a pipe closes it", () =>
    Effect.gen(function* () {
      const { err, out } = yield* inShell("$BAANX demo | head -1")
      assert.strictEqual(err, "")
      assert.match(out, /^A local Baanx runs at .*\n$/)
    })
  )

  it.effect("marks a failed step", () =>
    Effect.gen(function* () {
      const { err, out, status } = yield* baanx(["authorize"], {
        env: { ...(yield* environment), BAANX_PASSWORD: "x" }
      })
      assert.strictEqual(status, 1)
      assert.match(out, /^✓ 1 initiate .*[^]*^✗ 2 login /m)
      assert.match(err, /^baanx: .*--email \(BAANX_EMAIL\).*--password-file \(BAANX_PASSWORD\)\.\n$/)
    }).pipe(withSandbox)
  )

  it.scopedLive("uses the proxy from the environment only if its flag is set", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      const proxy = yield* Effect.acquireRelease(
        Effect.async<ReturnType<typeof createServer>>((resume) => {
          const server = createServer((client) => {
            client.once("data", (head) => {
              const [, host = "", port = ""] = /^CONNECT ([^:]+):(\d+) /.exec(String(head)) ?? []
              asked.push(`${host}:${port}`)
              const upstream = connect(Number(port), host, () => {
                client.write("HTTP/1.1 200 OK\r\n\r\n")
                client.pipe(upstream).pipe(client)
              })
              for (const socket of [client, upstream]) socket.on("error", () => undefined)
            })
          }).listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
        }),
        (server) => Effect.sync(() => server.close())
      )
      const address = proxy.address()
      const port = typeof address === "object" ? address?.port : undefined
      const env = { ...(yield* environment), HTTP_PROXY: `http://127.0.0.1:${port}` }
      assert.strictEqual((yield* baanx(["authorize"], { env })).status, 0)
      assert.deepStrictEqual(asked, [])
      const { err, status } = yield* baanx(["authorize", "--proxy-from-environment"], { env })
      assert.deepStrictEqual([status, err], [0, ""])
      assert.include(asked, new URL(env.BAANX_BASE_URL).host)
    }).pipe(withSandbox)
  )

  const scriptPath = "/usr/bin/script"
  const hasTerminal = process.platform === "linux" && existsSync(scriptPath)
  it.effect.skipIf(!hasTerminal)(
    `has colors in a terminal, and none with NO_COLOR${hasTerminal ? "" : " (skipped: script(1) is not installed)"}`,
    () =>
      Effect.gen(function* () {
        const help = `${scriptPath} -qec "$BAANX --help" /dev/null </dev/null`
        const [colored, plain] = yield* Effect.all([inShell(help), inShell(help, { NO_COLOR: "1" })], {
          concurrency: 2
        })
        assert.include(colored.out, "\u001b[")
        assert.include(plain.out, "USAGE")
        assert.notInclude(plain.out, "\u001b[")
      })
  )
  it.effect.skipIf(!hasTerminal)(
    `ends with 130 after Ctrl-C at a prompt${hasTerminal ? "" : " (skipped: script(1) is not installed)"}`,
    () =>
      Effect.gen(function* () {
        const { BAANX_PASSWORD: _, ...env } = yield* environment
        const child = spawn(scriptPath, ["-qefc", `${process.execPath} ${bin} authorize`, "/dev/null"], {
          env,
          stdio: ["pipe", "pipe", "ignore"]
        })
        const exit = once(child, "exit")
        let seen = ""
        child.stdout.on("data", (chunk) => {
          seen += String(chunk)
          if (seen.includes("The password")) child.stdin.end("\u0003")
        })
        assert.deepStrictEqual(ended(yield* Effect.promise(() => exit)), [130, null])
      }).pipe(withSandbox)
  )
})

const freePort = Effect.async<number>((resume) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => resume(Effect.succeed(typeof address === "object" ? (address?.port ?? 0) : 0)))
  })
})

const Ready = Schema.parseJson(Schema.Struct({ baseUrl: Schema.String, clientKey: Schema.String }))

/** A sandbox that runs until the scope closes, with the lines of its standard error. */
const sandbox = (args: ReadonlyArray<string> = [], port = 0) =>
  Effect.gen(function* () {
    const { child } = yield* Effect.acquireRelease(
      Effect.sync(() => start(process.execPath, [bin, "sandbox", "--port", String(port), "--json", ...args])),
      ({ child, exit }) =>
        Effect.promise(() => {
          child.kill("SIGTERM")
          return exit
        })
    )
    const out: Array<string> = []
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => out.push(chunk))
    let err = ""
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      err += chunk
    })
    yield* Effect.promise(() => once(child.stdout, "data"))
    const ready = Schema.decodeSync(Ready)(out.join(""))
    /** Completes with the lines once there are `count` of them. */
    const lines = (count: number) =>
      Effect.async<ReadonlyArray<string>>((resume) => {
        const look = () => {
          const complete = err.split("\n").slice(0, -1)
          if (complete.length < count) return
          child.stderr.off("data", look)
          resume(Effect.succeed(complete))
        }
        child.stderr.on("data", look)
        look()
      })
    return { ready, lines, stdout: () => out.join("") }
  })

describe("the built sandbox", () => {
  it.scopedLive("prints one line per request on standard error, with the reason for a refusal", () =>
    Effect.gen(function* () {
      const { lines, ready, stdout } = yield* sandbox()
      const said = stdout()
      const post = (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
        Effect.promise(() =>
          fetch(`${ready.baseUrl}${path}`, {
            method: "POST",
            headers: { "x-client-key": ready.clientKey, "content-type": "application/json", ...headers },
            body: JSON.stringify(body)
          })
        )
      yield* post("/v1/auth/login", { email: "user@example.com", password: "sandbox-password" })
      yield* post("/v1/auth/login", { email: "user@example.com", password: "hunter2" })
      yield* post("/v1/auth/login", {}, { "x-client-key": "unknown" })
      yield* post("/v1/auth/login", { email: "user@example.com", password: "x", "\u001b[2J\n": 1 })
      const printed = yield* lines(4)
      const expected = [
        / POST \/v1\/auth\/login 200 login$/,
        / POST \/v1\/auth\/login 401 login Wrong password$/,
        / POST \/v1\/auth\/login 498 login Invalid client key$/,
        / POST \/v1\/auth\/login 422 login \S+ field is not allowed$/
      ]
      assert.strictEqual(printed.length, expected.length)
      for (const [index, line] of expected.entries()) assert.match(printed[index] ?? "", line)
      // oxlint-disable-next-line no-control-regex
      assert.notMatch(printed.join(""), /hunter2|sandbox-password|[\u0000-\u001f\u007f-\u009f]/)
      assert.strictEqual(stdout(), said)
    })
  )

  it.scopedLive("prints no line per request with --quiet", () =>
    Effect.gen(function* () {
      const [loud, quiet] = yield* Effect.all([sandbox(), sandbox(["--quiet"])], { concurrency: 2 })
      for (const { ready } of [quiet, loud]) yield* Effect.promise(() => fetch(`${ready.baseUrl}/nowhere`))
      assert.match((yield* loud.lines(1)).join("\n"), / GET \/nowhere 404 Not found$/)
      assert.deepStrictEqual(yield* quiet.lines(0), [])
    })
  )

  it.scopedLive("can listen on every address, for a container, and still accepts only its own hosts", () =>
    Effect.gen(function* () {
      const unnamed = yield* sandbox(["--host", "0.0.0.0"])
      assert.match(unnamed.ready.baseUrl, /^http:\/\/127\.0\.0\.1:\d+$/)

      const port = yield* freePort
      const { lines, ready } = yield* sandbox(["--host", "0.0.0.0", "--base-url", "http://baanx:4100"], port)
      assert.strictEqual(ready.baseUrl, "http://baanx:4100")
      const status = (host: string) =>
        Effect.async<number | undefined>((resume) => {
          get({ host: "127.0.0.1", port, path: "/nowhere", headers: { host } }, (response) => {
            response.resume()
            resume(Effect.succeed(response.statusCode))
          })
        })
      for (const host of ["baanx:4100", `localhost:${port}`]) assert.strictEqual(yield* status(host), 404, host)
      for (const host of ["elsewhere.example", "baanx:4101", `0.0.0.0:${port}`]) {
        assert.strictEqual(yield* status(host), 421, host)
      }
      assert.match((yield* lines(5))[4] ?? "", / GET \/nowhere 421 .*--base-url/)
    })
  )
})
