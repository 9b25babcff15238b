/** A member of a response whose loss costs less than the response: what cannot be read of it counts as absent. */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"

export const lenient = <A, I>(schema: Schema.Schema<A, I>) =>
  Schema.optional(Schema.NullOr(schema).annotations({ decodingFallback: () => Either.right(null) }))
