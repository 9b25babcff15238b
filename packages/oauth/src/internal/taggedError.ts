/**
 * `Schema.TaggedError` whose encoded form includes the `message`, so that a client that reads JSON sees what to do.
 * Decoding builds the message from the fields again.
 */
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"

const message = new AST.PropertySignature("message", AST.stringKeyword, true, true)

const addMessage = (ast: AST.AST): AST.AST =>
  AST.isTypeLiteral(ast)
    ? new AST.TypeLiteral([...ast.propertySignatures, message], ast.indexSignatures, ast.annotations)
    : ast

const withMessage = (ast: AST.AST): AST.AST => {
  if (!AST.isTransformation(ast) || !AST.isFinalTransformation(ast.transformation)) return ast
  const { decode, encode } = ast.transformation
  const surrogate = AST.getSurrogateAnnotation(ast)
  return new AST.Transformation(
    addMessage(ast.from),
    ast.to,
    new AST.FinalTransformation(
      (input, options, self, encoded) => decode(without(input), options, self, encoded),
      (error, options, self, instance) =>
        ParseResult.map(encode(error, options, self, instance), (fields) =>
          Predicate.isRecord(fields) ? { ...fields, message: fields["message"] } : fields
        )
    ),
    surrogate._tag === "None"
      ? ast.annotations
      : { ...ast.annotations, [AST.SurrogateAnnotationId]: addMessage(surrogate.value) }
  )
}

const without = (input: unknown): unknown => {
  if (!Predicate.isRecord(input)) return input
  const { message: _, ...fields } = input
  return fields
}

const known = new WeakMap<AST.AST, AST.AST>()

export const taggedError =
  <Self = never>() =>
  <Tag extends string, Fields extends Schema.Struct.Fields>(tag: Tag, fields: Fields, status: number) => {
    const Class = Schema.TaggedError<Self>()(tag, fields, HttpApiSchema.annotations({ status }))
    const parent: unknown = Object.getPrototypeOf(Class)
    Object.defineProperty(Class, "ast", {
      get() {
        const own: AST.AST = Reflect.get(Object(parent), "ast", this)
        const before = known.get(own)
        if (before !== undefined) return before
        const after = withMessage(own)
        known.set(own, after)
        return after
      }
    })
    return Class
  }
