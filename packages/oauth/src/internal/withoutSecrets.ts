/** Baanx's words, made safe for an error that may be printed anywhere. */

/** A run of the characters that tokens consist of; if it has a digit or is very long, it is not a word. */
const run = /[A-Za-z0-9+/=_~.-]{16,}/g

/** As UTF-8 encodes it: half a surrogate pair, which a password may have, becomes U+FFFD. */
const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, "\ufffd")

/** The encodings that a secret might come back in. */
const formsOf = (secret: string): ReadonlyArray<string> => {
  const sent = wellFormed(secret)
  return [secret, sent, encodeURIComponent(sent), JSON.stringify(secret).slice(1, -1)]
}

/**
 * Removes what was sent in this call, and cuts the text at 200 characters. Only for long random secrets: what a user
 * typed may come back in a spelling that nobody foresees.
 */
export const withoutSecrets = (text: string, secrets: ReadonlyArray<string>): string => {
  let result = text
  // The longest first: a shorter one may be a part of it, and would leave the rest in place.
  const forms = secrets.flatMap((secret) => (secret === "" ? [] : formsOf(secret)))
  for (const form of forms.sort((one, other) => other.length - one.length)) {
    result = result.replaceAll(form, "<redacted>")
  }
  return result
    .replace(run, (text) => (text.length >= 40 || /\d/.test(text) ? "<redacted>" : text))
    .replace(/[\p{C}\p{Z}]+/gu, " ")
    .slice(0, 200)
    .replace(/\p{Surrogate}$/u, "")
}
