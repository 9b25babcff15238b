/**
 * The state: what ties an answer to the sign-in that asked for it (RFC 6749 section 10.12).
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { constantTimeEquals } from "./internal/constantTimeEquals.js"
import { random256 } from "./SecureRandom.js"

/**
 * A state. What `generateState` gives has 256 random bits, is good for 10 minutes and works once.
 *
 * @since 0.1.0
 * @category schemas
 */
export const State = Schema.Redacted(Schema.String.pipe(Schema.brand("State")))

/**
 * @since 0.1.0
 * @category models
 */
export type State = typeof State.Type

const fromString = Schema.decodeSync(State)

/**
 * A new state of 256 random bits.
 *
 * @since 0.1.0
 * @category constructors
 */
export const generateState: Effect.Effect<State> = Effect.map(random256, fromString)

/**
 * Compares two secrets in a time that depends on the length of the second alone, not on where they differ.
 *
 * @since 0.1.0
 * @category guards
 */
export const secretEquals = (expected: Redacted.Redacted<string>, received: Redacted.Redacted<string>): boolean =>
  constantTimeEquals(Redacted.value(expected), Redacted.value(received))
