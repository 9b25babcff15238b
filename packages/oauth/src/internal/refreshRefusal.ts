/**
 * Classifies a refused refresh by one table: the session is over, the client or the request was refused, or Baanx
 * cannot refresh right now. A response about anything but the user's token signs nobody out.
 */
import { type HttpError, InvalidGrantError, type InvalidTokenError, type MissingTokenError } from "../BaanxError.js"
import { isInvalidGrant } from "./invalidGrant.js"
import { noReason } from "./refusal.js"

/**
 * - `Grant`: Baanx says that the refresh token is dead. The session is over.
 * - `Refused`: Baanx refuses with 400, 401 or 403 in its own words and names no other reason. The session is over.
 * - `Client`: the key or the client is refused. Every user would get the same response.
 * - `Request`: the form or the path of the request is refused.
 * - `Moment`: Baanx or something in front of it cannot respond now, or gives no reason.
 */
type Verdict = "Grant" | "Refused" | "Client" | "Request" | "Moment"

interface Refusal {
  /** From the body, or else the status, `"unauthorized"` or `"forbidden"`. */
  readonly code: string
  readonly description: string
  readonly status: number | undefined
}

const says =
  (words: RegExp) =>
  ({ code, description }: Refusal): boolean =>
    words.test(code) || words.test(description)

/** The first row that matches decides. */
const table: ReadonlyArray<readonly [verdict: Verdict, fits: (refusal: Refusal) => boolean]> = [
  // RFC 6749 section 5.2. Servers spell it in any case and send it with any status.
  ["Grant", isInvalidGrant],
  // 498 and 499, RFC 6749's own codes, and gateways that want a key.
  ["Client", ({ code }) => /^(?:invalid|missing|unauthorized)_client/i.test(code)],
  ["Client", says(/(?<![a-z])(?:client|api|subscription|consumer)[ _-]?(?:key|id|secret|token|credentials)\b/i)],
  ["Client", says(/(?:client|full) authentication|\bcredentials\b|cannot consume|\bip address\b/i)],
  // From AWS, about the credentials that the gateway itself signs with.
  ["Client", says(/security token included in the request/i)],
  // RFC 6750's invalid_token, OpenID's login_required, and the words of servers that follow neither.
  [
    "Grant",
    says(/\b(?:token|session|grant)\b.*\b(?:invalid|expired|revoked|unknown|not found|inactive|not active|used)\b/i)
  ],
  ["Grant", says(/(?:invalid|expired|revoked|unknown|inactive|bad)[ _](?:refresh[ _])?(?:token|session|grant)\b/i)],
  ["Grant", says(/token_?(?:invalid|expired|revoked)|jwt expired|(?:login|consent|interaction)_required/i)],
  // A page of a gateway, an empty body, or a list: not Baanx's words.
  ["Moment", ({ description }) => description === noReason],
  // From a server that is busy or down, whatever its status.
  ["Moment", says(/too many|rate.?limit|throttl|try again|temporar|unavailable|maintenance|overload|timed?[ -]?out/i)],
  ["Moment", says(/(?:rate|limit) (?:is |was |has been )?(?:exceeded|reached)|\bquota\b/i)],
  ["Moment", says(/^(?:server_error|slow_down|internal.*error)$/i)],
  // Validation errors name fields, not their values.
  [
    "Request",
    says(/(?:field|property|parameter|"[^"]*") (?:is )?(?:not allowed|required)|required (?:field|property|parameter)/i)
  ],
  ["Request", says(/\bmissing\b|validation|parameter|unsupported|content.?type|bad request|json|syntax/i)],
  ["Request", says(/\bmust (?:be (?!logged|signed|auth)|not|have|match)|should not be empty|required pattern/i)],
  ["Request", says(/expected \w+, received/i)],
  ["Request", says(/^invalid (?:value|input|body|request|argument)/i)],
  ["Grant", says(/refresh.?token/i)],
  ["Client", says(/\bclient\b/i)],
  ["Request", ({ code }) => /^(?:invalid_request|invalid_scope|unsupported_.*)$/i.test(code)],
  ["Request", ({ status = 400 }) => status < 400 || status > 403],
  // What is left is about neither the client nor the request.
  ["Refused", () => true]
]

type RefreshError = HttpError | MissingTokenError | InvalidTokenError

const verdictOf = (error: RefreshError): Verdict => {
  const refusal = {
    code: "code" in error ? error.code : "",
    description: "description" in error ? error.description : noReason,
    status: "status" in error ? error.status : undefined
  }
  return table.find(([, fits]) => fits(refusal))?.[0] ?? "Moment"
}

export const toRefusedGrant = (error: HttpError): HttpError | InvalidGrantError =>
  "description" in error && verdictOf(error) === "Grant"
    ? new InvalidGrantError({ operation: error.operation, description: error.description })
    : error

/** Whether a refresh was refused without mentioning the token, the client or the request: that ends the session too. */
export const isRefusedGrant = (error: RefreshError): boolean => verdictOf(error) === "Refused"
