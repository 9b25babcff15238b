/**
 * Settings that cannot work.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { taggedError } from "../internal/taggedError.js"

/**
 * The layer was given a setting that cannot work. Status 500.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidConfigError extends taggedError<InvalidConfigError>()(
  "InvalidConfigError",
  { setting: Schema.String, reason: Schema.String },
  500
) {
  override get message(): string {
    return `The setting ${this.setting} cannot work: ${this.reason}.`
  }
}
