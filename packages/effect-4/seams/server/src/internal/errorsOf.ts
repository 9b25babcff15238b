/** The errors of a union, one by one: Effect 4 finds the status of each only there. */
import type * as Schema from "effect/Schema"
import { documented } from "./documented.js"

export function errorsOf<S extends Schema.Constraint>(schema: S): ReadonlyArray<S>
export function errorsOf(schema: Schema.Constraint): ReadonlyArray<object> {
  const members: unknown = "members" in schema ? schema.members : undefined
  return Array.isArray(members) ? members.flatMap(errorsOf) : [documented(schema)]
}
