/**
 * A cheaper `Schema.Redacted` for responses: the original wraps each value twice, and wrapping costs more than
 * decoding.
 */
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

export const redacted = <A extends string>(
  text: Schema.Schema<A, string>
): Schema.Schema<Redacted.Redacted<A>, string> => {
  const brand = Schema.decodeSync(text)
  const secret = Schema.declare((value): value is Redacted.Redacted<A> => Redacted.isRedacted(value), {
    description: "Redacted(<redacted>)",
    pretty: () => String,
    arbitrary: () => (fc) => fc.string({ minLength: 1 }).map((value) => Redacted.make(brand(value)))
  })
  return Schema.transform(text, secret, {
    strict: true,
    decode: (value) => Redacted.make(value),
    encode: (value) => Redacted.value(value)
  })
}

/** The Schema of a named secret. */
export const secret = <const Name extends string>(name: Name) => {
  const schema = redacted(Schema.String.pipe(Schema.brand(name)))
  const nonEmpty = Schema.NonEmptyString.pipe(Schema.brand(name, { identifier: "NonEmptyString" }))
  return Object.assign(schema, { nonEmpty: redacted(nonEmpty), make: Schema.decodeSync(schema) })
}
