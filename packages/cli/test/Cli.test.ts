import { Baanx, generatePkce, generateState, InitiateService, LoginService, RedirectUri } from "@effect-baanx/oauth"
import { Sandbox, SandboxAdmin } from "@effect-baanx/sandbox"
import { FetchHttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck, Layer, Record, Redacted } from "effect"
import { execFile } from "node:child_process"
import { writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { readFlags } from "../src/SandboxFlags.js"
import { baanx, type Run } from "./RunCli.js"
import { endsOnSigterm, folder } from "./SandboxProcess.js"

const environment = Effect.map(Sandbox, (sandbox) => ({
  BAANX_BASE_URL: sandbox.baseUrl,
  BAANX_CLIENT_KEY: sandbox.clientKey,
  BAANX_PASSWORD: "sandbox-password",
  BAANX_REDIRECT_URI: sandbox.redirectUri,
  BAANX_EMAIL: "user@example.com"
}))

const withSandbox = Effect.provide(Sandbox.layer({ seed: "cli" }))

describe("baanx authorize", () => {
  it.effect("runs the four steps and verifies the state", () =>
    Effect.gen(function* () {
      const { err, out, status } = yield* baanx(["authorize"], yield* environment)
      assert.strictEqual(status, 0)
      assert.strictEqual(err, "")
      for (const step of ["1 initiate", "2 login", "3 authorize", "4 token"]) assert.include(out, step)
      assert.include(out, "state verified")
      for (const secret of [
        /sandbox-(?:client-key|secret-key|password)/,
        /eyJ[\w-]+\.[\w-]+\./,
        /_token_[0-9a-f-]{36}/
      ]) {
        assert.notMatch(out, secret)
      }
    }).pipe(withSandbox)
  )

  it.effect("prints one JSON value with --json, and tokens only with --reveal", () =>
    Effect.gen(function* () {
      const hidden = yield* baanx(["authorize", "--json"], yield* environment)
      const value = JSON.parse(hidden.out)
      assert.strictEqual(value.ok, true)
      assert.strictEqual(value.stateVerified, true)
      assert.deepStrictEqual(
        value.steps.map(({ name }: { name: string }) => name),
        ["initiate", "login", "authorize", "token"]
      )
      assert.isUndefined(value.accessToken)
      const revealed = yield* baanx(["authorize", "--json", "--reveal"], yield* environment)
      assert.match(JSON.parse(revealed.out).accessToken, /^access_token_/)
    }).pipe(withSandbox)
  )

  it.effect("reads secrets from files, without the trailing line break", () =>
    Effect.gen(function* () {
      const { BAANX_CLIENT_KEY, BAANX_PASSWORD, ...rest } = yield* environment
      const path = yield* folder
      writeFileSync(join(path, "key"), `${BAANX_CLIENT_KEY}\n`)
      writeFileSync(join(path, "password"), BAANX_PASSWORD)
      const { err, status } = yield* baanx(
        ["authorize", "--client-key-file", join(path, "key"), "--password-file", join(path, "password")],
        rest
      )
      assert.strictEqual(err, "")
      assert.strictEqual(status, 0)
    }).pipe(Effect.scoped, withSandbox)
  )

  it.effect("trims each variable, and treats a blank one as not set", () =>
    Effect.gen(function* () {
      const { BAANX_PASSWORD, ...rest } = yield* environment
      const blank = FastCheck.string({ unit: FastCheck.constantFrom(" ", "\t", "\n", "\r\n"), maxLength: 3 })
      for (const [before, after] of FastCheck.sample(FastCheck.tuple(blank, blank), 5)) {
        const { err, status } = yield* baanx(["authorize"], {
          ...Record.map(
            { ...rest, BAANX_REGION: "international", BAANX_TIMEOUT: "10 seconds" },
            (value) => `${before}${value}${after}`
          ),
          BAANX_PASSWORD: `${BAANX_PASSWORD}\n`,
          BAANX_SECRET_KEY: ` ${before}`,
          BAANX_SESSION_TOKEN: `\n${after}`
        })
        assert.deepStrictEqual([status, err], [0, ""], JSON.stringify([before, after]))
      }
      const wrong = yield* baanx(["authorize"], { ...rest, BAANX_PASSWORD: `${BAANX_PASSWORD} ` })
      assert.include(wrong.err, "The email or the password is wrong")
    }).pipe(withSandbox)
  )

  it.scoped("reports an empty secret file", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "key")
      writeFileSync(path, "\r\n")
      const { err, status } = yield* baanx(["authorize", "--client-key-file", path], yield* environment)
      assert.strictEqual(status, 2)
      assert.include(err, "of --client-key-file is empty")
    }).pipe(withSandbox)
  )

  it.effect("signs in a user with a one-time code", () =>
    Effect.gen(function* () {
      const email = { ...(yield* environment), BAANX_EMAIL: "otp@example.com" }
      assert.strictEqual((yield* baanx(["authorize"], { ...email, BAANX_OTP: "123456" })).status, 0)
      const without = yield* baanx(["authorize"], email)
      assert.strictEqual(without.status, 1)
      assert.include(without.err, "Set BAANX_OTP")
      const wrong = yield* baanx(["authorize"], { ...email, BAANX_OTP: "000000" })
      assert.strictEqual(wrong.status, 1)
      assert.include(wrong.err, "code is wrong or expired")
    }).pipe(withSandbox)
  )

  it.effect("runs only step 3 with the tokens of another program", () =>
    Effect.gen(function* () {
      const { err, status } = yield* baanx(["authorize"], {
        ...(yield* environment),
        BAANX_SESSION_TOKEN: "not-a-jwt",
        BAANX_LOGIN_TOKEN: "token",
        BAANX_STATE: "state-of-step-1"
      })
      assert.strictEqual(status, 1)
      assert.include(err, "The sessionToken does not have the form of a JWT")
    }).pipe(withSandbox)
  )

  it.effect("says which step to begin with when the session has expired", () =>
    Effect.gen(function* () {
      const { baseUrl, clientKey, redirectUri } = yield* Sandbox
      const { loginToken, sessionToken, state } = yield* Effect.gen(function* () {
        const state = yield* generateState
        const { challenge } = yield* generatePkce
        const initiateService = yield* InitiateService
        const loginService = yield* LoginService
        return {
          state,
          sessionToken: yield* initiateService.initiate({
            redirectUri: RedirectUri.make(redirectUri),
            state,
            codeChallenge: challenge
          }),
          loginToken: yield* loginService.login({
            email: "user@example.com",
            password: Redacted.make("sandbox-password")
          })
        }
      }).pipe(
        Effect.provide(
          Layer.provide(Baanx.layer({ baseUrl, clientKey: Redacted.make(clientKey) }), FetchHttpClient.layer)
        )
      )
      const admin = yield* Effect.provide(
        SandboxAdmin,
        Layer.provide(SandboxAdmin.layerAt(baseUrl), FetchHttpClient.layer)
      )
      yield* admin.advanceClock({ payload: { seconds: 601 } })
      const { err, status } = yield* baanx(["authorize"], {
        ...(yield* environment),
        BAANX_SESSION_TOKEN: Redacted.value(sessionToken),
        BAANX_LOGIN_TOKEN: Redacted.value(loginToken),
        BAANX_STATE: Redacted.value(state)
      })
      assert.strictEqual(status, 1)
      assert.include(err, "The session token was already used, has expired or is unknown")
      assert.include(err, "Begin again with step 1.")
      assert.strictEqual(err.trim().split("\n").length, 1)
    }).pipe(withSandbox)
  )

  const mistakes: ReadonlyArray<
    readonly [string, ReadonlyArray<string>, Readonly<Record<string, string>>, number, string]
  > = [
    [
      "a wrong key",
      [],
      { BAANX_CLIENT_KEY: "wrong" },
      1,
      "does not accept the client key (Invalid client key). Check BAANX_CLIENT_KEY"
    ],
    [
      "an unknown redirect URI",
      ["--redirect-uri", "https://elsewhere.example/cb"],
      {},
      1,
      "redirect_uri is not registered"
    ],
    ["a wrong password", [], { BAANX_PASSWORD: "hunter2hunter2" }, 1, "The email or the password is wrong"],
    ["a disabled account", ["--email", "disabled@example.com"], {}, 1, "The account is disabled"],
    [
      "an unfinished onboarding",
      ["--email", "onboarding@example.com"],
      {},
      1,
      "the next phase is PERSONAL_INFORMATION"
    ],
    [
      "a malformed redirect URI",
      ["--redirect-uri", "http://elsewhere.example"],
      {},
      2,
      "--redirect-uri is not a redirect URI"
    ],
    ["an insecure base URL", ["--base-url", "http://api.baanx.com"], {}, 2, "plain http is allowed only for loopback"],
    ["a malformed timeout", ["--timeout", "soon"], {}, 2, "--timeout is not a duration"],
    ["a key file that does not exist", ["--client-key-file", "/nonexistent/key"], {}, 2, "cannot be read"],
    ["a flag that does not exist", ["--password", "hunter2hunter2"], {}, 2, "unknown argument"]
  ]
  for (const [title, args, changes, expected, sentence] of mistakes) {
    it.effect(`says what to do about ${title}, with status ${expected}`, () =>
      Effect.gen(function* () {
        const { err, status } = yield* baanx(["authorize", ...args], { ...(yield* environment), ...changes })
        assert.strictEqual(status, expected)
        assert.include(err, sentence)
        assert.strictEqual(err.trim().split("\n").length, 1)
        if (title !== "a flag that does not exist") assert.notInclude(err, "hunter2")
      }).pipe(withSandbox)
    )
  }

  const named: ReadonlyArray<readonly [string, string, string]> = [
    ["BAANX_REDIRECT_URI", "--redirect-uri", "http://elsewhere.example"],
    ["BAANX_REGION", "--region", "mars"],
    ["BAANX_TIMEOUT", "--timeout", "soon"],
    ["BAANX_BASE_URL", "--base-url", "http://elsewhere.example"]
  ]
  for (const [variable, flag, value] of named) {
    it.effect(`names ${flag} and ${variable} if the value from either cannot be used`, () =>
      Effect.gen(function* () {
        const given = yield* environment
        const byFlag = yield* baanx(["authorize", flag, value], given)
        const byVariable = yield* baanx(["authorize"], { ...given, [variable]: value })
        for (const { err, status } of [byFlag, byVariable]) {
          assert.strictEqual(status, 2)
          assert.include(err, variable)
          assert.include(err, flag)
        }
        const alone = yield* baanx(["authorize", flag], given)
        assert.strictEqual(alone.status, 2)
        assert.include(alone.err, `${flag} needs a value.`)
      }).pipe(withSandbox)
    )
  }

  const refused: ReadonlyArray<readonly [string, string, string]> = [
    ["BAANX_REDIRECT_URI", "--redirect-uri", "https://elsewhere.example/cb"],
    ["BAANX_CLIENT_KEY", "--client-key-file", "wrong"],
    ["BAANX_SECRET_KEY", "--secret-key-file", "wrong"],
    ["BAANX_EMAIL", "--email", "nobody@example.com"],
    ["BAANX_PASSWORD", "--password-file", "wrong"]
  ]
  for (const [variable, flag, value] of refused) {
    it.effect(`names ${flag} and ${variable} if Baanx refuses the value`, () =>
      Effect.gen(function* () {
        const { err, status } = yield* baanx(["authorize"], { ...(yield* environment), [variable]: value })
        assert.strictEqual(status, 1)
        assert.include(err, variable)
        assert.include(err, flag)
      }).pipe(withSandbox)
    )
  }

  it.effect("names the variable of a malformed proxy URL", () =>
    Effect.gen(function* () {
      const given = { ...(yield* environment), HTTP_PROXY: "http://[" }
      const { err, status } = yield* baanx(["authorize", "--proxy-from-environment"], given)
      assert.strictEqual(status, 2)
      assert.include(err, "HTTP_PROXY is not the URL of a proxy")
    }).pipe(withSandbox)
  )

  it.effect("names the variable and the flag of a missing client key", () =>
    Effect.gen(function* () {
      const { BAANX_CLIENT_KEY: _, ...rest } = yield* environment
      const { err, status } = yield* baanx(["authorize"], rest)
      assert.strictEqual(status, 2)
      assert.include(err, "Set BAANX_CLIENT_KEY or pass --client-key-file.")
    }).pipe(withSandbox)
  )

  it.effect("prints a failure as JSON with --json, with the same exit status", () =>
    Effect.gen(function* () {
      const { err, out, status } = yield* baanx(["authorize", "--json"], {
        ...(yield* environment),
        BAANX_PASSWORD: "x"
      })
      assert.strictEqual(status, 1)
      assert.strictEqual(err, "")
      const value = JSON.parse(out)
      assert.strictEqual(value.ok, false)
      assert.strictEqual(value.error.tag, "InvalidCredentialsError")
      assert.deepStrictEqual(
        value.steps.map(({ name }: { name: string }) => name),
        ["initiate"]
      )
      assert.include(value.failedStep, { step: 2, name: "login" })
    }).pipe(withSandbox)
  )
})

