/** The parts of a `BaanxApi` endpoint that a client uses; Effect 3 and Effect 4 describe endpoints differently. */
import type { HttpMethod } from "@effect/platform/HttpMethod"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"
import type { Region } from "../BaanxConfig.js"
import type { HttpError, Operation } from "../BaanxError.js"
import type { Fields } from "./plainText.js"
import type { WordReader } from "./wordReader.js"

/**
 * The parts of a `BaanxApi` endpoint that a call needs.
 *
 * @since 0.1.0
 * @category models
 */
export interface BaanxEndpoint<UrlParams, Payload, Headers, Success> {
  readonly method: HttpMethod
  readonly path: string
  readonly urlParamsSchema: Option.Option<Schema.Schema<UrlParams, unknown>>
  readonly payloadSchema: Option.Option<Schema.Schema<Payload, unknown>>
  readonly headersSchema: Option.Option<Schema.Schema<Headers, unknown>>
  readonly successSchema: Schema.Schema<Success, unknown>
}

/**
 * One call of an endpoint: exactly the query, the body and the bearer token that its contract asks for.
 *
 * @since 0.1.0
 * @category models
 */
export type BaanxCall<UrlParams, Payload, Headers> = {
  /** Default: the configured region. */
  readonly region?: Region | undefined
} & ([UrlParams] extends [never] ? object : { readonly urlParams: UrlParams }) &
  ([Payload] extends [never] ? object : { readonly payload: Payload }) &
  ([Headers] extends [never]
    ? object
    : "authorization" extends keyof Headers
      ? { readonly bearer: Redacted.Redacted<string> }
      : object)

/**
 * Turns an endpoint into a function that calls it.
 *
 * @since 0.1.0
 * @category models
 */
export type BaanxOperation = <UrlParams extends Fields, Payload extends Fields, Headers, Success>(
  operation: Operation,
  endpoint: BaanxEndpoint<UrlParams, Payload, Headers, Success>,
  reader?: WordReader
) => (call: BaanxCall<UrlParams, Payload, Headers>) => Effect.Effect<Success, HttpError>

/** The parts that all endpoints share. */
export type AnyEndpoint = Pick<BaanxEndpoint<never, never, never, never>, "method" | "path"> & {
  readonly successSchema: Schema.Schema.AnyNoContext
}

/** A call of any endpoint. */
export interface AnyCall {
  readonly region?: Region | undefined
  readonly urlParams?: Fields
  readonly payload?: Fields
  readonly bearer?: Redacted.Redacted<string>
}

/** Gives a function that calls any endpoint the type of the endpoint passed to it. */
export function typed(
  operation: (
    operation: Operation,
    endpoint: AnyEndpoint,
    reader?: WordReader
  ) => (call: AnyCall) => Effect.Effect<unknown, HttpError>
): BaanxOperation
export function typed(operation: unknown): unknown {
  return operation
}

export const successOf = ({ successSchema }: AnyEndpoint): Schema.Schema<unknown, unknown> => successSchema
