/**
 * The contract as the checks see it: for each endpoint which parameters and fields it takes. Read from `BaanxApi`, so that
 * nothing is said twice.
 *
 * @since 0.1.0
 */
import { BaanxApi } from "@effect-baanx/api/BaanxApi"
import { ClientKeyCheck } from "@effect-baanx/api/Headers"
import * as HttpApi from "@effect/platform/HttpApi"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"

/**
 * One parameter or field.
 *
 * @since 0.1.0
 * @category models
 */
export interface Field {
  readonly required: boolean
  /** Set where the contract knows a single value: `grant_type` tells two bodies apart by it. */
  readonly literal: AST.LiteralValue | undefined
  readonly accepts: (value: unknown) => boolean
}

/**
 * The fields of one body, or the parameters of one query.
 *
 * @since 0.1.0
 * @category models
 */
export type Fields = ReadonlyMap<string, Field>

/**
 * One endpoint.
 *
 * @since 0.1.0
 * @category models
 */
export interface Step {
  readonly name: string
  readonly method: string
  readonly checksClientKey: boolean
  /** Whether it refuses with `{"error": …}` (RFC 6749 section 5.2) or with `{"message": …}`. */
  readonly envelope: "oauth" | "message"
  readonly query: Fields
  /** The bodies it takes, by content type; none for an endpoint that reads no body. */
  readonly bodies: ReadonlyMap<string, ReadonlyArray<Fields>>
}

const literalOf = (ast: AST.AST) => (ast._tag === "Literal" ? ast.literal : undefined)

const structsOf = (ast: AST.AST): ReadonlyArray<Fields> => {
  switch (ast._tag) {
    case "Union":
      return ast.types.flatMap(structsOf)
    case "TypeLiteral":
      return [
        new Map(
          ast.propertySignatures.map((property) => [
            String(property.name),
            {
              required: !property.isOptional,
              literal: literalOf(property.type),
              accepts: Schema.is(Schema.make(property.type))
            }
          ])
        )
      ]
    default:
      return []
  }
}

const readContract = (): ReadonlyMap<string, ReadonlyArray<Step>> => {
  const steps = new Map<string, Array<Step>>()
  HttpApi.reflect(BaanxApi, {
    onGroup: () => undefined,
    onEndpoint: ({ endpoint, group, middleware, payloads }) => {
      const step: Step = {
        name: endpoint.name,
        method: endpoint.method,
        checksClientKey: Array.from(middleware).some(({ key }) => key === ClientKeyCheck.key),
        envelope: group.identifier === "user" ? "message" : "oauth",
        query:
          endpoint.urlParamsSchema._tag === "Some"
            ? (structsOf(endpoint.urlParamsSchema.value.ast)[0] ?? new Map())
            : new Map(),
        bodies: new Map(Array.from(payloads, ([contentType, { ast }]) => [contentType, structsOf(ast)]))
      }
      steps.set(endpoint.path, [...(steps.get(endpoint.path) ?? []), step])
    }
  })
  return steps
}

/**
 * The endpoints by path; more than one where methods share a path.
 *
 * @since 0.1.0
 * @category constants
 */
export const contract: ReadonlyMap<string, ReadonlyArray<Step>> = readContract()
