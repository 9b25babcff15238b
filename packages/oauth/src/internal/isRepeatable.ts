/** Which requests can be sent a second time. */
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"

/** Of the bodies that a transport may take as they are; every other may be a source that is empty after the first time. */
const lasting = new Set(["String", "ArrayBuffer", "Blob", "File", "FormData", "URLSearchParams"])

/** Whether the body of the request is still there after it was sent. */
export const isRepeatable = ({ body }: HttpClientRequest.HttpClientRequest): boolean =>
  body._tag === "Raw"
    ? ArrayBuffer.isView(body.body) || lasting.has(Object.prototype.toString.call(body.body).slice(8, -1))
    : body._tag !== "Stream"
