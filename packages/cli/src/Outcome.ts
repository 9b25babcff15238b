/** How a command ends, and the exit status that says so: 0 done, 1 refused, 2 misused. */
import * as Data from "effect/Data"

/** Baanx, the network or the sandbox said no. Exit status 1. */
export class Refused extends Data.TaggedError("Refused")<{ readonly tag: string; readonly message: string }> {}

/** A flag, a variable or a file cannot be used. Exit status 2. */
export class Misused extends Data.TaggedError("Misused")<{ readonly tag: string; readonly message: string }> {}

/** Either of them, from an error of the module: its own sentence, and what only this command can add. */
export const toOutcome = (
  error: { readonly _tag: string; readonly message: string; readonly reason?: unknown },
  baseUrl: string
): Refused | Misused => {
  if (error._tag === "InvalidConfigError") return new Misused({ tag: error._tag, message: error.message })
  if (error._tag === "OtpRequiredError") {
    return new Refused({
      tag: error._tag,
      message:
        "The user has to enter a one-time code, which was sent. Set BAANX_OTP or pass --otp-file, and run this again."
    })
  }
  if (error._tag === "TransportError" && error.reason === "Connect") {
    const next = baseUrl.startsWith("http:")
      ? "Start a local Baanx with `baanx sandbox`, or pass its --base-url."
      : "Check --base-url and the network."
    return new Refused({ tag: error._tag, message: `Nobody answers at ${baseUrl}. ${next}` })
  }
  return new Refused({ tag: error._tag, message: error.message })
}

export const isOutcome = (error: { readonly _tag: string }): error is Refused | Misused =>
  error._tag === "Refused" || error._tag === "Misused"
