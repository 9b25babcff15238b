/**
 * The error of an invalid setting.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { taggedError } from "../internal/taggedError.js"

/**
 * A setting of the layer is invalid. Status 500.
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
    return `The setting ${this.setting} is invalid: ${this.reason}.`
  }
}
