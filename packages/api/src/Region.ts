/**
 * Which part of Baanx to use: one of its two backends, and one of its two families of OAuth paths.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * Which of Baanx's two backends serves the user: the `x-us-env` header.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Region = Schema.Literal("international", "us")
export type Region = typeof Region.Type

/**
 * Which of Baanx's two OAuth path families is used: `/v1/auth/oauth/…` (documented) or `/v1/auth/oauth2/…` (newer,
 * hosted sign-in only).
 *
 * @since 0.1.0
 * @category schemas
 */
export const PathFamily = Schema.Literal("oauth", "oauth2")
export type PathFamily = typeof PathFamily.Type
