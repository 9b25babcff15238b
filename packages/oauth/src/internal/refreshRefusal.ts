/**
 * What a refused refresh says, by one table: whether the session is over, or the client, the request or the moment was
 * refused. Nobody is signed out by a response that does not speak of their token.
 */
import { type HttpError, InvalidGrantError, type InvalidTokenError, type MissingTokenError } from "../BaanxError.js"
import { isInvalidGrant } from "./invalidGrant.js"
import { noReason } from "./refusal.js"

/**
 * - `Grant`: the refresh token is dead, in so many words. The session is over.
 * - `Refused`: Baanx refuses with 400, 401 or 403 in its own words and names no other reason. The session is over.
 * - `Client`: the key or the client is refused. Every user would get the same response.
 * - `Request`: the form of the request is refused, or the path.
 * - `Moment`: Baanx or something before it cannot respond now, or says nothing.
 */
type Verdict = "Grant" | "Refused" | "Client" | "Request" | "Moment"

interface Refusal {
  /** Of the body, or else the status, `"unauthorized"` or `"forbidden"`. */
  readonly code: string
  readonly description: string
  readonly status: number | undefined
}

const says =
  (words: RegExp) =>
  ({ code, description }: Refusal): boolean =>
    words.test(code) || words.test(description)

/** The first row that fits decides. */
const table: ReadonlyArray<readonly [verdict: Verdict, fits: (refusal: Refusal) => boolean]> = [
  // RFC 6749 section 5.2. Servers spell it in any case and send it with any status.
  ["Grant", isInvalidGrant],
  // 498 and 499, RFC 6749's own codes, and gateways that want a key.
  ["Client", ({ code }) => /^(?:invalid|missing|unauthorized)_client/i.test(code)],
  ["Client", says(/(?<![a-z])(?:client|api|subscription|consumer)[ _-]?(?:key|id|secret|token|credentials)\b/i)],
  ["Client", says(/(?:client|full) authentication|\bcredentials\b|cannot consume|\bip address\b/i)],
  // AWS, of what the gateway itself signs with.
  ["Client", says(/security token included in the request/i)],
  // RFC 6750's invalid_token, OpenID's login_required, and the words of servers that follow neither.
  [
    "Grant",
    says(/\b(?:token|session|grant)\b.*\b(?:invalid|expired|revoked|unknown|not found|inactive|not active|used)\b/i)
  ],
  ["Grant", says(/(?:invalid|expired|revoked|unknown|inactive|bad)[ _](?:refresh[ _])?(?:token|session|grant)\b/i)],
  ["Grant", says(/token_?(?:invalid|expired|revoked)|jwt expired|(?:login|consent|interaction)_required/i)],
  // A page of a gateway, an empty body, a list: no words of Baanx.
  ["Moment", ({ description }) => description === noReason],
  // Of a server that is busy or down, whatever its status.
  ["Moment", says(/too many|rate.?limit|throttl|try again|temporar|unavailable|maintenance|overload|timed?[ -]?out/i)],
  ["Moment", says(/(?:rate|limit) (?:is |was |has been )?(?:exceeded|reached)|\bquota\b/i)],
  ["Moment", says(/^(?:server_error|slow_down|internal.*error)$/i)],
  // Validation speaks of fields, not of what stands in them.
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
  // What is left speaks of neither client nor request.
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

/** Whether a refresh was refused without words on the token, the client or the request: that ends the session too. */
export const isRefusedGrant = (error: RefreshError): boolean => verdictOf(error) === "Refused"
