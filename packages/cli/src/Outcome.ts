/** The ways in which a command fails, and their exit statuses. */
import * as Data from "effect/Data"
import { namesOf, namesOfSetting, type Variable, withFlags } from "./Setting.js"

/** Baanx, the network or the sandbox refused. Exit status 1. */
export class Refused extends Data.TaggedError("Refused")<{ readonly tag: string; readonly message: string }> {}

/** A flag, a variable or a file cannot be used. Exit status 2. */
export class Misused extends Data.TaggedError("Misused")<{ readonly tag: string; readonly message: string }> {}

/** The settings to check, by the tag and the message of an error. */
const suspects: ReadonlyArray<readonly [error: RegExp, variables: readonly [Variable, ...Array<Variable>]]> = [
  [/^InvalidCredentialsError/, ["BAANX_EMAIL", "BAANX_PASSWORD"]],
  [/^InvalidOtpError/, ["BAANX_OTP"]],
  [/^(?:RedirectMismatchError|.*redirect_uri)/, ["BAANX_REDIRECT_URI"]],
  [/^.*(?:secret key|invalid_client)/i, ["BAANX_SECRET_KEY"]]
]

const hint = (error: { readonly _tag: string; readonly message: string }): string => {
  const [, variables] = suspects.find(([pattern]) => pattern.test(`${error._tag} ${error.message}`)) ?? []
  return variables === undefined ? "" : ` Check ${variables.map(namesOf).join(" and ")}.`
}

/**
 * Turns an error of `@effect-baanx/oauth` into a `Refused` or a `Misused`: its own message, with the flags, and what
 * only this command can add.
 */
export const toOutcome = (
  error: { readonly _tag: string; readonly message: string; readonly reason?: unknown; readonly setting?: string },
  baseUrl: string
): Refused | Misused => {
  if (error._tag === "InvalidConfigError") {
    const names = error.setting === undefined ? undefined : namesOfSetting(error.setting)
    return new Misused({
      tag: error._tag,
      message: withFlags(error.message) + (names === undefined ? "" : ` Check ${names}.`)
    })
  }
  if (error._tag === "OtpRequiredError") {
    return new Refused({
      tag: error._tag,
      message:
        "The user has to enter the one-time code that was sent. Set BAANX_OTP or pass --otp-file, and run this again."
    })
  }
  if (error._tag === "TransportError" && error.reason === "Connect") {
    const next = baseUrl.startsWith("http:")
      ? `Start a local Baanx with \`baanx sandbox\`, or give its URL as ${namesOf("BAANX_BASE_URL")}.`
      : `Check ${namesOf("BAANX_BASE_URL")} and the network.`
    return new Refused({ tag: error._tag, message: `Cannot connect to ${baseUrl}. ${next}` })
  }
  return new Refused({ tag: error._tag, message: withFlags(error.message) + hint(error) })
}

export const isOutcome = (error: { readonly _tag: string }): error is Refused | Misused =>
  error._tag === "Refused" || error._tag === "Misused"
