/** The parts of a `BaanxApi` endpoint that a client uses; Effect 3 and Effect 4 describe endpoints differently. */
import type * as Effect from "effect/Effect"
import type { HttpMethod } from "effect/http/HttpMethod"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Region } from "../BaanxConfig.js"
import type { HttpError, Operation } from "../BaanxError.js"
import type { Fields } from "./plainText.js"
import type { WordReader } from "./wordReader.js"

/**
 * The parts of a `BaanxApi` endpoint that a call needs, each with its Schema, or `never` if the endpoint lacks it.
 *
 * @since 2.0.0
 * @category models
 */
export interface BaanxEndpoint<
  Query extends Schema.Constraint,
  Payload extends Schema.Constraint,
  Headers extends Schema.Constraint,
  Success extends Schema.Constraint
> {
  readonly method: HttpMethod
  readonly path: string
  readonly "~Query": Query
  readonly "~Payload": Payload
  readonly "~Headers": Headers
  readonly "~Success": Success
  readonly success: ReadonlySet<Schema.Top>
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
export type BaanxOperation = <
  Query extends Schema.Constraint & { readonly Type: Fields },
  Payload extends Schema.Constraint & { readonly Type: Fields },
  Headers extends Schema.Constraint,
  Success extends Schema.Constraint
>(
  operation: Operation,
  endpoint: BaanxEndpoint<Query, Payload, Headers, Success>,
  reader?: WordReader
) => (call: BaanxCall<Query["Type"], Payload["Type"], Headers["Type"]>) => Effect.Effect<Success["Type"], HttpError>

/** The parts that all endpoints share. */
export interface AnyEndpoint {
  readonly method: HttpMethod
  readonly path: string
  readonly success: ReadonlySet<Schema.Top>
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

/** An endpoint of `BaanxApi` has one success. */
export const successOf = ({ success }: AnyEndpoint): Schema.Codec<unknown, unknown> => {
  const [schema = Schema.Void] = success
  return Schema.make(schema.ast)
}
