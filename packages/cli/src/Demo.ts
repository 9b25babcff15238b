/** Starts a local Baanx and runs the four steps for one of its users. */
import { NodeHttpClient } from "@effect-baanx/node"
import { Baanx, RedirectUri } from "@effect-baanx/oauth"
import { Sandbox } from "@effect-baanx/sandbox"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { type Misused, Refused, toOutcome } from "./Outcome.js"
import { reportFor, reporting } from "./Reporting.js"
import { walk } from "./Walk.js"

/** The command that starts the sandbox: in a clone, where npm runs the demo, `baanx` is not on the PATH. */
const sandboxCommand = Config.string("npm_package_name").pipe(
  Effect.map((name) => (name === "effect-baanx" ? "npm run sandbox" : "baanx sandbox")),
  Effect.orElseSucceed(() => "baanx sandbox")
)

export const runDemo = ({ json }: { readonly json: boolean }): Effect.Effect<void, Refused | Misused> =>
  Effect.flatMap(reportFor(json), (report) =>
    Effect.gen(function* () {
      const command = yield* sandboxCommand
      const sandbox = yield* Sandbox
      const user = sandbox.users.find(({ disabled, locked, otp, phase }) => !disabled && !locked && !otp && !phase)
      if (user === undefined)
        return yield* new Refused({ tag: "NoUser", message: "The sandbox has no user to sign in." })
      yield* report.title(`A local Baanx runs at ${sandbox.baseUrl}. Signing in ${user.email}, step by step:`)
      const services = Baanx.layer({
        baseUrl: sandbox.baseUrl,
        clientKey: Redacted.make(sandbox.clientKey),
        secretKey: Redacted.make(sandbox.secretKey)
      }).pipe(Layer.provide(NodeHttpClient.layer()))
      yield* walk(
        {
          email: user.email,
          password: Redacted.make(user.password),
          otp: Effect.succeed(undefined),
          redirectUri: RedirectUri.make(sandbox.redirectUri)
        },
        report
      ).pipe(
        Effect.provide(services),
        Effect.mapError((error) => toOutcome(error, sandbox.baseUrl))
      )
      yield* report.done(`Signed in. \`${command}\` keeps a local Baanx running for your own program.`, {
        baseUrl: sandbox.baseUrl,
        email: user.email,
        stateVerified: true
      })
    }).pipe(
      Effect.provide(Sandbox.layer()),
      Effect.catchTag("SandboxStartError", (error) => new Refused({ tag: error._tag, message: error.message })),
      reporting(report)
    )
  )
