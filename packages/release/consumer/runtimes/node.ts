/** The services, over the pool of undici. */
import { NodeHttpClient } from "@effect-baanx/node"
import { signInOver } from "./signIn.js"

export const run = (baseUrl: string): Promise<number> => signInOver(baseUrl, NodeHttpClient.layer({ connections: 1 }))
