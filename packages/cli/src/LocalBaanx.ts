/** A local Baanx that runs until it is stopped. */
import * as FileSystem from "@effect/platform/FileSystem"
import { Sandbox, SandboxSeed, SandboxSeedFile } from "@effect-baanx/sandbox"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { Misused, Refused } from "./Outcome.js"
import { reportFor, reporting } from "./Reporting.js"

export interface SandboxOptions {
  readonly port: number
  readonly seedFile: Option.Option<string>
  readonly seed: Option.Option<string>
  readonly json: boolean
}

const readSeed = (path: string) =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const text = yield* Effect.mapError(
      files.readFileString(path),
      () => new Misused({ tag: "UnreadableFile", message: `The seed file ${path} cannot be read. Check the path.` })
    )
    const decoded = yield* Effect.mapError(
      Schema.decode(SandboxSeedFile)(text, { onExcessProperty: "error" }),
      (error) => {
        const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
        return new Misused({
          tag: "InvalidSeed",
          message: `The seed file ${path} is not a seed: ${issue?.path.join(".") || "root"}: ${issue?.message ?? "unreadable"}. Correct it there.`
        })
      }
    )
    return yield* Effect.orDie(Schema.encode(SandboxSeed)(decoded))
  })

export const runSandbox = (options: SandboxOptions): Effect.Effect<never, Refused | Misused, FileSystem.FileSystem> =>
  Effect.flatMap(reportFor(options.json), (report) =>
    Effect.gen(function* () {
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
        Effect.provide(Sandbox.layer({ port: options.port, seed: Option.getOrUndefined(options.seed), ...seeded })),
        Effect.catchTag("SandboxStartError", (error) => new Refused({ tag: error._tag, message: error.message }))
      )
    }).pipe(
      // To be stopped is how it ends when all is well.
      Effect.onInterrupt(() =>
        Effect.sync(() => {
          process.exitCode = 0
        })
      ),
      reporting(report)
    )
  )
