/**
 * `Schema.TaggedError` whose encoded form includes the `message`, so that a client that reads JSON sees what to do.
 * Decoding builds the message from the fields again.
 */
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import * as SchemaGetter from "effect/SchemaGetter"

const without = (given: object): object => {
  const { message: _, ...fields }: { readonly message?: unknown } = given
  return fields
}

const known = new WeakMap<AST.AST, AST.AST>()

export const taggedError =
  <Self = never>() =>
  <Tag extends string, const Fields extends Schema.Struct.Fields>(tag: Tag, fields: Fields, status: number) => {
    const Class = Schema.TaggedError<Self>()(tag, fields, { httpApiStatus: status })
    const astOf = Object.getOwnPropertyDescriptor(Class, "ast")?.get
    const encoded = Schema.TaggedStruct(tag, { ...fields, message: Schema.optional(Schema.String) })
    Object.defineProperty(Class, "ast", {
      get() {
        const own: AST.AST = astOf?.call(this)
        const before = known.get(own)
        if (before !== undefined) return before
        const make = (fields: object): unknown => Reflect.construct(this, [fields])
        const { ast } = encoded.pipe(
          Schema.decodeTo(Schema.toType(Schema.make<Schema.Codec<unknown>>(own)), {
            decode: SchemaGetter.transform((given) => make(without(given))),
            encode: SchemaGetter.transform((error) => ({ ...Object(error), message: Object(error).message }))
          })
        )
        known.set(own, ast)
        return ast
      }
    })
    return Class
  }
