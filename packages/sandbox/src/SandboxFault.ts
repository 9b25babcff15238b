/**
 * The faults that a test can arm.
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
  /** Number of requests affected. */
  times: Schema.optionalWith(Count, { default: () => 1 })
}

/**
 * A fault whose kind is one of the names. It waits for a request that passes the sandbox's checks and that the fault
 * applies to, such as a refresh that succeeds. A fault of another kind may affect the same request too.
 *
 * @since 0.1.0
 * @category schemas
 */
export const NamedSandboxFault = Schema.Struct({ ...armed, kind: SandboxFaultName })
export type NamedSandboxFault = typeof NamedSandboxFault.Type

/**
 * A fault, armed for the next requests to a step.
 *
 * - `status` responds with an error status instead of handling the request.
 * - `delay` waits, by Effect's Clock, and then handles the request.
 * - `cut` handles the request, sends the first bytes of the body and cuts the connection; with 0 bytes there is no
 *   response at all.
 * - `garbage` handles the request and responds with 200 and bytes that are not JSON, under the content type of JSON.
 * - `drip` handles the request and sends one byte at a time.
 * - `redirect` responds with a redirect instead of handling the request.
 * - `replay` sends the last successful response of the step again; it waits until there is one.
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
