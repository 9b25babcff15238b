/**
 * Where a user may be sent after a sign-in: a path of this backend, and nowhere else.
 *
 * @since 0.1.0
 */

/** A cookie holds it for each sign-in, and a header holds several cookies. */
const maxLength = 512

/** No character that a URL parser drops or rewrites, and none that a header must not carry. */
const plain = /^[!-[\]-~]*$/

// oxlint-disable-next-line no-control-regex
const unsafe = /[\u0000-\u001f\\\u007f-\u009f]/

/** Whether some reader of a path takes it for a host, or for two paths, also after decoding it once or more. */
const isAmbiguous = (path: string): boolean => {
  if (path.startsWith("//") || unsafe.test(path)) return true
  let decoded = path
  try {
    decoded = decodeURIComponent(path)
  } catch {
    // Nobody decodes it any further.
  }
  return decoded !== path && isAmbiguous(decoded)
}

const nowhere = "http://return-to.invalid"

/**
 * The path with its query and fragment, if it leads to this origin whoever reads it: it begins with one slash, has no
 * backslash or control character, neither as it is nor percent-encoded, no space or letter beyond ASCII as it is, and 512
 * characters at the most. Otherwise `undefined`.
 *
 * @since 0.1.0
 * @category guards
 */
export const localPath = (text: string): string | undefined => {
  if (!text.startsWith("/") || text.length > maxLength || !plain.test(text) || !URL.canParse(text, nowhere)) {
    return undefined
  }
  const url = new URL(text, nowhere)
  return url.origin === nowhere && !isAmbiguous(url.pathname) && !isAmbiguous(text.replace(/[?#].*/, ""))
    ? text
    : undefined
}
