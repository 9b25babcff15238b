/**
 * A cheaper `Schema.RedactedFromValue` for responses: the original wraps each value twice, and wrapping costs more than
 * decoding.
 */
import type * as Brand from "effect/Brand"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import type { Secret } from "../Credentials.js"

export const redacted = <A extends string>(
  text: Schema.Codec<A, string>
): Schema.Codec<Redacted.Redacted<A>, string> => {
  const brand = Schema.decodeSync(text)
  const secret = Schema.declare((value): value is Redacted.Redacted<A> => Redacted.isRedacted(value), {
    description: "Redacted(<redacted>)",
    toFormatter: () => String,
    toCodecArbitrary: () =>
      Schema.link<Redacted.Redacted<A>>()(Schema.NonEmptyString, {
        decode: SchemaGetter.transform((value) => Redacted.make(brand(value))),
        encode: SchemaGetter.transform((secret) => Redacted.value(secret))
      })
  })
  return text.pipe(
    Schema.decodeTo(secret, {
      decode: SchemaGetter.transform((value) => Redacted.make(value)),
      encode: SchemaGetter.transform((value) => Redacted.value(value))
    })
  )
}

/** A brand exists only in the types. */
function branded<const Name extends string>(
  text: Schema.Codec<string>,
  name: Name
): Schema.Codec<string & Brand.Brand<Name>, string>
function branded(text: Schema.Codec<string>): Schema.Codec<string> {
  return text
}

/** The Schema of a named secret. */
export const secret = <const Name extends string>(name: Name): Secret<Name> => {
  const schema = redacted(branded(Schema.String, name))
  // Every Schema already has a `make`, which accepts no plain text.
  return Object.create(schema, {
    nonEmpty: { value: redacted(branded(Schema.NonEmptyString, name)), enumerable: true },
    make: { value: Schema.decodeSync(schema), enumerable: true }
  })
}
