/**
 * The contract as the checks see it: for each endpoint which parameters and fields it takes. Read from `BaanxApi`, so that
 * nothing is said twice.
 */
import { BaanxApi } from "@effect-baanx/api/BaanxApi"
import { ClientKeyCheck } from "@effect-baanx/api/Headers"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"

/** One parameter or field. */
export interface Field {
  readonly required: boolean
  /** Set where the contract knows a single value: `grant_type` tells two bodies apart by it. */
  readonly literal: AST.LiteralValue | undefined
  readonly accepts: (value: unknown) => boolean
}

/** The fields of one body, or the parameters of one query. */
export type Fields = ReadonlyMap<string, Field>

/** One endpoint. */
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

const fieldOf = ({ isOptional, type }: AST.PropertySignature): Field => {
  // Compiled when the first value comes: there are fifty fields, and most runs see ten.
  let is: ((value: unknown) => boolean) | undefined
  return {
    required: !isOptional,
    literal: literalOf(type),
    // The wire has the encoded side: a secret is plain text there.
    accepts: (value) => (is ??= Schema.is(Schema.encodedBoundSchema(Schema.make(type))))(value)
  }
}

/** The structs of a schema, by the content type that its annotation names. */
const structsOf = (ast: AST.AST, contentType: string): ReadonlyArray<readonly [string, Fields]> => {
  const named = HttpApiSchema.getEncoding(ast, { kind: "Json", contentType }).contentType
  switch (ast._tag) {
    case "Union":
      return ast.types.flatMap((type) => structsOf(type, named))
    case "TypeLiteral":
      return [[named, new Map(ast.propertySignatures.map((property) => [String(property.name), fieldOf(property)]))]]
    default:
      return []
  }
}

const structs = (schema: Option.Option<{ readonly ast: AST.AST }>) =>
  Option.isNone(schema) ? [] : structsOf(schema.value.ast, "application/json")

const grouped = <A>(entries: ReadonlyArray<readonly [string, A]>): ReadonlyMap<string, ReadonlyArray<A>> => {
  const groups = new Map<string, Array<A>>()
  for (const [key, value] of entries) groups.set(key, [...(groups.get(key) ?? []), value])
  return groups
}

/** The endpoints by path; more than one where methods share a path. */
export const contract: ReadonlyMap<string, ReadonlyArray<Step>> = grouped(
  Object.values(BaanxApi.groups).flatMap((group) =>
    Object.values(group.endpoints).map((endpoint) => [
      endpoint.path,
      {
        name: endpoint.name,
        method: endpoint.method,
        checksClientKey: Array.from(group.middlewares).some(({ key }) => key === ClientKeyCheck.key),
        envelope: group.identifier === "user" ? "message" : "oauth",
        query: structs(endpoint.urlParamsSchema)[0]?.[1] ?? new Map(),
        bodies: grouped(structs(endpoint.payloadSchema))
      }
    ])
  )
)
