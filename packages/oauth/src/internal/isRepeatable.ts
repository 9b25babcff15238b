/** Which requests can be sent a second time. */
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"

/** The raw bodies that can be sent again; any other may be a source that is empty after the first time. */
const repeatable = new Set(["String", "ArrayBuffer", "Blob", "File", "FormData", "URLSearchParams"])

/** Whether the body of the request can be sent again. */
export const isRepeatable = ({ body }: HttpClientRequest.HttpClientRequest): boolean =>
  body._tag === "Raw"
    ? ArrayBuffer.isView(body.body) || repeatable.has(Object.prototype.toString.call(body.body).slice(8, -1))
    : body._tag !== "Stream"
