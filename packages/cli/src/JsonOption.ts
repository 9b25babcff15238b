/** The flag that every command has. */
import * as Options from "@effect/cli/Options"
import { described } from "./Setting.js"

export const jsonOption: Options.Options<boolean> = Options.boolean("json").pipe(
  Options.withDescription(described("One JSON value on standard output, for programs", undefined, "text for people"))
)

/** Whether the arguments ask for JSON, even if other arguments are invalid. */
export const asksForJson = (args: ReadonlyArray<string>): boolean => args.some((arg) => arg.toLowerCase() === "--json")
