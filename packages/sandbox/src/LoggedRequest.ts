/**
 * A request as the log tells it.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

const Values = Schema.Record({ key: Schema.String, value: Schema.Unknown })

/**
 * One request. `durationMillis` is by the sandbox's clock, like `at`.
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
  /** The name of the endpoint in the contract, such as `authorize`; none outside of it. */
  step: Schema.optional(Schema.String),
  /** None when the connection was cut before an answer. */
  status: Schema.optional(Schema.Int),
  clientKey: Schema.optional(Schema.String),
  region: Schema.optional(Schema.Literal("international", "us")),
  userId: Schema.optional(Schema.String),
  sessionId: Schema.optional(Schema.String),
  /** Why it was refused, in more words than the caller was told where there are more. */
  detail: Schema.optional(Schema.String),
  /** The kind of the fault that was armed for it. */
  fault: Schema.optional(Schema.String),
  query: Values,
  headers: Values,
  body: Values,
  answer: Values
})
export type LoggedRequest = typeof LoggedRequest.Type
