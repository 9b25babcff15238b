/**
 * `baanx authorize`: the four steps, or step 3 alone, against any Baanx.
 *
 * @since 0.1.0
 */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { AuthorizationGrant, Baanx, LoginToken, RedirectUri, SessionToken, State, TokenSet } from "@effect-baanx/oauth"
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { isOutcome, Misused, toOutcome } from "../Outcome.js"
import type { Report } from "../Report.js"
import { jsonOption, reportFor, reporting } from "../Reporting.js"
import { fileOption, optionalSecret, requiredSecret } from "../SecretInput.js"
import { authorize as authorizeStep, walk } from "../Walk.js"

const options = {
  baseUrl: Options.text("base-url").pipe(
    Options.withDescription("Where Baanx is"),
    Options.withFallbackConfig(Config.string("BAANX_BASE_URL")),
    Options.withDefault("https://dev.api.baanx.com")
  ),
  region: Options.choice("region", ["international", "us"] as const).pipe(
    Options.withDescription("Which backend serves the user"),
    Options.withFallbackConfig(Config.literal("international", "us")("BAANX_REGION")),
    Options.withDefault("international" as const)
  ),
  redirectUri: Options.text("redirect-uri").pipe(
    Options.withDescription("As it is registered with Baanx, to the letter"),
    Options.withFallbackConfig(Config.string("BAANX_REDIRECT_URI"))
  ),
  email: Options.text("email").pipe(
    Options.withDescription("Who signs in; not needed when BAANX_SESSION_TOKEN is set"),
    Options.withFallbackConfig(Config.string("BAANX_EMAIL")),
    Options.optional
  ),
  timeout: Options.text("timeout").pipe(
    Options.withDescription("How long a call may take, such as 10 seconds"),
    Options.withFallbackConfig(Config.string("BAANX_TIMEOUT")),
    Options.withDefault("10 seconds")
  ),
  clientKeyFile: fileOption("client-key-file", "the client key (or set BAANX_CLIENT_KEY)"),
  secretKeyFile: fileOption("secret-key-file", "the secret key (or set BAANX_SECRET_KEY)"),
  passwordFile: fileOption("password-file", "the password (or set BAANX_PASSWORD, or be asked)"),
  otpFile: fileOption("otp-file", "the one-time code (or set BAANX_OTP, or be asked)"),
  json: jsonOption,
  reveal: Options.boolean("reveal").pipe(
    Options.withDescription("With --json: the tokens in full, for a program that goes on with them")
  )
}

/** A secret of an earlier step, which only another program has. */
const handedOver = <A>(variable: string, schema: Schema.Schema<A, string>) =>
  Effect.orDie(
    Config.option(Config.map(Config.redacted(variable), (text) => Schema.decodeSync(schema)(Redacted.value(text))))
  )

/**
 * @since 0.1.0
 * @category commands
 */
export const authorize = Command.make("authorize", options, (given) =>
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
      }).pipe(Layer.provide(FetchHttpClient.layer))

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
).pipe(
  Command.withDescription(
    "Walk the four OAuth steps against any Baanx; with BAANX_SESSION_TOKEN, BAANX_LOGIN_TOKEN and BAANX_STATE set, step 3 alone"
  )
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
