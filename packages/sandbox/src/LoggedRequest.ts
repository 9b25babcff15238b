/**
 * A request as the log records it.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

const Values = Schema.Record({ key: Schema.String, value: Schema.Unknown })

/**
 * One request. `at` and `durationMillis` are by the sandbox's clock.
 *
 * @since 0.1.0
 * @category schemas
 */
export const LoggedRequest = Schema.Struct({
  /** Counts up from 1. */
  number: Schema.Int,
  at: Schema.DateTimeUtc,
  durationMillis: Schema.Number,
  method: Schema.String,
  path: Schema.String,
  /** The name of the endpoint in the contract, such as `authorize`; absent for a request outside the contract. */
  step: Schema.optional(Schema.String),
  /** Absent if the connection was cut before a response. */
  status: Schema.optional(Schema.Int),
  clientKey: Schema.optional(Schema.String),
  region: Schema.optional(Schema.Literal("international", "us")),
  userId: Schema.optional(Schema.String),
  sessionId: Schema.optional(Schema.String),
  /** Why the request was refused, sometimes in more detail than the response gives. */
  detail: Schema.optional(Schema.String),
  /** The kind of the fault that affected it. */
  fault: Schema.optional(Schema.String),
  query: Values,
  headers: Values,
  body: Values,
  answer: Values
})
export type LoggedRequest = typeof LoggedRequest.Type
