/** The flag that every command has. */
import * as Options from "@effect/cli/Options"

export const jsonOption: Options.Options<boolean> = Options.boolean("json").pipe(
  Options.withDescription("One JSON value on standard output, for programs")
)
