/** `baanx authorize`. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import { jsonOption } from "../JsonOption.js"

const fileOption = (flag: string, what: string) =>
  Options.file(flag).pipe(Options.withDescription(`A file with ${what}`), Options.optional)

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

export const authorizeCommand = Command.make("authorize", options, (given) =>
  Effect.flatMap(
    Effect.promise(() => import("../Authorize.js")),
    ({ runAuthorize }) => runAuthorize(given)
  )
).pipe(
  Command.withDescription(
    "Walk the four OAuth steps against any Baanx; with BAANX_SESSION_TOKEN, BAANX_LOGIN_TOKEN and BAANX_STATE set, step 3 alone"
  )
)
