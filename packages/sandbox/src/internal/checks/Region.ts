/** The region of a request: `x-us-env: true` or `region=us`; without either, international. */
import { usEnvHeader } from "@effect-baanx/api/Headers"
import * as Effect from "effect/Effect"
import type { Region } from "../Store.js"

/** The region, or what is wrong with the request for it. */
export const checkRegion = (
  header: string | undefined,
  parameter: string | undefined
): Effect.Effect<Region, string> => {
  if (header !== undefined && header !== "true" && header !== "false") {
    return Effect.fail(`The ${usEnvHeader} header must be "true" or "false"`)
  }
  if (header === "false" && parameter === "us") {
    return Effect.fail(`The ${usEnvHeader} header and the region parameter contradict each other`)
  }
  return Effect.succeed(header === "true" || parameter === "us" ? "us" : "international")
}
