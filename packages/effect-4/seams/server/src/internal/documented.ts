/** Makes an OpenAPI document show Schemas and operations in the form that Effect 3 writes. */
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import * as SchemaGetter from "effect/SchemaGetter"

/** Whole numbers, durations and texts, which have a name and a description in a document of Effect 3. */
const named = new Map<AST.AST, Schema.Top>([
  [
    Schema.Int.ast,
    Schema.Number.check(
      Schema.isInt({
        identifier: "Int",
        title: "int",
        description: "an integer",
        toJsonSchema: () => ({ type: "integer" })
      })
    )
  ],
  [
    Schema.DurationFromMillis.ast,
    Schema.Finite.check(
      Schema.isGreaterThanOrEqualTo(0, {
        identifier: "DurationFromMillis",
        title: "nonNegative",
        description: "a non-negative number to be decoded into a Duration"
      })
    )
  ],
  [
    Schema.NonEmptyString.ast,
    Schema.String.check(
      Schema.isNonEmpty({ identifier: "NonEmptyString", title: "nonEmptyString", description: "a non empty string" })
    )
  ]
])

/** The encoded form of a field. */
const encodedOf = (ast: AST.AST): Schema.Top => {
  const [element] = AST.isArrays(ast) ? ast.elements : []
  if (element !== undefined) return Schema.Array(encodedOf(element)).check(Schema.isMinLength(1))
  const encoded = Schema.toEncoded(Schema.make(ast))
  return named.get(ast) ?? named.get(encoded.ast) ?? encoded
}

/** Effect 4 documents whatever may be `undefined` as nullable, but it is left out of JSON. */
const fieldOf = (ast: AST.AST) => {
  const [only, ...others] = AST.isUnion(ast) ? ast.types.filter((type) => !AST.isUndefined(type)) : []
  return ast.context?.isOptional === true && only !== undefined && others.length === 0
    ? Schema.optionalKey(encodedOf(only))
    : encodedOf(ast)
}

type Fields = Readonly<Record<string, unknown>>

const withoutUndefined = (value: unknown): Fields =>
  Object.fromEntries(Object.entries(Object(value)).filter(([, field]) => field !== undefined))

const known = new WeakMap<AST.AST, object>()

/** The same Schema; its encoded form has the name and the description of its class, and its tag last. */
export function documented<S extends Schema.Constraint>(schema: S): S
export function documented({ ast }: Schema.Constraint): object {
  const before = known.get(ast)
  if (before !== undefined) return before
  const struct = ast.encoding?.at(-1)?.to ?? ast
  const fields = AST.isObjects(struct)
    ? struct.propertySignatures.map(({ name, type }) => [String(name), fieldOf(type)] as const)
    : []
  const { description, identifier }: Fields = AST.resolve(ast) ?? {}
  const own = Schema.Struct(
    Object.fromEntries([...fields.filter(([name]) => name !== "_tag"), ...fields.filter(([name]) => name === "_tag")])
  )
  const encoded = Schema.make<Schema.Codec<Fields>>(own.ast).annotate({
    ...(typeof identifier === "string" && { identifier }),
    ...(typeof description === "string" && { description })
  })
  const after = encoded.pipe(
    Schema.decodeTo(Schema.make<Schema.Codec<unknown>>(ast), {
      decode: SchemaGetter.transform((value): unknown => value),
      encode: SchemaGetter.transform(withoutUndefined)
    })
  )
  known.set(ast, after)
  return after
}

interface Operation {
  readonly parameters: ReadonlyArray<{ readonly schema: { readonly anyOf?: ReadonlyArray<{ readonly type: string }> } }>
  readonly responses: Readonly<Record<string, { readonly description: string }>>
}

/** If errors share a status, Effect 3 describes only the first. */
export const operation = (given: object): Record<string, unknown> => {
  const { parameters, responses, ...rest }: Operation = Object(given)
  return {
    ...rest,
    parameters: parameters.map(({ schema, ...parameter }) => ({
      ...parameter,
      schema: { ...schema, ...(schema.anyOf && { anyOf: schema.anyOf.filter(({ type }) => type !== "null") }) }
    })),
    responses: Object.fromEntries(
      Object.entries(responses).map(([status, { description, ...response }]) => {
        const [first] = description.split(" | ")
        return [status, { ...response, description: first === "<No Content>" ? "Success" : first }]
      })
    )
  }
}
