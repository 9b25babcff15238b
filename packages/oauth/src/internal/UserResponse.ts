/**
 * A response as the caller of `TokenSession.httpClient` sees it, with the request that the caller made. The request
 * that was sent carries the bearer token and the client key, and every platform error prints the request that it holds.
 */
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import * as Stream from "effect/Stream"
import { responseError } from "./runtime.js"

export class UserResponse extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly request: HttpClientRequest.HttpClientRequest
  readonly #response: HttpClientResponse.HttpClientResponse

  constructor(request: HttpClientRequest.HttpClientRequest, response: HttpClientResponse.HttpClientResponse) {
    super()
    this.request = request
    this.#response = response
  }

  get status() {
    return this.#response.status
  }

  get headers() {
    return this.#response.headers
  }

  get cookies() {
    return this.#response.cookies
  }

  get remoteAddress() {
    return this.#response.remoteAddress
  }

  get text() {
    return Effect.mapError(this.#response.text, this.#own)
  }

  get json() {
    return Effect.mapError(this.#response.json, this.#own)
  }

  get arrayBuffer() {
    return Effect.mapError(this.#response.arrayBuffer, this.#own)
  }

  get urlParamsBody() {
    return Effect.mapError(this.#response.urlParamsBody, this.#own)
  }

  get formData() {
    return Effect.mapError(this.#response.formData, this.#own)
  }

  get stream() {
    return Stream.mapError(this.#response.stream, this.#own)
  }

  readonly #own = (error: HttpClientError.ResponseError): HttpClientError.ResponseError => responseError(this, error)

  toJSON(): unknown {
    return { _id: "@effect/platform/HttpClientResponse", method: this.request.method, status: this.status }
  }
}
