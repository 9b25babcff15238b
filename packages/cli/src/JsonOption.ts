/**
 * The flag that every command has.
 *
 * @since 0.1.0
 */
import * as Options from "@effect/cli/Options"

/**
 * @since 0.1.0
 * @category options
 */
export const jsonOption: Options.Options<boolean> = Options.boolean("json").pipe(
  Options.withDescription("One JSON value on standard output, for programs")
)
