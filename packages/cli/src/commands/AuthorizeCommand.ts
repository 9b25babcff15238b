/** `baanx authorize`. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { choose } from "../Chosen.js"
import { jsonOption } from "../JsonOption.js"
import { described, secretFileOption, settingOption } from "../Setting.js"

const options = {
  baseUrl: settingOption("BAANX_BASE_URL", "The base URL of Baanx", "https://dev.api.baanx.com"),
  region: settingOption("BAANX_REGION", "Which backend serves the user, international or us", "international"),
  redirectUri: settingOption(
    "BAANX_REDIRECT_URI",
    "The redirect URI, exactly as registered with Baanx",
    "none, it is required"
  ),
  email: settingOption("BAANX_EMAIL", "The user's email", "none, required unless BAANX_SESSION_TOKEN is set"),
  timeout: settingOption("BAANX_TIMEOUT", "How long a call may take", "10 seconds"),
  clientKeyFile: secretFileOption("BAANX_CLIENT_KEY", "A file with the client key", "you are asked"),
  secretKeyFile: secretFileOption("BAANX_SECRET_KEY", "A file with the secret key", "none is sent"),
  passwordFile: secretFileOption("BAANX_PASSWORD", "A file with the password", "you are asked"),
  otpFile: secretFileOption("BAANX_OTP", "A file with the one-time code", "you are asked, if Baanx requires one"),
  proxyFromEnvironment: Options.boolean("proxy-from-environment").pipe(
    Options.withDescription(
      described("Use the proxy in HTTPS_PROXY or HTTP_PROXY, except for the hosts in NO_PROXY", undefined, "no proxy")
    )
  ),
  json: jsonOption,
  reveal: Options.boolean("reveal").pipe(
    Options.withDescription(
      described("With --json: the tokens in full, for a program that uses them", undefined, "no token is shown")
    )
  )
}

export const authorizeCommand = Command.make("authorize", options, (given) =>
  choose(
    Effect.flatMap(
      Effect.promise(() => import("../Authorize.js")),
      ({ runAuthorize }) => runAuthorize(given)
    )
  )
).pipe(
  Command.withDescription(
    "Walk the four OAuth steps against any Baanx; with BAANX_SESSION_TOKEN, BAANX_LOGIN_TOKEN and BAANX_STATE set, only step 3"
  )
)
