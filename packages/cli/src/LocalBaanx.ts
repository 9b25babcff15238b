/** A local Baanx that runs until it is stopped. */
import * as FileSystem from "@effect/platform/FileSystem"
import { Sandbox, SandboxSeed, SandboxSeedFile, type SandboxStartError } from "@effect-baanx/sandbox"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { Misused, Refused } from "./Outcome.js"
import { reportFor } from "./Reporting.js"
import { printRequest } from "./RequestLine.js"

export interface SandboxOptions {
  readonly port: string
  readonly host: string
  readonly baseUrl: Option.Option<string>
  readonly seedFile: Option.Option<string>
  readonly seed: Option.Option<string>
  readonly quiet: boolean
  readonly json: boolean
}

const readSeed = (path: string) =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const text = yield* Effect.mapError(
      files.readFileString(path),
      () =>
        new Misused({
          tag: "UnreadableFile",
          message: `The file ${path} of --seed-file cannot be read. Check the path.`
        })
    )
    const decoded = yield* Effect.mapError(
      Schema.decode(SandboxSeedFile)(text, { onExcessProperty: "error" }),
      (error) => {
        const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
        return new Misused({
          tag: "InvalidSeed",
          message: `The file ${path} of --seed-file is not a valid seed: ${issue?.path.join(".") || "root"}: ${issue?.message ?? "unreadable"}. Correct it there.`
        })
      }
    )
    return yield* Effect.orDie(Schema.encode(SandboxSeed)(decoded))
  })

const portOf = (text: string) =>
  /^\d{1,5}$/.test(text) && Number(text) <= 65_535
    ? Effect.succeed(Number(text))
    : new Misused({
        tag: "InvalidPort",
        message: "--port is not a port: choose one from 1 to 65535, or 0 for any free one."
      })

const isOrigin = (text: string) =>
  URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text.replace(/\/$/, "")

const baseUrlOf = (text: string) =>
  isOrigin(text)
    ? Effect.succeed(new URL(text).origin)
    : new Misused({
        tag: "InvalidBaseUrl",
        message: "--base-url is not the URL of a server: write it without a path, such as http://baanx:4100."
      })

const notStarted = ({ _tag: tag, message, reason }: SandboxStartError): Effect.Effect<never, Refused | Misused> =>
  reason === "PortTaken" || reason === "PortForbidden"
    ? new Refused({ tag, message: `${message}, with --port.` })
    : new Misused({ tag, message: `${message} Check --host.` })

export const runSandbox = (options: SandboxOptions): Effect.Effect<never, Refused | Misused, FileSystem.FileSystem> =>
  Effect.flatMap(reportFor(options.json), (report) =>
    Effect.gen(function* () {
      const port = yield* portOf(options.port)
      const baseUrl = yield* Effect.transposeMapOption(options.baseUrl, baseUrlOf)
      const seeded = Option.isSome(options.seedFile) ? yield* readSeed(options.seedFile.value) : {}
      return yield* Effect.gen(function* () {
        const { baseUrl, clientKey, ready, redirectUri, secretKey, users } = yield* Sandbox
        yield* options.json
          ? Console.log(JSON.stringify(ready))
          : Console.log(
              [
                `A local Baanx runs at ${baseUrl}`,
                "",
                `  BAANX_BASE_URL=${baseUrl}`,
                `  BAANX_CLIENT_KEY=${clientKey}`,
                `  BAANX_SECRET_KEY=${secretKey}`,
                `  redirect URI    ${redirectUri}`,
                "",
                ...users.map(
                  ({ disabled, email, locked, otp, password, phase }) =>
                    `  ${email.padEnd(24)} ${password}${otp ? `  code ${otp}` : ""}${phase ? `  stopped at ${phase}` : ""}${disabled ? "  disabled" : ""}${locked ? "  locked" : ""}`
                ),
                "",
                `Requests as they happen: ${baseUrl}/_sandbox`,
                "Stop with Ctrl-C."
              ].join("\n")
            )
        return yield* Effect.never
      }).pipe(
        Effect.provide(
          Sandbox.layer({
            port,
            host: options.host,
            baseUrl: Option.getOrUndefined(baseUrl),
            seed: Option.getOrUndefined(options.seed),
            ...(options.quiet ? {} : { onRequest: printRequest }),
            ...seeded
          })
        ),
        Effect.catchTag("SandboxStartError", notStarted)
      )
    }).pipe(
      Effect.tapError(report.failed),
      // Being stopped is its normal end.
      Effect.onInterrupt(() =>
        Effect.sync(() => {
          process.exitCode = 0
        })
      )
    )
  )
