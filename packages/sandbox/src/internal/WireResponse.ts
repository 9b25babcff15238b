/** Refusals as responses. */
import {
  BadRequest,
  Forbidden,
  InternalServerError,
  InvalidClientKey,
  MissingClientKey,
  OAuthError,
  PayloadTooLarge,
  TooManyRequests,
  Unauthorized,
  UnprocessableEntity
} from "@effect-baanx/api/WireError"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"

const statuses = new Map<unknown, number>(
  [
    BadRequest,
    Forbidden,
    InternalServerError,
    InvalidClientKey,
    MissingClientKey,
    OAuthError,
    PayloadTooLarge,
    TooManyRequests,
    Unauthorized,
    UnprocessableEntity
  ].map((refusal) => [refusal, HttpApiSchema.getStatusError(refusal)])
)

/** A refusal of the contract. */
export type Refusal =
  | BadRequest
  | Forbidden
  | InternalServerError
  | InvalidClientKey
  | MissingClientKey
  | OAuthError
  | PayloadTooLarge
  | TooManyRequests
  | Unauthorized
  | UnprocessableEntity

/** A refusal of the contract with the status that the contract gives it. */
export const refusalResponse = (refusal: Refusal): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.unsafeJson(refusal, { status: statuses.get(refusal.constructor) ?? 500 })

/** `{"message": …}` with a status that the contract does not know, for requests outside of it. */
export const messageResponse = (status: number, message: string): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.unsafeJson({ message }, { status })

/** The body in memory; empty if it is a stream. */
export const bytesOf = ({ body }: HttpServerResponse.HttpServerResponse): Uint8Array =>
  body._tag === "Uint8Array" ? body.body : new Uint8Array()
