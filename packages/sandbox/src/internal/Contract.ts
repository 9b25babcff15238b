/**
 * The contract as the checks see it: the parameters and fields that each endpoint accepts. Read from `BaanxApi`, so
 * that nothing is defined twice.
 */
import { BaanxApi } from "@effect-baanx/api/BaanxApi"
import { ClientKeyCheck } from "@effect-baanx/api/Headers"
import * as HttpApi from "@effect/platform/HttpApi"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"

/** One parameter or field. */
export interface Field {
  readonly required: boolean
  /** Set if the contract allows a single value, as for `grant_type`, which distinguishes two bodies. */
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
  /** The bodies that it accepts, by content type; none for an endpoint that reads no body. */
  readonly bodies: ReadonlyMap<string, ReadonlyArray<Fields>>
}

const literalOf = (ast: AST.AST) => (ast._tag === "Literal" ? ast.literal : undefined)

const fieldOf = ({ isOptional, type }: AST.PropertySignature): Field => {
  // Compiled on first use: there are fifty fields, and most runs need ten.
  let is: ((value: unknown) => boolean) | undefined
  return {
    required: !isOptional,
    literal: literalOf(type),
    accepts: (value) => (is ??= Schema.is(Schema.make(type)))(value)
  }
}

const structsOf = (ast: AST.AST): ReadonlyArray<Fields> => {
  switch (ast._tag) {
    case "Union":
      return ast.types.flatMap(structsOf)
    case "TypeLiteral":
      return [new Map(ast.propertySignatures.map((property) => [String(property.name), fieldOf(property)]))]
    default:
      return []
  }
}

/** The checks apply to the text on the wire, whatever the schema makes of it. */
const wireStructsOf = ({ ast }: { readonly ast: AST.AST }) => structsOf(AST.encodedBoundAST(ast))

const stepsByPath = () => {
  const steps = new Map<string, Array<Step>>()
  HttpApi.reflect(BaanxApi, {
    onGroup: () => undefined,
    onEndpoint: ({ endpoint, group, middleware, payloads }) => {
      const [query = new Map()] = Option.match(endpoint.urlParamsSchema, {
        onNone: () => [],
        onSome: wireStructsOf
      })
      const step: Step = {
        name: endpoint.name,
        method: endpoint.method,
        checksClientKey: [...middleware].some(({ key }) => key === ClientKeyCheck.key),
        envelope: group.identifier === "user" ? "message" : "oauth",
        query,
        bodies: new Map(Array.from(payloads, ([contentType, payload]) => [contentType, wireStructsOf(payload)]))
      }
      steps.set(endpoint.path, [...(steps.get(endpoint.path) ?? []), step])
    }
  })
  return steps
}

/** The endpoints by path; more than one if methods share a path. */
export const contract: ReadonlyMap<string, ReadonlyArray<Step>> = stepsByPath()
