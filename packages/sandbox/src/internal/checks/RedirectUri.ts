/** The redirect URI: compared as a string, character by character (RFC 9700 section 2.1). */
import { OAuthError } from "@effect-baanx/api/WireError"
import * as Effect from "effect/Effect"
import { refuse } from "../Call.js"
import type { SandboxClient } from "../../SandboxSeed.js"

/** Refuses a redirect URI that the client has not registered. */
export const checkRedirectUri = (redirectUri: string, client: SandboxClient): Effect.Effect<void, OAuthError> =>
  client.redirectUris.includes(redirectUri)
    ? Effect.void
    : refuse(
        new OAuthError({
          error: "invalid_request",
          error_description: "The redirect_uri is not registered for this client"
        }),
        `Registered: ${client.redirectUris.join(", ")}`
      )
