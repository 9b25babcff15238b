/** The OpenAPI document in the form that Effect 3 writes. */

/** Effect 4 documents whatever may be absent as nullable, which neither a header nor a parameter can be. */
const present = (schema: unknown): unknown => {
  const { anyOf, ...rest } = Object(schema)
  if (!Array.isArray(anyOf) || Object(anyOf.at(-1)).type !== "null") return schema
  const [first, ...others] = anyOf.slice(0, -1)
  return others.length === 0 ? { ...Object(first), ...rest } : { anyOf: [first, ...others], ...rest }
}

/** Effect 4 gives the encoded form of a class a name of its own. */
const nameOf = (name: string): string => name.replace(/Encoded$/, "")

const asOnEffect3 = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(asOnEffect3)
  if (typeof value !== "object" || value === null) return value
  const fields: { readonly [name: string]: unknown } = Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, asOnEffect3(inner)])
  )
  const { $ref, properties, required = [], schema, schemas } = fields
  return {
    ...fields,
    ...(typeof $ref === "string" && { $ref: nameOf($ref) }),
    ...(schemas !== undefined && {
      schemas: Object.fromEntries(Object.entries(Object(schemas)).map(([name, inner]) => [nameOf(name), inner]))
    }),
    ...(required === false && { schema: present(schema) }),
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
