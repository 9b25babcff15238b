/**
 * The OpenAPI document without `HttpApiDecodeError`: `HttpApi` adds it to status 400 of every endpoint, and Baanx does
 * not send it.
 */
import type * as OpenApi from "@effect/platform/OpenApi"

const place = "#/components/schemas/"

export const document = (generated: object): object => {
  // If this API is added to another, its groups inherit this transform, which then gets a group's tag, not a document.
  if (!("components" in generated)) return generated
  const spec: OpenApi.OpenAPISpec = Object(generated)
  const { schemas } = spec.components
  for (const name of ["HttpApiDecodeError", "Issue", "PropertyKey"]) delete schemas[name]
  for (const { responses } of Object.values(spec.paths).flatMap((methods) => Object.values(methods))) {
    const schema: { readonly anyOf?: ReadonlyArray<{ readonly $ref: string }> } = Object(
      responses[400]?.content?.["application/json"]?.schema
    )
    const errors = (schema.anyOf ?? []).filter(({ $ref }) => $ref.replace(place, "") in schemas)
    const [only, ...others] = errors
    if (only === undefined) continue
    responses[400] = {
      description: errors.map(({ $ref }) => schemas[$ref.replace(place, "")]?.description).join(" | "),
      content: { "application/json": { schema: others.length === 0 ? only : { anyOf: [...errors] } } }
    }
  }
  return spec
}
