/** Baanx's words, made safe for an error that may be printed anywhere. */

/** A run of the characters that tokens are made of; with a digit in it or very long, it is not a word. */
const run = /[A-Za-z0-9+/=_~.-]{16,}/g

/** As UTF-8 carries it: half a surrogate pair, which a password may have, becomes U+FFFD. */
const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, "\ufffd")

/** The encodings that a secret might come back in. */
const formsOf = (secret: string): ReadonlyArray<string> => {
  const sent = wellFormed(secret)
  return [secret, sent, encodeURIComponent(sent), JSON.stringify(secret).slice(1, -1)]
}

/** Whether a text repeats a secret, one that is long enough not to stand there by chance. */
export const repeats = (text: string, secret: string): boolean =>
  secret.length >= 8 && formsOf(secret).some((form) => text.includes(form))

/** Without what was sent in this call; cut at 200 characters. */
export const withoutSecrets = (text: string, secrets: ReadonlyArray<string>): string => {
  let result = text
  for (const secret of secrets) {
    if (secret === "") continue
    for (const form of formsOf(secret)) result = result.replaceAll(form, "<redacted>")
  }
  return result
    .replace(run, (text) => (text.length >= 40 || /\d/.test(text) ? "<redacted>" : text))
    .replace(/[\p{C}\p{Z}]+/gu, " ")
    .slice(0, 200)
    .replace(/\p{Surrogate}$/u, "")
}
