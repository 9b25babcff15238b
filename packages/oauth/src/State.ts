/**
 * The state, which ties a response to the sign-in that asked for it (RFC 6749 section 10.12).
 *
 * @since 0.1.0
 */
import { State } from "@effect-baanx/api/Credentials"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { constantTimeEquals } from "./internal/constantTimeEquals.js"
import { random256 } from "./SecureRandom.js"

export { State }

/**
 * Generates a state of 256 random bits. It is valid for 10 minutes and works once.
 *
 * @since 0.1.0
 * @category constructors
 */
export const generateState: Effect.Effect<State> = Effect.map(random256, State.make)

/**
 * Compares two secrets in a time that depends only on the length of the second, not on where they differ.
 *
 * @since 0.1.0
 * @category guards
 */
export const secretEquals = (expected: Redacted.Redacted<string>, received: Redacted.Redacted<string>): boolean =>
  constantTimeEquals(Redacted.value(expected), Redacted.value(received))
