/** Text that can be sent in a header, checked early so that the server does not fail when a request comes. */
import * as Schema from "effect/Schema"

/** A field value of RFC 9110 section 5.5 that is not empty. Spaces at either end would be lost. */
export const HeaderValue = Schema.String.pipe(
  Schema.pattern(/^[!-~\u0080-\u00ff](?:[\t -~\u0080-\u00ff]*[!-~\u0080-\u00ff])?$/, {
    message: () =>
      "expected a value that is allowed in a header: no line break or other control character, no character beyond ISO 8859-1, no space at either end, and not empty"
  })
)
