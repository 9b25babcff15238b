/** Hostile input, which a sandbox has to survive. */
import { Sandbox, SandboxAdmin, type SandboxClient, SandboxSeedFile } from "@effect-baanx/sandbox"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, FastCheck, Layer, ParseResult, Schema } from "effect"
import { fetchWithoutRedirects } from "./Fixtures.js"
import { call, loginCall } from "./Steps.js"

const overSocket = SandboxAdmin.layer.pipe(Layer.provideMerge(Layer.merge(Sandbox.layer(), fetchWithoutRedirects)))

const bracket = FastCheck.constantFrom(["[", "]"] as const, ['{"clients":', "}"] as const, ['[0,{"]":', "}]"] as const)

/** JSON of this depth, in arrays and objects in random order. */
const nested = (depth: { readonly min: number; readonly max: number }) =>
  FastCheck.tuple(FastCheck.array(bracket, { minLength: 1, maxLength: 8 }), FastCheck.integer(depth)).map(
    ([brackets, depth]) =>
      Array.from({ length: depth }, (_, index) => brackets[index % brackets.length] ?? ["[", "]"]).reduce(
        ([before, after], [open, close]) => [before + open, close + after],
        ["", ""]
      )
  )

const name = FastCheck.constantFrom("clients", "users", "settings", "faults", "kind", "location", "id", "email", "x")

const path = FastCheck.constantFrom(
  ...["reset", "seed", "snapshots", "snapshots/restore", "clock/set", "clock/advance", "faults", "users/lock"].map(
    (path) => `/_sandbox/api/${path}`
  ),
  ...["requests/wait", "expire", "revoke"].map((path) => `/_sandbox/api/${path}`),
  "/v1/auth/login",
  "/v1/auth/login/otp",
  "/v1/auth/oauth/authorize",
  "/v1/auth/oauth/token",
  "/v1/auth/oauth2/token"
)

const send = (path: string, json: string) =>
  call({ method: "POST", path, text: json, headers: { "content-type": "application/json" } })

/** Shares one sandbox among all samples, since building it takes longer than a request. */
const forSamples = <A, E, R>(
  samples: FastCheck.Arbitrary<A>,
  numRuns: number,
  check: (sample: A) => Effect.Effect<void, E, R>
) => Effect.suspend(() => Effect.forEach(FastCheck.sample(samples, numRuns), check, { discard: true }))

const inProcess = SandboxAdmin.layer.pipe(Layer.provideMerge(Sandbox.layerHttpClient()))

describe("JSON that is nested too deeply", () => {
  const depth = FastCheck.oneof(nested({ min: 64, max: 200 }), nested({ min: 2_000, max: 5_000 }))
  it.effect("is refused with 400 and a message by every endpoint", () =>
    forSamples(FastCheck.tuple(path, name, depth), 100, ([path, name, [open, close]]) =>
      Effect.gen(function* () {
        const { body, status } = yield* send(path, `{"${name}":${open}0${close}}`)
        expect([status, body]).toEqual([400, { message: "The body nests deeper than 64 levels" }])
      })
    ).pipe(Effect.provide(inProcess))
  )

  const brackets = FastCheck.string({
    unit: FastCheck.constantFrom("[", "{", "\\", '"', "]", "}"),
    minLength: 100,
    maxLength: 500
  })
  it.effect("is accepted if its brackets are in a string", () =>
    forSamples(brackets, 50, (brackets) =>
      Effect.gen(function* () {
        const email = `${brackets.replaceAll('"', "")}@example.com`
        expect((yield* call({ ...loginCall, json: { email, password: brackets } })).status).toBe(401)
      })
    ).pipe(Effect.provide(inProcess))
  )

  it.effect("is refused in a seed file", () =>
    Effect.gen(function* () {
      const deep = `${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}`
      const error = yield* Effect.flip(Schema.decode(SandboxSeedFile)(`{"users":${deep}}`))
      const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
      expect(issue?.message).toBe("JSON that nests deeper than 64 levels")
    })
  )
})

const code = (min: number, max: number) => FastCheck.integer({ min, max }).map((code) => String.fromCharCode(code))

const forbidden = FastCheck.oneof(code(0x00, 0x08), code(0x0a, 0x1f), code(0x7f, 0x7f), code(0x100, 0xffff))
const visible = FastCheck.oneof(code(0x21, 0x7e), code(0x80, 0xff))
const text = FastCheck.string({ unit: FastCheck.oneof(visible, FastCheck.constantFrom(" ", "\t")) })

const sendable = FastCheck.tuple(visible, text, visible).map((parts) => parts.join(""))
const unsendable = FastCheck.oneof(
  FastCheck.tuple(text, forbidden, text).map((parts) => parts.join("")),
  FastCheck.tuple(FastCheck.constantFrom(" ", "\t", "\r\n"), sendable).map((parts) => parts.join("")),
  FastCheck.tuple(sendable, FastCheck.constantFrom(" ", "\t", "\r\n")).map((parts) => parts.join("")),
  FastCheck.constant("")
)

describe("a value that the sandbox sends in a header", () => {
  it.scopedLive("arrives unchanged if a header can carry it", () =>
    forSamples(sendable, 30, (location) =>
      Effect.gen(function* () {
        const { armFault } = yield* SandboxAdmin
        yield* armFault({ payload: { kind: "redirect", status: 307, location, times: 1 } })
        const { headers, status } = yield* call(loginCall)
        expect([status, headers["location"]]).toEqual([307, location])
      })
    ).pipe(Effect.provide(overSocket))
  )

  it.effect("is refused in a fault if no header can carry it", () =>
    forSamples(unsendable, 100, (location) =>
      Effect.gen(function* () {
        const { body, status } = yield* send("/_sandbox/api/faults", JSON.stringify({ kind: "redirect", location }))
        const sentence = expect.stringContaining("expected a value that is allowed in a header")
        expect([status, body["message"]]).toEqual([400, sentence])
        expect((yield* call(loginCall)).status).toBe(200)
      })
    ).pipe(Effect.provide(inProcess))
  )

  const client = { clientKey: "key", secretKey: "secret", redirectUris: ["https://app.example.com/callback"] } as const
  const seed = (change: Partial<SandboxClient>) => ({ clients: [{ ...client, ...change }] })
  it.effect("is refused in a seed if no header can carry it", () =>
    forSamples(FastCheck.tuple(unsendable, forbidden), 100, ([value, character]) =>
      Effect.gen(function* () {
        const redirectUri = `https://app.example.com/${character}callback`
        for (const change of [{ clientKey: value }, { secretKey: value }, { redirectUris: [redirectUri] as const }]) {
          const { status } = yield* send("/_sandbox/api/seed", JSON.stringify(seed(change)))
          expect(status).toBe(400)
        }
      })
    ).pipe(Effect.provide(inProcess))
  )

  it.scoped("is refused as a base URL if no header can carry it", () =>
    forSamples(forbidden, 10, (character) =>
      Effect.gen(function* () {
        const layer = Sandbox.layerHttpClient({ baseUrl: `http://localhost/${character}sandbox` })
        expect(Exit.isFailure(yield* Effect.exit(Layer.build(layer)))).toBe(true)
      })
    )
  )
})