describe("baanx --json", () => {
  const word = FastCheck.constantFrom(
    ..."authorize demo sandbox store migrate check --port --host --region --nonsense --log-level -x - nonsense 65536".split(
      " "
    ),
    ..."-1 --seed-file --seed --base-url --redirect-uri --completions = --reveal=1 --wizard".split(" "),
    ""
  )
  it.effect("prints one JSON value on standard output for any command line", () =>
    Effect.forEach(
      FastCheck.sample(FastCheck.array(word, { maxLength: 4 }), 200).filter(
        // A valid command line would start a sandbox, which never ends.
        (words) => !words.includes("sandbox") || words.includes("65536")
      ),
      (words) =>
        Effect.map(baanx([...words, "--json"]), ({ err, out, status }) => {
          assert.strictEqual(err, "", words.join(" "))
          const value = JSON.parse(out)
          assert.strictEqual(value.ok, status === 0, words.join(" "))
          if (status === 2) assert.isNotEmpty(value.error.message)
        }),
      { discard: true }
    )
  )
})

describe("baanx --help", () => {
  const commands = [
    [],
    ["demo"],
    ["sandbox"],
    ["authorize"],
    ["store"],
    ...["migrate", "sweep", "rotate-keys", "check", "new-key"].map((task) => ["store", task])
  ]
  for (const command of commands) {
    it.effect(`of ${["baanx", ...command].join(" ")} fits 80 columns and lists each default and variable`, () =>
      Effect.gen(function* () {
        const { err, out, status } = yield* baanx([...command, "--help"])
        assert.deepStrictEqual([status, err], [0, ""])
        for (const line of out.split("\n")) assert.isAtMost(line.length, 80, line)
        assert.include(out, `$ ${["baanx", ...command].join(" ")}`)
        const [, ...options] = (out.split("OPTIONS")[1] ?? "").split(/^(?=--)/m)
        for (const option of options) {
          assert.match(option, /\sDefault:\s/)
          const variable = /^--(?!json|proxy|reveal|port|host|seed|quiet)(?!base-url[^]*localhost)/
          if (variable.test(option)) assert.match(option, /\sVariable:\s+BAANX_[A-Z_]+\.\s/)
        }
      })
    )
  }
})

