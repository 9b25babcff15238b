/**
 * Checks that a user is sent only to a path of this backend after a sign-in.
 *
 * @since 0.1.0
 */

/** The cookie of a sign-in holds the path, and a header holds several cookies. */
const maxLength = 512

/** No character that a URL parser drops or rewrites, and none that is not allowed in a header. */
const plain = /^[!-[\]-~]*$/

// oxlint-disable-next-line no-control-regex
const unsafe = /[\u0000-\u001f\\\u007f-\u009f]/

/** Whether some parser takes a path for a host or for two paths, possibly after decoding it once or more. */
const isAmbiguous = (path: string): boolean => {
  if (path.startsWith("//") || unsafe.test(path)) return true
  let decoded = path
  try {
    decoded = decodeURIComponent(path)
  } catch {
    // It cannot be decoded any further.
  }
  return decoded !== path && isAmbiguous(decoded)
}

const nowhere = "http://return-to.invalid"

/**
 * The path with its query and fragment, if every parser agrees that it leads to this origin: it begins with one slash,
 * has no backslash or control character, literal or percent-encoded, no literal space or non-ASCII letter, and at most
 * 512 characters. Otherwise `undefined`.
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
