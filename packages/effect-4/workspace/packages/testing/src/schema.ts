/** What only Schemas of Effect 3 can do. */
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import * as SchemaParser from "effect/SchemaParser"

/** Rejects what the Schema does not name. On Effect 3, options of the decoder can be annotations of a Schema. */
export const strict = <A>(schema: Schema.Codec<A, unknown>): Schema.Codec<A, unknown> => {
  const decode = SchemaParser.decodeUnknownEffect(schema, { onExcessProperty: "error" })
  return Schema.Unknown.pipe(
    Schema.decodeTo(Schema.toType(schema), {
      decode: SchemaGetter.transformEffect((value) => decode(value)),
      encode: SchemaGetter.transform((value): unknown => value)
    })
  )
}
