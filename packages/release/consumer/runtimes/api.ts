/** The contract: as a document, and as a Schema that decodes. */
import { OpenApi } from "@effect/platform"
import { AuthorizeAnswer } from "@effect-baanx/api/Authorize"
import { BaanxApi } from "@effect-baanx/api/BaanxApi"
import { Schema } from "effect"

export const run = async (): Promise<number> => {
  await Schema.decodeUnknownPromise(AuthorizeAnswer)({ url: "https://app.example.com/?code=c", code: "c", state: "s" })
  return "/v1/auth/oauth/authorize" in OpenApi.fromApi(BaanxApi).paths ? 200 : 404
}
