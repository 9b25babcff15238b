/** The OpenAPI document in the form that Effect 3 writes. */
import * as AST from "effect/SchemaAST"
import * as WireError from "../WireError.js"

const isNumberName = (value: unknown): boolean => /^(?:Infinity|-Infinity|NaN)$/.test(String(value))

/** Effect 4 documents a number as a number or a string such as "Infinity", which no endpoint accepts. */
const isNumberText = (schema: unknown): boolean => {
  const { enum: values }: { readonly enum?: ReadonlyArray<unknown> } = Object(schema)
  return values !== undefined && values.every(isNumberName)
}

/** Effect 4 documents whatever may be absent as nullable, which neither a header nor a parameter can be. */
const present = (schema: unknown): unknown => {
  const { anyOf, ...rest } = Object(schema)
  if (!Array.isArray(anyOf) || Object(anyOf.at(-1)).type !== "null") return schema
  const [first, ...others] = anyOf.slice(0, -1)
  return others.length === 0 ? { ...Object(first), ...rest } : { anyOf: [first, ...others], ...rest }
}

/** Effect 4 gives the encoded form of a class a name of its own. */
const nameOf = (name: string): string => name.replace(/Encoded$/, "")

const nonEmptyString = { type: "string", description: "a non empty string", title: "nonEmptyString", minLength: 1 }

/** The components, with the descriptions of classes, which Effect 4 leaves out of their encoded form. */
const componentsOf = (schemas: object): object => {
  const errors = Object.values(WireError).map(({ ast }) => AST.resolve(ast))
  const descriptions = new Map(errors.map((annotations) => [annotations?.["identifier"], annotations?.["description"]]))
  return Object.fromEntries([
    ["NonEmptyString", nonEmptyString],
    ...Object.entries(schemas).map(([encoded, schema]) => {
      const name = nameOf(encoded)
      const description = descriptions.get(name)
      return [name, { ...schema, ...(description !== undefined && { description }) }]
    })
  ])
}

/** Effect 4 does not describe a check in words. */
const described = (schema: object): object => {
  const { minLength, pattern }: { readonly minLength?: unknown; readonly pattern?: unknown } = schema
  if (minLength === 1) return { $ref: "#/components/schemas/NonEmptyString" }
  if (minLength !== undefined) {
    return {
      ...schema,
      description: `a string at least ${minLength} character(s) long`,
      title: `minLength(${minLength})`
    }
  }
  return pattern === undefined ? schema : { ...schema, description: `a string matching the pattern ${pattern}` }
}

const asOnEffect3 = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.filter((inner) => !isNumberText(inner)).map(asOnEffect3)
  if (typeof value !== "object" || value === null) return value
  const fields: { readonly [name: string]: unknown } = Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, asOnEffect3(inner)])
  )
  const { $ref, description, properties, required = [], schema, schemas, type } = fields
  if (type === "string") return described(fields)
  if (typeof required === "boolean" && schema !== undefined) {
    // A parameter has the description of its Schema.
    const own = required ? schema : present(schema)
    const { description }: { readonly description?: string } = Object(own)
    return { ...fields, schema: own, ...(description !== undefined && { description }) }
  }
  return {
    ...fields,
    ...(description === "<No Content>" && { description: "Success" }),
    ...(typeof $ref === "string" && { $ref: nameOf($ref) }),
    ...(schemas !== undefined && { schemas: componentsOf(Object(schemas)) }),
    ...(properties !== undefined && {
      required,
      properties: Object.fromEntries(
        Object.entries(Object(properties)).map(([name, inner]) => [
          name,
          Array.isArray(required) && required.includes(name) ? inner : present(inner)
        ])
      )
    })
  }
}

export const document = (openApi: object): Record<string, unknown> => Object(asOnEffect3(openApi))
