/** The errors of an `HttpClient`, made as on Effect 3. */
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import type * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"

interface Details {
  readonly cause?: unknown
  readonly description?: string | undefined
}

const requestErrors = {
  Transport: HttpClientError.TransportError,
  Encode: HttpClientError.EncodeError,
  InvalidUrl: HttpClientError.InvalidUrlError
}

const responseErrors = {
  StatusCode: HttpClientError.StatusCodeError,
  Decode: HttpClientError.DecodeError,
  EmptyBody: HttpClientError.EmptyBodyError
}

const given = ({ cause, description }: Details) => ({
  ...(cause === undefined ? {} : { cause }),
  ...(description === undefined ? {} : { description })
})

export const requestError = ({
  reason,
  request,
  ...details
}: Details & {
  readonly request: HttpClientRequest.HttpClientRequest
  readonly reason: keyof typeof requestErrors
}): HttpClientError.HttpClientError =>
  new HttpClientError.HttpClientError({ reason: new requestErrors[reason]({ request, ...given(details) }) })

export const responseError = ({
  reason,
  request,
  response,
  ...details
}: Details & {
  readonly request: HttpClientRequest.HttpClientRequest
  readonly response: HttpClientResponse.HttpClientResponse
  readonly reason: keyof typeof responseErrors
}): HttpClientError.HttpClientError =>
  new HttpClientError.HttpClientError({ reason: new responseErrors[reason]({ request, response, ...given(details) }) })

/** The kind of an error, by the name that it has on Effect 3. */
export const kindOf = ({ reason }: HttpClientError.HttpClientError): string => reason._tag.replace(/Error$/, "")

/** The status that the Schema of an error carries. */
export const statusOf = ({ ast }: Schema.Constraint): unknown => AST.resolve(ast)?.["httpApiStatus"] ?? 500