describe("baanx", () => {
  it.effect("says how to start a sandbox if nothing listens at a loopback base URL", () =>
    Effect.gen(function* () {
      const port = yield* Effect.async<number>((resume) => {
        const server = createServer().listen(0, "127.0.0.1", () => {
          const address = server.address()
          server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
        })
      })
      const { err, status } = yield* baanx(
        ["authorize", "--base-url", `http://127.0.0.1:${port}`, "--email", "a@b.example"],
        {
          BAANX_CLIENT_KEY: "key",
          BAANX_PASSWORD: "password",
          BAANX_REDIRECT_URI: "http://localhost:3000/callback"
        }
      )
      assert.strictEqual(status, 1)
      assert.include(err, `Cannot connect to http://127.0.0.1:${port}. Start a local Baanx with \`baanx sandbox\``)
    })
  )

  it.effect("demo shows the four steps and the verified state, and no complete secret", () =>
    Effect.gen(function* () {
      const { out, status } = yield* baanx(["demo"])
      assert.strictEqual(status, 0)
      for (const step of ["1 initiate", "2 login", "3 authorize", "4 token", "state verified"])
        assert.include(out, step)
      assert.notMatch(out, /eyJ[\w-]+\.[\w-]+\.|_token_[0-9a-f-]{36}|auth_code_[0-9a-f-]{30}/)
    })
  )

  it.effect("demo ends with the command that starts the sandbox, which is npm's in a clone", () =>
    Effect.gen(function* () {
      assert.include((yield* baanx(["demo"])).out, "`baanx sandbox`")
      const { out } = yield* baanx(["demo"], { npm_package_name: "effect-baanx" })
      assert.include(out, "`npm run sandbox`")
      assert.notInclude(out, "`baanx")
    })
  )

  it.effect("has the same exit status in process and as the built executable", () =>
    Effect.gen(function* () {
      const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url))
      const run = (...args: ReadonlyArray<string>) =>
        Effect.async<Run>((resume) => {
          execFile(process.execPath, [bin, ...args], { env: {} }, (error, out, err) =>
            resume(Effect.succeed({ status: typeof error?.code === "number" ? error.code : 0, out, err }))
          )
        })
      const [demo, misused] = yield* Effect.all([run("demo", "--json"), run("authorize", "--region", "mars")], {
        concurrency: 2
      })
      assert.strictEqual(demo.status, 0)
      assert.strictEqual(JSON.parse(demo.out).ok, true)
      assert.strictEqual(misused.status, 2)
    })
  )

  it("sandbox parses plain flags itself, and leaves the rest to the command-line library", () => {
    const defaults = {
      port: "4100",
      host: "127.0.0.1",
      baseUrl: undefined,
      quiet: false,
      json: false,
      seed: undefined,
      seedFile: undefined
    }
    assert.deepStrictEqual(readFlags([]), defaults)
    assert.deepStrictEqual(readFlags(["--port", "0", "--json"]), { ...defaults, port: "0", json: true })
    assert.deepStrictEqual(readFlags(["--seed-file=a.json", "--seed", "x"]), {
      ...defaults,
      seedFile: "a.json",
      seed: "x"
    })
    for (const args of [["--help"], ["--port"], ["--nonsense"], ["extra"], ["--json=1"]]) {
      assert.isUndefined(readFlags(args), args.join(" "))
    }
  })

  it.scopedLive("sandbox, as built, reports when it is ready and finishes the response in flight on SIGTERM", () =>
    endsOnSigterm(fileURLToPath(new URL("../dist", import.meta.url)))
  )

  it.scoped("sandbox refuses a malformed seed file and a port that is in use", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "seed.json")
      for (const [text, sentence] of [
        ["{", "is not a valid seed"],
        ['{"users": [{"email": "nobody"}]}', "users.0"],
        ['{"people": []}', "people"],
        [`{"clients": ${"[".repeat(30_000)}${"]".repeat(30_000)}}`, "nests deeper than 64 levels"],
        ['{"faults": [{"kind": "redirect", "location": "/\\r\\nx: y"}]}', "faults.0.location"]
      ] as const) {
        writeFileSync(path, text)
        const { err, status } = yield* baanx(["sandbox", "--port", "0", "--seed-file", path])
        assert.strictEqual(status, 2)
        assert.include(err, sentence)
      }
      const taken = yield* Effect.acquireRelease(
        Effect.async<ReturnType<typeof createServer>>((resume) => {
          const server = createServer().listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
        }),
        (server) => Effect.sync(() => server.close())
      )
      const address = taken.address()
      const port = typeof address === "object" && address !== null ? String(address.port) : ""
      const { err, status } = yield* baanx(["sandbox", "--port", port])
      assert.strictEqual(status, 1)
      assert.include(err, `Port ${port} is already in use`)
    })
  )
})
