/** `client_id`, which repeats the client key. */
import { OAuthError } from "@effect-baanx/api/WireError"
import * as Effect from "effect/Effect"
import { refuse } from "../Call.js"
import type { SandboxClient } from "../../SandboxSeed.js"

/** Refuses a `client_id` other than the client key that came in the header. */
export const checkClientId = (clientId: string, client: SandboxClient): Effect.Effect<void, OAuthError> =>
  clientId === client.clientKey
    ? Effect.void
    : refuse(
        new OAuthError({
          error: "invalid_client",
          error_description: "The client_id is not the x-client-key of the request"
        })
      )
