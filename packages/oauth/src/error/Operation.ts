/**
 * The call that an error came from.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * The call that an error came from.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Operation = Schema.Literal("initiate", "login", "authorize", "token", "refresh", "revoke")
export type Operation = typeof Operation.Type
