/**
 * A response as the caller of `TokenSession.httpClient` sees it, with the request that the caller made. The request
 * that was sent carries the bearer token and the client key, and every platform error prints the request that it holds.
 */
import * as Effect from "effect/Effect"
import type * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import * as Inspectable from "effect/Inspectable"
import { pipeArguments } from "effect/Pipeable"
import * as Stream from "effect/Stream"
import { responseError } from "./runtime.js"

export class UserResponse extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: typeof HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: typeof HttpClientResponse.TypeId = HttpClientResponse.TypeId
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

  get url() {
    return this.#response.url
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

  get upgrade() {
    return Effect.mapError(this.#response.upgrade, this.#own)
  }

  readonly #own = (error: HttpClientError.HttpClientError): HttpClientError.HttpClientError =>
    responseError(this, error)

  pipe() {
    return pipeArguments(this, arguments)
  }

  toJSON(): unknown {
    return { _id: "HttpClientResponse", method: this.request.method, status: this.status }
  }
}
