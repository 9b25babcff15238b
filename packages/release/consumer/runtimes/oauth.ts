/** The services, over the fetch of the runtime. */
import { FetchHttpClient } from "@effect/platform"
import { signInOver } from "./signIn.js"

export const run = (baseUrl: string): Promise<number> => signInOver(baseUrl, FetchHttpClient.layer)
