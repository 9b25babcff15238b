/** A field of a response that counts as absent if it cannot be read, so that the rest of the response is not lost. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/** Decodes a value that cannot be read as `instead`. */
export const otherwise = <A, I>(schema: Schema.Codec<A, I>, instead: A): Schema.Codec<A, I> =>
  schema.pipe(Schema.catchDecoding(() => Effect.succeed(Option.some(instead))))

/** A field that counts as absent if it cannot be read. */
export const lenient = <A, I>(schema: Schema.Codec<A, I>) => Schema.optional(otherwise(Schema.NullOr(schema), null))
