/**
 * `x-secret-key`: sources disagree on where it is required, so a setting decides. A wrong one is refused everywhere.
 */
import { OAuthError } from "@effect-baanx/api/WireError"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { refuse } from "../Call.js"
import type { SandboxSettings } from "../../SandboxSettings.js"

const invalidClient = (description: string) =>
  refuse(new OAuthError({ error: "invalid_client", error_description: description }))

/**
 * Refuses a secret key that is not one of these, is missing where it is required, or is present where it is refused.
 */
export const checkSecretKey = (
  secretKey: Redacted.Redacted<string> | undefined,
  accepted: ReadonlyArray<string>,
  setting: SandboxSettings["secretKeyOnInitiate"]
): Effect.Effect<void, OAuthError> => {
  if (secretKey === undefined) {
    return setting === "required" ? invalidClient("Missing required header: x-secret-key") : Effect.void
  }
  if (setting === "refused") return invalidClient("The x-secret-key header is not allowed here")
  return accepted.includes(Redacted.value(secretKey)) ? Effect.void : invalidClient("Invalid secret key")
}
