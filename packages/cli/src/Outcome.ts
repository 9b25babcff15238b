/** How a command ends, and the exit status that says so. */
import * as Data from "effect/Data"
import { namesOf, namesOfSetting, withFlags } from "./Setting.js"

/** Baanx, the network or the sandbox said no. Exit status 1. */
export class Refused extends Data.TaggedError("Refused")<{ readonly tag: string; readonly message: string }> {}

/** A flag, a variable or a file cannot be used. Exit status 2. */
export class Misused extends Data.TaggedError("Misused")<{ readonly tag: string; readonly message: string }> {}

/** What only this command can add to the sentence of an error. */
const additions: Readonly<Record<string, string>> = {
  InvalidCredentialsError: `Check ${namesOf("BAANX_EMAIL")} and ${namesOf("BAANX_PASSWORD")}.`
}

/** Either of them, from an error of the module: its own sentence, with the flags, and what only this command can add. */
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
        "The user has to enter a one-time code, which was sent. Set BAANX_OTP or pass --otp-file, and run this again."
    })
  }
  if (error._tag === "TransportError" && error.reason === "Connect") {
    const next = baseUrl.startsWith("http:")
      ? `Start a local Baanx with \`baanx sandbox\`, or give its URL as ${namesOf("BAANX_BASE_URL")}.`
      : `Check ${namesOf("BAANX_BASE_URL")} and the network.`
    return new Refused({ tag: error._tag, message: `Nobody answers at ${baseUrl}. ${next}` })
  }
  const addition = additions[error._tag]
  return new Refused({
    tag: error._tag,
    message: withFlags(error.message) + (addition === undefined ? "" : ` ${addition}`)
  })
}

export const isOutcome = (error: { readonly _tag: string }): error is Refused | Misused =>
  error._tag === "Refused" || error._tag === "Misused"
