/**
 * Settings that cannot work.
 *
 * @since 0.1.0
 */
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as Schema from "effect/Schema"

/**
 * The layer was given a setting that cannot work. Status 500.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidConfigError extends Schema.TaggedError<InvalidConfigError>()(
  "InvalidConfigError",
  { setting: Schema.String, reason: Schema.String },
  HttpApiSchema.annotations({ status: 500 })
) {
  override get message(): string {
    return `The setting ${this.setting} cannot work: ${this.reason}.`
  }
}
