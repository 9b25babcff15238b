/** A field of a response that counts as absent if it cannot be read, so that the rest of the response is not lost. */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"

/** Decodes a value that cannot be read as `instead`. */
export const otherwise = <A, I>(schema: Schema.Schema<A, I>, instead: A): Schema.Schema<A, I> =>
  schema.annotations({ decodingFallback: () => Either.right(instead) })

/** A field that counts as absent if it cannot be read. */
export const lenient = <A, I>(schema: Schema.Schema<A, I>) => Schema.optional(otherwise(Schema.NullOr(schema), null))
