/** Code below Effect's documented API: the error of an unreadable body, the status of an error, the server's spans. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HttpMiddleware from "effect/http/HttpMiddleware"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import type * as SchemaIssue from "effect/SchemaIssue"
import * as Tracer from "effect/Tracer"

/** The key of a field or an element; `HttpApi` of Effect 3 documents symbols as well. */
const PropertyKey = Schema.Union([
  Schema.String,
  Schema.Finite,
  Schema.Struct({ _tag: Schema.Literal("symbol"), key: Schema.String }).annotate({
    description: "an object to be decoded into a globally shared symbol"
  })
]).annotate({ identifier: "PropertyKey" })

const Issue = Schema.Struct({
  _tag: Schema.Literals([
    "Pointer",
    "Unexpected",
    "Missing",
    "Composite",
    "Refinement",
    "Transformation",
    "Type",
    "Forbidden"
  ]).annotate({ description: "The tag identifying the type of parse issue" }),
  path: Schema.Array(PropertyKey).annotate({ description: "The path to the property where the issue occurred" }),
  message: Schema.String.annotate({ description: "A descriptive message explaining the issue" })
}).annotate({
  identifier: "Issue",
  description: "Represents an error encountered while parsing a value to match the schema"
})
type Issue = typeof Issue.Type

/**
 * A request that the endpoint cannot read, in the form that `HttpApi` of Effect 3 sends. Status 400.
 *
 * @since 2.0.0
 * @category errors
 */
export class HttpApiDecodeError extends Schema.TaggedError<HttpApiDecodeError>()(
  "HttpApiDecodeError",
  { issues: Schema.Array(Issue), message: Schema.String },
  { httpApiStatus: 400, description: "The request did not match the expected schema" }
) {}

const places = (issue: SchemaIssue.Issue, path: ReadonlyArray<string | number> = []): ReadonlyArray<Issue> => {
  switch (issue._tag) {
    case "Pointer":
      return places(issue.issue, [...path, ...issue.path.map((key) => (typeof key === "number" ? key : String(key)))])
    case "Composite":
    case "AnyOf":
      return issue.issues.flatMap((issue) => places(issue, path))
    case "Encoding":
    case "Filter":
      return places(issue.issue, path)
    default:
      return [
        {
          _tag: issue._tag === "MissingKey" ? "Missing" : issue._tag === "UnexpectedKey" ? "Unexpected" : "Type",
          path,
          message: "is missing or invalid"
        }
      ]
  }
}

/** Describes what is wrong with a body, and where, without its values. */
export const withoutValues = ({ issue }: Schema.SchemaError): HttpApiDecodeError =>
  new HttpApiDecodeError({
    issues: places(issue),
    message: "The body has to be JSON with email, password and, if required, a one-time code of 6 digits."
  })

const members = (ast: AST.AST): ReadonlyArray<AST.AST> => (AST.isUnion(ast) ? ast.types.flatMap(members) : [ast])

/** Returns the status of each error in a union. */
export const statusesOf = <A, I>(errors: Schema.Codec<A, I>): ((error: A) => number) => {
  const each = members(errors.ast).map((ast) => [Schema.is(Schema.make(ast)), AST.resolve(ast)] as const)
  return (error) => {
    const [, annotations] = each.find(([is]) => is(error)) ?? []
    const status = annotations?.["httpApiStatus"]
    return typeof status === "number" ? status : 500
  }
}

/** The attributes with which a server's span records the URL and headers of a request, and those of the response. */
const isRecorded = /^(?:url\.|http\.(?:request|response)\.header\.)/

/**
 * Keeps these attributes out of the span; the server writes them once the response is there. Also keeps out what the
 * span ends with: the response or, for a status of 500 or above, an error that holds the request.
 */
const hide = Effect.contextWith((context: Context.Context<never>) =>
  Effect.sync(() => {
    const span = Context.getOrUndefined(context, Tracer.ParentSpan)
    if (span?._tag !== "Span") return
    const attribute = span.attribute.bind(span)
    const end = span.end.bind(span)
    Object.defineProperties(span, {
      attribute: {
        value: (key: string, value: unknown) => {
          if (!isRecorded.test(key)) attribute(key, value)
        }
      },
      end: {
        value: (time: bigint, exit: Exit.Exit<unknown, unknown>) =>
          end(time, Exit.isSuccess(exit) ? Exit.void : Exit.fail(new Error("The route failed")))
      }
    })
  })
)

/**
 * Keeps the server that it is provided to from recording a span of these requests. If there is a router when the layer
 * is built, the server records a span without their URL and headers, and logs nothing.
 */
export const withoutTracer = (isOwn: (request: HttpServerRequest.HttpServerRequest) => boolean): Layer.Layer<never> =>
  Layer.merge(
    Layer.effect(
      HttpMiddleware.TracerDisabledWhen,
      Effect.map(
        HttpMiddleware.TracerDisabledWhen,
        (before) => (request: HttpServerRequest.HttpServerRequest) => before(request) || isOwn(request)
      )
    ),
    Layer.effectDiscard(
      Effect.contextWith((context: Context.Context<never>) => {
        const router = Context.getOrUndefined(context, HttpRouter.HttpRouter)
        return router === undefined
          ? Effect.void
          : Effect.provideContext(
              router.addGlobalMiddleware((handle) =>
                Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
                  isOwn(request) ? Effect.andThen(hide, HttpMiddleware.withLoggerDisabled(handle)) : handle
                )
              ),
              Context.makeUnsafe(new Map())
            )
      })
    )
  )
