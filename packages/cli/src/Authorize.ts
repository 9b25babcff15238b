/** Runs the four steps, or only step 3, against any Baanx. */
import type * as Prompt from "@effect/cli/Prompt"
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Terminal from "@effect/platform/Terminal"
import { NodeHttpClient } from "@effect-baanx/node"
import {
  AuthorizationGrant,
  Baanx,
  LoginToken,
  RedirectUri,
  Region,
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
import { flagOf, missing, settingOf, type Variable } from "./Setting.js"
import { authorize as authorizeStep, walk } from "./Walk.js"

export interface AuthorizeOptions {
  readonly baseUrl: Option.Option<string>
  readonly region: Option.Option<string>
  readonly redirectUri: Option.Option<string>
  readonly email: Option.Option<string>
  readonly timeout: Option.Option<string>
  readonly clientKeyFile: Option.Option<string>
  readonly secretKeyFile: Option.Option<string>
  readonly passwordFile: Option.Option<string>
  readonly otpFile: Option.Option<string>
  readonly proxyFromEnvironment: boolean
  readonly json: boolean
  readonly reveal: boolean
}

/** The decoded value of a setting; if it is invalid, the error names its flag and its variable. */
const settingAs = <A>(
  variable: Variable,
  flag: Option.Option<string>,
  decode: (text: string) => Option.Option<A>,
  otherwise: { readonly tag: string; readonly why: string }
): Effect.Effect<Option.Option<A>, Misused> =>
  Effect.flatMap(settingOf(variable, flag), (text) => {
    const value = Option.flatMap(text, decode)
    return Option.isSome(text) && Option.isNone(value)
      ? new Misused({
          tag: otherwise.tag,
          message: `--${flagOf(variable)} ${otherwise.why} Correct the flag or ${variable}.`
        })
      : Effect.succeed(value)
  })

const httpClient = (proxyFromEnvironment: boolean) =>
  Layer.catchAll(NodeHttpClient.layer({ proxyFromEnvironment }), () =>
    Layer.fail(
      new Misused({
        tag: "InvalidProxy",
        message: "HTTPS_PROXY or HTTP_PROXY is not the URL of a proxy. Write it as http://host:port."
      })
    )
  )

/** A secret from an earlier step, which another program passes in a variable. */
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
      const baseUrl = Option.getOrElse(
        yield* settingOf("BAANX_BASE_URL", given.baseUrl),
        () => "https://dev.api.baanx.com"
      )
      const region = yield* settingAs("BAANX_REGION", given.region, Schema.decodeUnknownOption(Region), {
        tag: "InvalidRegion",
        why: "is not a region: write international or us."
      })
      const redirectUri = yield* settingAs(
        "BAANX_REDIRECT_URI",
        given.redirectUri,
        Schema.decodeUnknownOption(RedirectUri),
        {
          tag: "InvalidRedirectUri",
          why: "is not a redirect URI: it must be https, http on loopback or an app's own scheme, without a fragment, exactly as registered with Baanx."
        }
      )
      if (Option.isNone(redirectUri)) {
        return yield* new Misused({
          tag: "MissingRedirectUri",
          message: missing("The redirect URI", "BAANX_REDIRECT_URI")
        })
      }
      const timeout = yield* settingAs("BAANX_TIMEOUT", given.timeout, Duration.decodeUnknown, {
        tag: "InvalidTimeout",
        why: "is not a duration: write it as 10 seconds or 1500 millis."
      })
      const clientKey = yield* requiredSecret(
        { variable: "BAANX_CLIENT_KEY", question: "The client key", file: given.clientKeyFile },
        askable
      )
      const secretKey = yield* optionalSecret(
        { variable: "BAANX_SECRET_KEY", question: "", file: given.secretKeyFile },
        false
      )
      const services = Baanx.layer({
        baseUrl,
        clientKey,
        secretKey: Option.getOrUndefined(secretKey),
        region: Option.getOrUndefined(region),
        timeout: Option.getOrElse(timeout, () => "10 seconds")
      }).pipe(Layer.provide(httpClient(given.proxyFromEnvironment)))

      yield* report.title(`Authorizing with Baanx at ${baseUrl}, step by step:`)
      const sessionToken = yield* handedOver("BAANX_SESSION_TOKEN", SessionToken)
      const revealed = yield* Effect.gen(function* () {
        return Option.isSome(sessionToken)
          ? yield* stepThree(sessionToken.value, redirectUri.value, report)
          : yield* allSteps(given, redirectUri.value, askable, report)
      }).pipe(
        Effect.provide(services),
        Effect.mapError((error) =>
          isOutcome(error) || error._tag === "QuitException" ? error : toOutcome(error, baseUrl)
        )
      )
      yield* report.done("Done.", { baseUrl, stateVerified: true, ...(given.reveal && revealed) })
    }).pipe(reporting(report))
  )

/** Step 3, with the results of steps 1 and 2 from another program. */
const stepThree = (sessionToken: SessionToken, redirectUri: RedirectUri, report: Report) =>
  Effect.gen(function* () {
    const loginToken = yield* handedOver("BAANX_LOGIN_TOKEN", LoginToken)
    const expectedState = yield* handedOver("BAANX_STATE", State)
    if (Option.isNone(expectedState)) {
      return yield* new Misused({
        tag: "MissingSecret",
        message: "BAANX_SESSION_TOKEN is set, but BAANX_STATE is not. Set it to the state that step 1 sent."
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
    const email = yield* settingOf("BAANX_EMAIL", given.email)
    if (Option.isNone(email)) {
      return yield* new Misused({ tag: "MissingEmail", message: missing("The user's email", "BAANX_EMAIL") })
    }
    const password = yield* requiredSecret(
      { variable: "BAANX_PASSWORD", question: "The password", file: given.passwordFile },
      askable
    )
    const otp = optionalSecret(
      { variable: "BAANX_OTP", question: "The one-time code that was sent", file: given.otpFile },
      askable
    )
    const walkOptions = { email: email.value, password, otp: Effect.map(otp, Option.getOrUndefined), redirectUri }
    return Schema.encodeSync(TokenSet)(yield* walk(walkOptions, report))
  })
