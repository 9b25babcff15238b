/** The flag that every command has. */
import * as Options from "@effect/cli/Options"
import { described } from "./Setting.js"

export const jsonOption: Options.Options<boolean> = Options.boolean("json").pipe(
  Options.withDescription(described("One JSON value on standard output, for programs", undefined, "lines for people"))
)

/** Whether the arguments ask for JSON, also where the rest of them cannot be used. */
export const asksForJson = (args: ReadonlyArray<string>): boolean => args.some((arg) => arg.toLowerCase() === "--json")
