/**
 * What a test may break on purpose.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { HeaderValue } from "./internal/HeaderValue.js"
import { SandboxFaultName } from "./SandboxFaultName.js"

const Count = Schema.Int.pipe(Schema.between(1, 1_000_000))
const Millis = Schema.Number.pipe(Schema.between(0, 600_000))

const armed = {
  /** The endpoint's name in the contract, such as `authorize`; absent for any. */
  step: Schema.optional(Schema.NonEmptyString),
  /** How many requests it befalls. */
  times: Schema.optionalWith(Count, { default: () => 1 })
}

/**
 * A fault with a name for its kind. It waits for a request that the sandbox lets through to the endpoint and that the fault
 * is about, such as a refresh that succeeds. The same request may meet a fault of another kind as well.
 *
 * @since 0.1.0
 * @category schemas
 */
export const NamedSandboxFault = Schema.Struct({ ...armed, kind: SandboxFaultName })
export type NamedSandboxFault = typeof NamedSandboxFault.Type

/**
 * A fault, armed for the next requests to a step.
 *
 * - `status` refuses with a status instead of doing anything.
 * - `delay` waits, by the clock, and then does as asked.
 * - `cut` does as asked, sends the first bytes of the body and cuts the connection; with 0 bytes there is no answer at all.
 * - `garbage` does as asked and answers 200 with bytes that are no JSON, though it says so.
 * - `drip` does as asked and sends one byte at a time.
 * - `redirect` answers with a redirect instead of doing anything.
 * - `replay` gives the last good answer of the step once more; it waits until there is one.
 * - Any other kind is a name in `sandboxFaultNames`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SandboxFault = Schema.Union(
  Schema.Struct({
    ...armed,
    kind: Schema.Literal("status"),
    status: Schema.Int.pipe(Schema.between(400, 599)),
    message: Schema.optional(Schema.String),
    /** Sent as `Retry-After`. */
    retryAfterSeconds: Schema.optional(Count)
  }),
  Schema.Struct({ ...armed, kind: Schema.Literal("delay"), millis: Millis }),
  Schema.Struct({
    ...armed,
    kind: Schema.Literal("cut"),
    afterBytes: Schema.optionalWith(Schema.NonNegativeInt, { default: () => 0 })
  }),
  Schema.Struct({
    ...armed,
    kind: Schema.Literal("garbage"),
    bytes: Schema.optionalWith(Count.pipe(Schema.lessThanOrEqualTo(1_048_576)), { default: () => 256 })
  }),
  Schema.Struct({ ...armed, kind: Schema.Literal("drip"), millisPerByte: Millis }),
  Schema.Struct({
    ...armed,
    kind: Schema.Literal("redirect"),
    status: Schema.optionalWith(Schema.Literal(301, 302, 303, 307, 308), { default: () => 307 as const }),
    location: HeaderValue
  }),
  Schema.Struct({ ...armed, kind: Schema.Literal("replay") }),
  NamedSandboxFault
)
export type SandboxFault = typeof SandboxFault.Type
