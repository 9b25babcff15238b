/**
 * An `HttpClient` that responds immediately, always with the same response object, so that only the code above it is
 * measured.
 */
import { executeWithin } from "@effect-baanx/api/Transport"
import * as Cookies from "@effect/platform/Cookies"
import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as Effect from "effect/Effect"
import { constVoid } from "effect/Function"
import * as Inspectable from "effect/Inspectable"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Sample from "./Sample.js"

const body = JSON.stringify(Sample.answer)
const unread = Effect.dieMessage("only the text is there")

class NullResponse extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly request = HttpClientRequest.post(Sample.path)
  readonly status = 200
  readonly headers = Headers.fromInput({
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body))
  })
  readonly cookies = Cookies.empty
  readonly remoteAddress = Option.none()
  readonly text = Effect.succeed(body)
  readonly json = unread
  readonly formData = unread
  readonly urlParamsBody = unread
  readonly arrayBuffer = unread
  readonly stream = Stream.die("only the text is there")

  toJSON(): unknown {
    return { _tag: "NullResponse" }
  }
}

const response = Effect.succeed(new NullResponse())

export const client = Object.assign(
  HttpClient.makeWith<never, never, never, never>(() => response, Effect.succeed),
  // It keeps the deadline of a call itself, as `NodeHttpClient` does: an immediate response is never late.
  { [executeWithin]: () => ({ effect: response, abort: constVoid }) }
)

export const layer = Layer.succeed(HttpClient.HttpClient, client)
