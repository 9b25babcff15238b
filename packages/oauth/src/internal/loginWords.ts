/**
 * The sentences of Baanx that a login error may show, and what each of them means. A server may repeat a password in
 * any spelling, so its own text is never shown, only sentences from this list.
 */
import type { WordReader } from "./wordReader.js"

/** `undefined` for a sentence that says no more than the status. */
export type Meaning = "Disabled" | "Locked" | "Credentials" | "Otp" | "Client" | undefined

interface Sentence {
  readonly sentence: string
  readonly meaning: Meaning
  readonly isIn: (text: string) => boolean
}

const sentence = (meaning: Meaning, sentence: string, pattern?: RegExp): Sentence => {
  const lowerCase = sentence.toLowerCase()
  const isIn = (text: string) => pattern?.test(text) ?? text.toLowerCase().replace(/[\s.!]+$/, "") === lowerCase
  return { sentence, meaning, isIn }
}

/** From Baanx's documentation and what public clients have seen. The first match is shown. */
const catalogue: ReadonlyArray<Sentence> = [
  sentence("Disabled", "Your account has been disabled. Please contact support.", /account has been disabled/i),
  sentence("Locked", "This account is temporarily disabled", /account is temporarily disabled/i),
  sentence("Locked", "Account locked", /account (?:is |has been )?locked/i),
  sentence("Locked", "Too many failed attempts", /too many failed/i),
  sentence(
    "Credentials",
    "Incorrect email or password",
    /(?:incorrect|invalid|wrong) (?:e-?mail(?: address)?|user ?name) (?:or|and) password|invalid credentials/i
  ),
  sentence("Client", "Invalid client key", /invalid client key/i),
  sentence("Client", "Missing client key", /missing client key/i),
  sentence("Otp", "Invalid OTP code", /\botp\b|one-time (?:pass)?code|verification code/i),
  sentence(undefined, "Too many requests, please try again later", /too many requests/i),
  sentence(undefined, "user has no phone number", /no phone number/i),
  sentence(undefined, "Account has not been verified", /account has not been verified/i),
  sentence(undefined, "Validation error", /validation error/i),
  ...["email", "password", "otpCode", "userId"].flatMap((field) => [
    sentence(undefined, `${field} field is not allowed`),
    sentence(undefined, `${field} is required`),
    sentence(undefined, `${field} is not valid`),
    sentence(undefined, `Missing required parameter: ${field}`)
  ]),
  ...["Unauthorized", "Forbidden", "Not authenticated", "Not authorized", "Internal server error", "Not Found"].map(
    (text) => sentence(undefined, text)
  ),
  // Codes: RFC 6749 section 5.2, and one of Baanx's.
  ...["invalid_client", "unauthorized_client"].map((code) => sentence("Client", code)),
  ...["invalid_request", "invalid_grant", "access_denied", "USER_NOT_VERIFIED"].map((code) => sentence(undefined, code))
]

const meanings = new Map(catalogue.map(({ meaning, sentence }) => [sentence, meaning]))

/** What one of the sentences means. */
export const meaningOf = (sentence: string): Meaning => meanings.get(sentence)

/** The statuses with which clients have seen wrong credentials and codes. */
const ofWords: ReadonlySet<number> = new Set([400, 401, 403, 404, 422])

export const loginWords: WordReader = {
  shown: (text) => catalogue.find(({ isIn }) => isIn(text))?.sentence ?? "Baanx gave a reason that is not shown",
  decides: (description, status) => {
    const meaning = meaningOf(description)
    return meaning === "Disabled" || meaning === "Locked" || (meaning !== undefined && ofWords.has(status))
  }
}
