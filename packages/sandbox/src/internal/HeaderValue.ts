/** What is sent in a header has to be what a header can carry: otherwise the server fails when the request comes. */
import * as Schema from "effect/Schema"

/** A field value of RFC 9110 section 5.5 that is not empty. Blanks at its ends would not arrive. */
export const HeaderValue = Schema.String.pipe(
  Schema.pattern(/^[!-~\u0080-\u00ff](?:[\t -~\u0080-\u00ff]*[!-~\u0080-\u00ff])?$/, {
    message: () =>
      "expected what a header can carry: no line break or other control character, no character beyond ISO 8859-1, no blank at an end, and not empty"
  })
)
