/** A field of a response that counts as absent if it cannot be read, so that the rest of the response is not lost. */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"

export const lenient = <A, I>(schema: Schema.Schema<A, I>) =>
  Schema.optional(Schema.NullOr(schema).annotations({ decodingFallback: () => Either.right(null) }))
