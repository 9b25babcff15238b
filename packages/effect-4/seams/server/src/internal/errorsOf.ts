/** The errors of a union as a list: only in a list does Effect 4 find the status of each. */
import type * as Schema from "effect/Schema"
import { documented } from "./documented.js"

export function errorsOf<S extends Schema.Constraint>(schema: S): ReadonlyArray<S>
export function errorsOf(schema: Schema.Constraint): ReadonlyArray<object> {
  const members: unknown = "members" in schema ? schema.members : undefined
  return Array.isArray(members) ? members.flatMap(errorsOf) : [documented(schema)]
}
