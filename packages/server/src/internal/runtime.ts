/** Code below Effect's documented API: the error of an unreadable body, the status of an error, the server's spans. */
import { HttpApiDecodeError } from "@effect/platform/HttpApiError"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import type { HttpServerRequest } from "@effect/platform/HttpServerRequest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ArrayFormatter, type ParseError } from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"

export { HttpApiDecodeError }

/** Describes what is wrong with a body, and where, without its values. */
export const withoutValues = (error: ParseError): HttpApiDecodeError =>
  new HttpApiDecodeError({
    issues: ArrayFormatter.formatErrorSync(error).map(({ _tag, path }) => ({
      _tag,
      path,
      message: "is missing or invalid"
    })),
    message: "The body has to be JSON with email, password and, if required, a one-time code of 6 digits."
  })

const members = (ast: AST.AST): ReadonlyArray<AST.AST> => (AST.isUnion(ast) ? ast.types.flatMap(members) : [ast])

/** Returns the status of each error in a union. */
export const statusesOf = <A, I>(errors: Schema.Schema<A, I>): ((error: A) => number) => {
  const each = members(errors.ast).map((ast) => [Schema.is(Schema.make(ast)), ast] as const)
  return (error) => {
    const [, own] = each.find(([is]) => is(error)) ?? []
    return own === undefined ? 500 : HttpApiSchema.getStatusErrorAST(own)
  }
}

/** Keeps the server that it is provided to from recording a span of these requests. */
export const withoutTracer = (isOwn: (request: HttpServerRequest) => boolean): Layer.Layer<never> =>
  Layer.scopedDiscard(
    Effect.locallyScopedWith(
      HttpMiddleware.currentTracerDisabledWhen,
      (before) => (request: HttpServerRequest) => before(request) || isOwn(request)
    )
  )
