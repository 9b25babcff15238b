/** The four steps, or step 3 alone, against any Baanx. */
import type * as Prompt from "@effect/cli/Prompt"
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Terminal from "@effect/platform/Terminal"
import { NodeHttpClient } from "@effect-baanx/node"
import {
  AuthorizationGrant,
  Baanx,
  LoginToken,
  RedirectUri,
  type Region,
  SessionToken,
  State,
  TokenSet
} from "@effect-baanx/oauth"
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { isOutcome, Misused, type Refused, toOutcome } from "./Outcome.js"
import type { Report } from "./Report.js"
import { reportFor, reporting } from "./Reporting.js"
import { optionalSecret, requiredSecret } from "./SecretInput.js"
import { authorize as authorizeStep, walk } from "./Walk.js"

export interface AuthorizeOptions {
  readonly baseUrl: string
  readonly region: Region
  readonly redirectUri: string
  readonly email: Option.Option<string>
  readonly timeout: string
  readonly clientKeyFile: Option.Option<string>
  readonly secretKeyFile: Option.Option<string>
  readonly passwordFile: Option.Option<string>
  readonly otpFile: Option.Option<string>
  readonly json: boolean
  readonly reveal: boolean
}

/** A secret of an earlier step, which only another program has. */
const handedOver = <A>(variable: string, schema: Schema.Schema<A, string>) =>
  Effect.orDie(
    Config.option(Config.map(Config.redacted(variable), (text) => Schema.decodeSync(schema)(Redacted.value(text))))
  )

export const runAuthorize = (
  given: AuthorizeOptions
): Effect.Effect<void, Refused | Misused | Terminal.QuitException, FileSystem.FileSystem | Prompt.Prompt.Environment> =>
  Effect.flatMap(reportFor(given.json), (report) =>
    Effect.gen(function* () {
      const askable = process.stdin.isTTY === true && !given.json
      const redirectUri = yield* Effect.mapError(
        Schema.decode(RedirectUri)(given.redirectUri),
        () =>
          new Misused({
            tag: "InvalidRedirectUri",
            message:
              "--redirect-uri is not a redirect URI: it has to be https, http on loopback or an app's own scheme, without fragment. Write it as it is registered with Baanx."
          })
      )
      const timeout = Duration.decodeUnknown(given.timeout)
      if (Option.isNone(timeout)) {
        return yield* new Misused({
          tag: "InvalidTimeout",
          message: "--timeout is not a duration: write it as 10 seconds or 1500 millis."
        })
      }
      const clientKey = yield* requiredSecret(
        {
          variable: "BAANX_CLIENT_KEY",
          flag: "client-key-file",
          question: "The client key",
          file: given.clientKeyFile
        },
        askable
      )
      const secretKey = yield* optionalSecret(
        { variable: "BAANX_SECRET_KEY", flag: "secret-key-file", question: "", file: given.secretKeyFile },
        false
      )
      const services = Baanx.layer({
        baseUrl: given.baseUrl,
        clientKey,
        secretKey: Option.getOrUndefined(secretKey),
        region: given.region,
        timeout: timeout.value
      }).pipe(Layer.provide(NodeHttpClient.layer()))

      yield* report.title(`Authorizing with Baanx at ${given.baseUrl}, step by step:`)
      const sessionToken = yield* handedOver("BAANX_SESSION_TOKEN", SessionToken)
      const revealed = yield* Effect.gen(function* () {
        return Option.isSome(sessionToken)
          ? yield* stepThree(sessionToken.value, redirectUri, report)
          : yield* allSteps(given, redirectUri, askable, report)
      }).pipe(
        Effect.provide(services),
        Effect.mapError((error) =>
          isOutcome(error) || error._tag === "QuitException" ? error : toOutcome(error, given.baseUrl)
        )
      )
      yield* report.done("Done.", { baseUrl: given.baseUrl, stateVerified: true, ...(given.reveal && revealed) })
    }).pipe(reporting(report))
  )

/** Step 3 with what another program got from steps 1 and 2. */
const stepThree = (sessionToken: SessionToken, redirectUri: RedirectUri, report: Report) =>
  Effect.gen(function* () {
    const loginToken = yield* handedOver("BAANX_LOGIN_TOKEN", LoginToken)
    const expectedState = yield* handedOver("BAANX_STATE", State)
    if (Option.isNone(expectedState)) {
      return yield* new Misused({
        tag: "MissingSecret",
        message: "BAANX_SESSION_TOKEN is set, but BAANX_STATE is not. Set it to the state that step 1 was started with."
      })
    }
    const request = {
      sessionToken,
      loginToken: Option.getOrUndefined(loginToken),
      expectedState: expectedState.value,
      redirectUri
    }
    return Schema.encodeSync(AuthorizationGrant)(yield* authorizeStep(request, report))
  })

const allSteps = (
  given: {
    readonly email: Option.Option<string>
    readonly passwordFile: Option.Option<string>
    readonly otpFile: Option.Option<string>
  },
  redirectUri: RedirectUri,
  askable: boolean,
  report: Report
) =>
  Effect.gen(function* () {
    if (Option.isNone(given.email)) {
      return yield* new Misused({ tag: "MissingEmail", message: "Nobody to sign in. Pass --email or set BAANX_EMAIL." })
    }
    const password = yield* requiredSecret(
      { variable: "BAANX_PASSWORD", flag: "password-file", question: "The password", file: given.passwordFile },
      askable
    )
    const otp = optionalSecret(
      { variable: "BAANX_OTP", flag: "otp-file", question: "The one-time code that was sent", file: given.otpFile },
      askable
    )
    const walkOptions = { email: given.email.value, password, otp: Effect.map(otp, Option.getOrUndefined), redirectUri }
    return Schema.encodeSync(TokenSet)(yield* walk(walkOptions, report))
  })
